import type { PointLayout, PointState } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toPointView } from '../points/point-view.ts';
import { toOpenings } from './openings.ts';
import { createSiteTime } from '../format/site-time.ts';

const time = createSiteTime('UTC');

const layout: PointLayout = {
  id: 'store/door/open',
  quantity: 'boolean',
  intervalMs: 1000,
  decimals: 0,
  title: '',
  isDerived: false,
  range: null,
};
const after = (v: boolean, { reported = 100_000, changed = 40_000 } = {}) => {
  const state: PointState = { id: layout.id, v, q: 'good', lsn: 1, reported, changed };
  return toOpenings([{ layout, state, view: toPointView(layout, state, 100_500, time) }], 100_500).map(({ text }) => text);
};

describe('a door on a tile', () => {
  it('is named while it is open, with its time', () => expect(after(true)).toEqual(['Door open for 1 m 0 s']));
  it('needs no words while it is closed', () => expect(after(false)).toEqual([]));
  it('is not known when its contact is silent, and never taken for closed', () => {
    expect(after(false, { reported: 10_000 })).toEqual(['Door not known']);
    expect(
      toOpenings([{ layout, state: undefined, view: toPointView(layout, undefined, 100_500, time) }], 100_500).map(({ text }) => text),
    ).toEqual(['Door not known']);
  });
  it('is nothing else that is true or false', () => {
    const other = { ...layout, id: 'store/pump/running' };
    expect(toOpenings([{ layout: other, state: undefined, view: toPointView(other, undefined, 0, time) }], 0)).toEqual([]);
  });
});
