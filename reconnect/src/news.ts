/** The newest word on each subject, and which of them the hub has not received under the live term. */
export type News<T> = { readonly all: ReadonlyMap<string, T>; readonly untold: ReadonlySet<string> };

/** Nothing has been said yet. */
export const noNews = <T>(): News<T> => ({ all: new Map(), untold: new Set() });

/** Takes newer words; an older word on the same subject is never reported. */
export const putNews = <T>(news: News<T>, items: readonly T[], subjectOf: (item: T) => string): News<T> => {
  if (items.length === 0) return news;
  const all = new Map(news.all);
  const untold = new Set(news.untold);
  for (const item of items) {
    all.set(subjectOf(item), item);
    untold.add(subjectOf(item));
  }
  return { all, untold };
};

/** A new term: the hub learns of everything again, since what was said under the old one may be lost. */
export const untell = <T>(news: News<T>): News<T> => ({ all: news.all, untold: new Set(news.all.keys()) });

/** What the hub has not received. */
export const unsentNews = <T>({ all, untold }: News<T>): readonly T[] =>
  [...untold].flatMap((subject) => {
    const item = all.get(subject);
    return item === undefined ? [] : [item];
  });

/** Notes that the hub has learned of everything. */
export const tell = <T>(news: News<T>): News<T> => (news.untold.size === 0 ? news : { all: news.all, untold: new Set() });
