import { Fault, type BusTransaction, type PointId, type RegisterAnswer } from '@phloem/protocol';
import { filter, Subject } from 'rxjs';
import type { BusDiagnostics } from '../bus-diagnostics.ts';

/** The one point of the fake bus: an f32 at 40012 of unit 3. */
export const fakePlace: RegisterAnswer = {
  id: 'flower_room/front/temperature',
  kind: 'point',
  title: 'Temperature',
  bus: 'line',
  unit: 3,
  function: 3,
  address: 11,
  count: 2,
  type: 'f32',
  wordOrder: 'ABCD',
  scale: 1,
  offset: 0,
  quantity: 'temperature',
  decimals: 2,
  intervalMs: 1000,
};

/** A transaction as the fake bus has them. */
export const toFakeTransaction = (n: number, change: Partial<BusTransaction> = {}): BusTransaction => ({
  n,
  at: 1_800_000_000_000 + n,
  unit: 3,
  function: 3,
  address: 11,
  count: 2,
  rank: 'poll',
  outcome: 'answered',
  why: null,
  values: [0x41c8, 0x6666],
  sent: '03 03 00 0B 00 02 B4 2B',
  received: '03 03 04 41 C8 66 66 00 00',
  tookMs: 12,
  ...change,
});

const fakeHealth: ReturnType<BusDiagnostics['health']>[number] = {
  bus: 'line',
  transport: 'Modbus TCP 127.0.0.1:502',
  line: null,
  state: 'up',
  load: 0.1,
  scanLoad: 0,
  queue: 0,
  reconnects: 0,
  checksums: 0,
  lates: 0,
  mismatches: 0,
  skipped: 0,
  cycleMs: 12,
  intervalMs: 1000,
  answerTimeoutMs: 500,
  units: [],
};

const toFakeAnswer = (count: number): Awaited<ReturnType<BusDiagnostics['read']>> => ({
  bus: 'line',
  outcome: 'answered',
  why: null,
  exception: null,
  values: Array.from({ length: count }, () => 7),
  sent: '',
  received: '',
  tookMs: 12,
  totalMs: 13,
  answerTimeoutMs: 500,
  load: 0.1,
});

const toFakeTarget: BusDiagnostics['target'] = (wanted) => {
  if ('bus' in wanted) {
    if (wanted.bus !== 'line') throw new Fault('bus/unknown', `the site has no bus ${wanted.bus}; it has line`);
    return { bus: wanted.bus, unit: wanted.unit ?? null, point: null };
  }
  if (wanted.point !== fakePlace.id) throw new Fault('bus/unknown', `no register is read for ${wanted.point}`);
  return { bus: 'line', unit: fakePlace.unit, point: fakePlace };
};

/** A diagnostics with one bus, `line`, whose transactions are the test's to send. */
export const createFakeBusDiagnostics = () => {
  const transactions$ = new Subject<BusTransaction>();
  const past: BusTransaction[] = [];
  const reads: { readonly unit: number; readonly address: number }[] = [];
  const favoured: (readonly PointId[])[] = [];
  const diagnostics: BusDiagnostics = {
    pauses: () => [],
    health: () => [fakeHealth],
    plan: () => [{ bus: 'line', requestsPerSecond: 1, roundMs: 5, load: 0.005, words: 'next to nothing', blocks: [] }],
    registers: () => [fakePlace],
    read: async (bus, request) => {
      if (bus !== 'line') throw new Fault('bus/unknown', `the site has no bus ${bus}; it has line`);
      reads.push(request);
      return toFakeAnswer(request.count);
    },
    target: toFakeTarget,
    recent: (_target, count) => past.slice(Math.max(0, past.length - count)),
    transactions$: ({ unit }) => transactions$.pipe(filter((transaction) => unit === null || transaction.unit === unit)),
    cost: (_place, perSecond) => perSecond * 0.012,
    isSpent: () => false,
    favour: (points) => void favoured.push([...points]),
  };
  return {
    ...diagnostics,
    reads,
    favoured,
    /** It happens on the bus. */
    happen: (transaction: BusTransaction): void => {
      past.push(transaction);
      transactions$.next(transaction);
    },
    isWatched: (): boolean => transactions$.observed,
  };
};
