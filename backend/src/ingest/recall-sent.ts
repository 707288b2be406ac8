import type { PointState } from '@phloem/protocol';
import type { SentReadings } from '../field/field-port.ts';
import type { Site } from '../site/site.ts';

/**
 * After a start what sources sent before it is as old as the log says, and turns stale by that: nobody asks a source again, as a
 * bus is asked.
 */
export const recallSent = (
  points: Site['points'],
  { view, sent, up }: { readonly view: { points(): readonly PointState[] }; readonly sent: SentReadings; readonly up: number },
): void => {
  const states = new Map(view.points().map((state) => [state.id, state]));
  for (const { id, source } of points) {
    const state = states.get(id);
    if (source.kind !== 'ingest' || state === undefined || state.reported === null) continue;
    const { v, q, why, reported } = state;
    sent.recall(id, { v, q, ...(why !== undefined && { why }) }, Math.max(0, up - reported));
  }
};
