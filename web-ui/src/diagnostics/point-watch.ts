import { decodeShape, type BusTransaction, type RegisterAnswer, type Watching } from '@phloem/protocol';
import type { WatchNews } from '@phloem/reconnect';

/** One value on the strip; `at` is the hub's wall clock. */
export type Sample = { readonly at: number; readonly value: number };

/** What came since Mark was pressed, kept as sums so that an hour of it costs no more than a second (Welford). */
export type Since = {
  readonly at: number | null;
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly m2: number;
};

/** What is known of a watched point. */
export type PointWatch = {
  readonly transactions: readonly BusTransaction[];
  readonly samples: readonly Sample[];
  readonly since: Since;
  readonly dropped: number;
  readonly watching: Watching | null;
};

/** The strip shows the last two minutes. */
export const stripMs = 120_000;
const keptTransactions = 50;
/** At five a second, with room to spare. */
const keptSamples = 1200;

const noneSince: Since = { at: null, n: 0, min: 0, max: 0, mean: 0, m2: 0 };

export const emptyWatch: PointWatch = { transactions: [], samples: [], since: noneSince, dropped: 0, watching: null };

/** The registers, or bits, of a place within the answer to a request that covers it; null when they are not in it. */
export const toOwnValues = (
  place: RegisterAnswer,
  { outcome, function: code, unit, address, values }: BusTransaction,
): readonly number[] | null => {
  if (outcome !== 'answered' || unit !== place.unit || code !== place.function) return null;
  const own = values.slice(place.address - address, place.address - address + place.count);
  return place.address < address || own.length < place.count ? null : own;
};

/** What the registers hold as the site says, before scale and offset. */
export const toRaw = (place: Pick<RegisterAnswer, 'type' | 'wordOrder' | 'field' | 'invert'>, words: readonly number[]): number | null => {
  const raw = decodeShape(place, words);
  return place.invert === true && raw !== null ? Number(raw === 0) : raw;
};

/** The value that the site's own scale and offset make of it. Calibration is the hub's. */
export const toScaled = (place: RegisterAnswer, raw: number): number => Number((raw * place.scale + place.offset).toPrecision(12));

const addSince = ({ at, n, min, max, mean, m2 }: Since, { at: now, value }: Sample): Since => {
  const next = mean + (value - mean) / (n + 1);
  return {
    at: at ?? now,
    n: n + 1,
    min: n === 0 ? value : Math.min(min, value),
    max: n === 0 ? value : Math.max(max, value),
    mean: next,
    m2: m2 + (value - mean) * (value - next),
  };
};

/** The spread of what came since Mark; null before there are two. */
export const toSigma = ({ n, m2 }: Since): number | null => (n < 2 ? null : Math.sqrt(m2 / (n - 1)));

/** Pure: takes what a watch reports. What was reported already, as after a cut, is reported once. */
export const stepPointWatch = (state: PointWatch, place: RegisterAnswer, news: WatchNews): PointWatch => {
  if (news.event === 'watching') return { ...state, watching: news.payload };
  const newest = state.transactions.at(-1);
  const items = newest === undefined ? news.payload.items : news.payload.items.filter(({ n, at }) => n > newest.n || at > newest.at);
  const samples = items.flatMap((transaction): Sample[] => {
    const own = toOwnValues(place, transaction);
    const raw = own === null ? null : toRaw(place, own);
    return raw === null || !Number.isFinite(raw) ? [] : [{ at: transaction.at, value: toScaled(place, raw) }];
  });
  const last = samples.at(-1)?.at ?? 0;
  return {
    ...state,
    transactions: [...state.transactions, ...items].slice(-keptTransactions),
    samples: [...state.samples, ...samples].filter(({ at }) => at > last - stripMs || samples.length === 0).slice(-keptSamples),
    since: samples.reduce(addSince, state.since),
    dropped: state.dropped + news.payload.dropped,
  };
};

/** Begins to count again from here. */
export const mark = (state: PointWatch, at: number): PointWatch => ({ ...state, since: { ...noneSince, at } });
