import type { PointId } from '@phloem/protocol';
import type { Panel } from '../io/run-panel.ts';
import type { Live } from './columns.ts';

/** What this browser has heard of a point itself; null before the first message, and of a point not heard of. */
export const toLive = (panel: Pick<Panel, 'traces' | 'hubUp' | 'hubWall'>, id: PointId): Live | null => {
  const ring = panel.traces.ring(id);
  const up = panel.hubUp();
  const wall = panel.hubWall();
  return ring === undefined || up === null || wall === null ? null : { ring, wallOffset: wall - up };
};
