import type { Panel } from '../panel/panel.ts';
import type { PanelState } from '../state/panel-state.ts';

/** What a room needs of the panel. */
export type RoomSource = Pick<Panel, 'cell' | 'go' | 'history' | 'http' | 'hubUp' | 'hubWall' | 'state' | 'traces'>;

/** All that was reported, as of the newest text on the page, and the hub's two clocks. */
export type RoomMoment = { readonly state: PanelState; readonly up: number; readonly at: number };

/** Reads it: not reactive by itself, so the caller depends on the view. */
export const readMoment = (source: Pick<RoomSource, 'state' | 'hubUp' | 'hubWall'>): RoomMoment => ({
  state: source.state(),
  up: source.hubUp() ?? 0,
  at: source.hubWall() ?? 0,
});

/** Ids as one text, which changes only with them. No id holds a blank. */
export const joinIds = (ids: readonly string[]): string => ids.join(' ');
export const splitIds = (ids: string): readonly string[] => ids.split(' ').filter((id) => id !== '');
