import type { DeviceId, SimulatedPast } from '@phloem/protocol';
import type { PastMoment, PastSwitch } from './live-past.ts';

type Span = SimulatedPast['spans'][number];
type Open = { readonly since: number; readonly now: PastSwitch };

/**
 * A past in pieces of `pieceMs`, as the history takes it: what is before `from` only brought the rooms to life. A device's span
 * is in the piece in which it ends, and those that are open at the end are in the last.
 */
export function* toPieces(moments: Iterable<PastMoment>, from: number, pieceMs: number): Generator<SimulatedPast, void> {
  const open = new Map<DeviceId, Open>();
  let samples: SimulatedPast['samples'] = [];
  let spans: Span[] = [];
  let pieceEnd = from + pieceMs;
  for (const { at, readings, found, switches } of moments) {
    if (at >= pieceEnd) {
      yield { samples, spans };
      [samples, spans] = [[], []];
      pieceEnd += pieceMs;
    }
    for (const now of [...found, ...switches]) {
      const before = open.get(now.device);
      if (before !== undefined && at > from) spans.push(toSpan(before, from, at));
      open.set(now.device, { since: at, now });
    }
    if (at < from) continue;
    for (const [point, { v, q, why }] of readings) samples.push({ point, at, v, q, ...(why === undefined ? {} : { why }) });
  }
  yield { samples, spans: [...spans, ...[...open.values()].map((last) => toSpan(last, from, null))] };
}

const toSpan = ({ since, now }: Open, from: number, to: number | null): Span => ({
  device: now.device,
  from: Math.max(since, from),
  to,
  value: now.value,
  phase: 'confirmed',
  by: now.by,
  why: now.why,
});
