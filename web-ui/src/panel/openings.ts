import { toDurationText } from '../format/duration.ts';
import type { KnownPoint } from './tile-row.ts';

/** A door or a hatch as a tile shows it: `Door open for 4 m 10 s`. */
export type Opening = { readonly key: string; readonly text: string; readonly isOpen: boolean };

/** Doors and hatches of a room: those that are open, and those of which nobody knows. A closed door needs no words. */
export const toOpenings = (points: readonly KnownPoint[], up: number): readonly Opening[] =>
  points.flatMap(({ layout, state, view }): readonly Opening[] => {
    const [, cluster = '', measurement = ''] = layout.id.split('/');
    if (layout.quantity !== 'boolean' || !measurement.endsWith('open')) return [];
    const name = cluster.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
    const isNews = view.freshness === 'fresh' || view.freshness === 'late';
    if (!isNews) return [{ key: layout.id, text: `${name} not known`, isOpen: false }];
    if (state?.v !== true) return [];
    const length = state.changed === null ? '' : ` for ${toDurationText(Math.max(0, up - state.changed))}`;
    return [{ key: layout.id, text: `${name} open${length}`, isOpen: true }];
  });
