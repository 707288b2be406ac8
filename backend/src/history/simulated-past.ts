import { reasonOf, type HistoryGap, type PointId, type Quality, type SimulatedPast } from '@phloem/protocol';

type PastSpan = SimulatedPast['spans'][number];
/** A made-up sample; one without a value has the stretch until the next one of its point, and why. */
type PastSample = {
  readonly point: PointId;
  readonly at: number;
  readonly v: number | null;
  readonly q: Quality;
  readonly gap: HistoryGap | null;
};

/** The spans of a made-up past, which ends where the lived one begins; what reaches into that is cut off there. */
export const cutSpans = (spans: readonly PastSpan[], before: number): readonly (PastSpan & { readonly to: number })[] =>
  spans.flatMap((span) => (span.from < before ? [{ ...span, to: Math.max(span.from, Math.min(span.to ?? before, before)) }] : []));

/** The samples of a made-up past that are older than the lived one. */
export function toPastSamples(samples: SimulatedPast['samples'], before: number): readonly PastSample[] {
  const next = new Map<PointId, number>();
  return samples
    .filter(({ at }) => at < before)
    .toReversed()
    .map(({ point, at, v, q, why }) => {
      const to = next.get(point) ?? at;
      next.set(point, at);
      return {
        point,
        at,
        v: v === null ? null : Number(v),
        q,
        gap: v === null && to > at ? { from: at, to, why: why ?? reasonOf('reading/quality', { quality: q }) } : null,
      };
    })
    .toReversed();
}
