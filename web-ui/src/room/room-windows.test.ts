import type { PointLayout } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { firstWindow, type WindowState } from '../chart/window.ts';
import { toLineWindow, toMarksWindow, toRoomWindows, toSeriesColours, toToggled } from './room-windows.ts';

const hour = 3_600_000;
const day = 24 * hour;
const at = 100 * day;
const zoomed: WindowState = { ...firstWindow, zoom: { from: at - 3 * day, to: at - 2 * day } };

describe('what the chart of a room reads', () => {
  it.each([
    [firstWindow, { spanMs: 4 * hour, setpointsMs: day, timelineMs: 4 * hour }],
    [
      { ...firstWindow, window: '24h' },
      { spanMs: day, setpointsMs: day, timelineMs: day },
    ],
    [
      { ...firstWindow, window: '7d' },
      { spanMs: 7 * day, setpointsMs: 8 * day, timelineMs: 8 * day },
    ],
    [zoomed, { spanMs: day, setpointsMs: 8 * day, timelineMs: 8 * day }],
    // An hour of today needs no more than a day around it.
    [
      { ...firstWindow, zoom: { from: at - 2 * hour, to: at - hour } },
      { spanMs: hour, setpointsMs: day, timelineMs: day },
    ],
  ] as const)('%j', (state, windows) => expect(toRoomWindows(state, at)).toEqual(windows));

  it('a line and the marks end with the zoom, or now', () => {
    const windows = toRoomWindows(zoomed, at);
    expect(toLineWindow('r/a/t', zoomed, windows)).toEqual({ id: 'r/a/t', spanMs: day, to: at - 2 * day, buckets: 960 });
    expect(toLineWindow('r/a/t', firstWindow, windows).to).toBeNull();
    expect(toMarksWindow('r', zoomed, windows)).toEqual({ location: 'r', spanMs: day, to: at - 2 * day });
    expect(toMarksWindow('r', firstWindow, toRoomWindows(firstWindow, at))).toEqual({ location: 'r', spanMs: day, to: null });
  });
});

describe('the lines of the chart of a room', () => {
  const layout = (id: string, quantity: PointLayout['quantity']) => ({ id, quantity }) as PointLayout;

  it('have different colours within a lane', () => {
    const colours = toSeriesColours([layout('a', 'temperature'), layout('b', 'temperature'), layout('c', 'ppfd')]);
    expect([...colours]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 0],
    ]);
  });

  it('are shown and hidden one by one, but never all hidden', () => {
    expect(toToggled(new Set(['r/a/t', 'r/b/t']), 'r/a/t', 'r')).toEqual(['b/t']);
    expect(toToggled(new Set(['r/a/t']), 'r/b/t', 'r')).toEqual(['a/t', 'b/t']);
    expect(toToggled(new Set(['r/a/t']), 'r/a/t', 'r')).toBeNull();
  });
});
