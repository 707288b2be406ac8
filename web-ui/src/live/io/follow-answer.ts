import { isFault } from '@phloem/protocol';
import { catchError, exhaustMap, from, map, of, timer } from 'rxjs';
import type { Answer, AnswerName } from '../answers.ts';
import type { HubHttp } from '../hub-http.ts';

/** What came of a request: the answer, or why there is none. */
export type AnswerNews<N extends AnswerName> =
  | { readonly kind: 'answer'; readonly answer: Answer<N> }
  | { readonly kind: 'refused'; readonly why: string };

export type FollowedAnswer<N extends AnswerName> = { readonly path: string; readonly name: N; readonly everyMs: number };

/** Asks the hub at once and then every so often. The caller ends it with the function that comes back. */
export const followAnswer = <N extends AnswerName>(
  http: Pick<HubHttp, 'get'>,
  { path, name, everyMs }: FollowedAnswer<N>,
  notify: (news: AnswerNews<N>) => void,
): (() => void) => {
  const asking = timer(0, everyMs)
    .pipe(
      // The request under way wins: a slow hub is not asked twice.
      exhaustMap(() =>
        from(http.get(path, name)).pipe(
          map((answer) => ({ kind: 'answer', answer }) as const),
          catchError((error: unknown) => {
            if (!isFault(error)) throw error;
            return of({ kind: 'refused', why: error.message } as const);
          }),
        ),
      ),
    )
    .subscribe(notify);
  return () => asking.unsubscribe();
};
