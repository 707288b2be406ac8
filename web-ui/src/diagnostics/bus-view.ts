import type { BusHealthAnswer, BusTransaction, UnitHealthAnswer } from '@phloem/protocol';
import { tableOf, toMarkedBytes, toRegisterNumber, type MarkedByte, type RegisterTableName } from '@phloem/protocol';
import { toNumberText } from '../format/format-value.ts';
import { toDurationText } from '../format/duration.ts';

/** How a unit is doing, in a word. */
export type UnitStatus = 'ok' | 'ill' | 'silent' | 'unasked';

/** One unit in the grid. */
export type UnitView = {
  readonly unit: number;
  readonly names: string;
  readonly standing: UnitStatus;
  readonly word: string;
  readonly ok: string;
  readonly p95: string;
  readonly timeouts: number;
  readonly checksums: number;
  readonly misfits: number;
  readonly exceptions: number;
  /** What was found out about it, and what to write down. */
  readonly notes: readonly string[];
};

/** A bus as T3 draws it. */
export type BusView = {
  readonly title: string;
  readonly transport: string;
  readonly word: string;
  /** How much of the shortest interval one round of polls takes, 0 to 1; null when it is not known yet. */
  readonly budget: number | null;
  readonly budgetText: string;
  readonly loadText: string;
  readonly troubles: string;
  readonly units: readonly UnitView[];
  readonly slowest: readonly string[];
};

/** Below this share of good answers a unit is ill. */
const wellShare = 0.99;

const toMs = (ms: number | null): string => (ms === null ? '–' : `${toNumberText(ms, ms < 10 ? 1 : 0)} ms`);
const toPercent = (share: number): string => `${toNumberText(share * 100, share < 0.1 ? 1 : 0)} %`;

const toNotes = ({ unit, holes, advice, gapMs, isGapLearned }: UnitHealthAnswer): readonly string[] => [
  ...(gapMs > 0 && !isGapLearned ? [`unit ${unit}: ${gapMs} ms between requests`] : []),
  ...holes.map(({ function: code, address, count, why }) => {
    const first = toRegisterNumber(tableOf(code), address);
    const last = toRegisterNumber(tableOf(code), address + count - 1);
    return `unit ${unit} cannot be read at ${count === 1 ? first : `${first} to ${last}`}: ${why}`;
  }),
  ...advice,
];

const toUnit = (health: UnitHealthAnswer): UnitView => {
  const { unit, requests, timeouts, mismatches, checksums, exceptions, p95, silentMs, names } = health;
  const ok = requests === 0 ? null : (requests - timeouts - mismatches - exceptions) / requests;
  const standing: UnitStatus = silentMs > 0 ? 'silent' : ok === null ? 'unasked' : ok < wellShare ? 'ill' : 'ok';
  const words = { ok: 'answers', ill: 'answers badly', silent: `silent for ${toDurationText(silentMs)}`, unasked: 'not asked yet' };
  return {
    unit,
    names: names.length === 0 ? 'not in the site' : names.join(', '),
    standing,
    word: words[standing],
    // Never 100 % while something has failed.
    ok: ok === null ? '–' : ok === 1 ? '100 %' : `${toNumberText(Math.floor(ok * 1000) / 10, 1)} %`,
    p95: toMs(p95),
    timeouts,
    checksums,
    misfits: mismatches - checksums,
    exceptions,
    notes: toNotes(health),
  };
};

/** A bus as it is drawn. */
export const toBusView = (health: BusHealthAnswer): BusView => {
  const { bus, transport, state, load, scanLoad, cycleMs, intervalMs, units } = health;
  const budget = cycleMs === null || intervalMs === null ? null : cycleMs / intervalMs;
  const slowest = units
    .filter(({ p95 }) => p95 !== null)
    .toSorted((a, b) => (b.p95 ?? 0) - (a.p95 ?? 0))
    .slice(0, 3);
  const troubles = [
    [health.reconnects, 'reconnects'],
    [health.lates, 'late answers'],
    [health.checksums, 'broken checksums'],
    [health.mismatches, 'unexpected bytes'],
    [health.skipped, 'skipped polls'],
  ] as const;
  const shown = troubles.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return {
    title: bus,
    transport,
    word: { up: 'all units answer', partial: 'some units do not answer', down: 'no unit answers', unknown: 'not known yet' }[state],
    budget,
    budgetText:
      intervalMs === null
        ? 'no polls on this bus'
        : budget === null
          ? `${toMs(intervalMs)} cycle, load not known yet`
          : `${toMs(intervalMs)} cycle, ${toMs(cycleMs)} used`,
    loadText: `busy ${toPercent(load)} of the last 10 s${scanLoad > 0 ? `, ${toPercent(scanLoad)} of it manual reads` : ''}; ${health.queue} waiting`,
    troubles: shown.length === 0 ? 'no faults since the hub opened it' : `since the hub opened it: ${shown.join(', ')}`,
    units: units.map(toUnit),
    slowest: slowest.map(({ unit, p95, names }) => `unit ${unit} (${names[0] ?? 'not in the site'}) ${toMs(p95)}`),
  };
};

/** One transaction in a list. */
export type TransactionLine = {
  readonly key: string;
  readonly time: string;
  readonly what: string;
  readonly took: string;
  readonly sent: string;
  readonly received: readonly MarkedByte[];
  readonly why: string;
  readonly isBad: boolean;
};

const verbs: Readonly<Record<number, string>> = {
  1: 'read',
  2: 'read',
  3: 'read',
  4: 'read',
  5: 'write',
  6: 'write',
  15: 'write',
  16: 'write',
};
const toTable = (code: number): RegisterTableName =>
  code >= 1 && code <= 4 ? tableOf(code as 1 | 2 | 3 | 4) : code === 5 || code === 15 ? 'coil' : 'holding';

/** The transactions of a list, newest first, with the bytes marked that changed since the one before of the same kind. */
export const toTransactionLines = (transactions: readonly BusTransaction[], clock: (at: number) => string): readonly TransactionLine[] => {
  const last = new Map<string, string>();
  const lines = transactions.map((one): TransactionLine => {
    const { n, at, unit, function: code, address, count, outcome, why, sent, received, tookMs, rank } = one;
    const key = `${unit} ${code} ${address} ${count}`;
    const marked = toMarkedBytes(received, last.get(key));
    if (outcome === 'answered') last.set(key, received);
    const first = toRegisterNumber(toTable(code), address);
    return {
      key: `${n} ${at}`,
      time: `${clock(at)}.${String(Math.floor(at % 1000)).padStart(3, '0')}`,
      what:
        outcome === 'unsolicited'
          ? 'unsolicited'
          : `unit ${unit} ${verbs[code] ?? `fc ${code}`} ${first}${count > 1 ? ` ×${count}` : ''} · ${rank}`,
      took: tookMs === null ? 'not sent' : toMs(tookMs),
      sent,
      received: marked,
      why: why === null ? '' : `${outcome === 'exception' ? 'refused, ' : `${outcome}: `}${why}`,
      isBad: outcome !== 'answered' && outcome !== 'probe',
    };
  });
  return lines.toReversed();
};
