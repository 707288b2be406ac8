import type { DeviceValue, DocumentHash, Epoch } from '@phloem/protocol';
import type { PlanArbiter } from './arbiter.ts';
import type { EngineState } from './memory.ts';
import type { Run } from './run.ts';
import type { Evidence, Explanation, Trace } from './trace.ts';

/** Makes the traces of one entry from the states before and after it. */
export type ToTraces = (before: EngineState, after: EngineState) => readonly Trace[];

type TraceParts = {
  readonly hash: DocumentHash;
  readonly slots: readonly unknown[];
  readonly arbiters: readonly PlanArbiter[];
  readonly explain: (arbiter: PlanArbiter, evidence: Evidence) => Explanation;
};

/** Makes the function that finds what one entry has to trace: null where it changed nothing about a request. */
export const createTracing = ({ hash, slots, arbiters, explain }: TraceParts): ((run: Run, epoch: Epoch) => ToTraces | null) => {
  /** By slot, the places of the arbiters of whose business it is: where none of them changes there is nothing to trace. */
  const tracedAt: (readonly number[] | undefined)[] = [];
  for (const [place, { slot, requests }] of arbiters.entries()) {
    for (const traced of new Set([slot, ...requests.flatMap((request) => request.blockedBySlots)])) {
      tracedAt[traced] = [...(tracedAt[traced] ?? []), place];
    }
  }
  const isTraced = Uint8Array.from(slots, (_, slot) => (tracedAt[slot] === undefined ? 0 : 1));

  return ({ changed }, epoch) => {
    let places: Set<number> | undefined;
    for (let i = 0; i < changed.length; i++) {
      const slot = changed[i] ?? 0;
      if (isTraced[slot] === 1) for (const place of tracedAt[slot] ?? []) (places ??= new Set()).add(place);
    }
    if (places === undefined) return null;
    const traced = places;
    return (before, after) => {
      const due = [...traced].toSorted((a, b) => a - b).flatMap((place) => arbiters[place] ?? []);
      return toTraces(due, before, after, { hash, explain, epoch });
    };
  };
};

const toTraces = (
  due: readonly PlanArbiter[],
  before: EngineState,
  after: EngineState,
  { hash, explain, epoch }: Pick<TraceParts, 'hash' | 'explain'> & { readonly epoch: Epoch },
): readonly Trace[] => {
  // One state is looked at after the other: looking at one puts the other's memory away.
  const was = due.map(({ slot, requests }) => ({
    from: before.values[slot] as DeviceValue,
    reasons: requests.map((request) => request.blockedBy(before)),
  }));
  return due.flatMap((arbiter, i) => {
    const { from, reasons = [] } = was[i] ?? {};
    const to = after.values[arbiter.slot] as DeviceValue;
    const isKept = arbiter.requests.some((request, j) => request.blockedBy(after) !== reasons[j]);
    if (from === undefined || (from === to && !isKept)) return [];
    const explanation = explain(arbiter, after);
    const kind = from === to ? 'blocked' : explanation.rule === null ? 'released' : 'changed';
    const { lsn, at } = after;
    return [{ ...explanation, v: 1, traceId: `${epoch}.${lsn}.${arbiter.device.id}`, lsn, at, bundle: hash, kind, from, to }];
  });
};
