import { describe, expect, it } from 'vitest';
import { emptyPanel } from '../state/panel-state.ts';
import { toPanelView, type PanelView } from '../panel/panel-view.ts';
import { noLinkText, toRight } from '../state/rights.ts';
import { isTimeToReload, toBurnInShift } from '../panel/wall-reload.ts';

const empty = toPanelView(emptyPanel, { running: 0, wall: 0 });
const quiet: PanelView = { ...empty, screen: 'site', link: { ...empty.link, word: 'live', isHeard: true } };
const line = { isAcknowledged: false } as PanelView['alarms']['lines'][number];
const day = 24 * 3_600_000;

describe('a wall screen', () => {
  it('loads itself again after a day, in a quiet minute', () => {
    expect(isTimeToReload(quiet, { openedMs: day + 1, untouchedForMs: day })).toBe(true);
    expect(isTimeToReload(quiet, { openedMs: day - 1, untouchedForMs: day })).toBe(false);
    expect(isTimeToReload(quiet, { openedMs: day + 1, untouchedForMs: 30_000 })).toBe(false);
  });

  it('never while somebody is needed, or while the hub is away', () => {
    const facts = { openedMs: 2 * day, untouchedForMs: day };
    expect(isTimeToReload({ ...quiet, alarms: { ...quiet.alarms, lines: [line] } }, facts)).toBe(false);
    expect(isTimeToReload({ ...quiet, link: { ...quiet.link, word: 'down' } }, facts)).toBe(false);
  });

  it('loads itself again when it is of another version than the hub, but not again and again', () => {
    expect(isTimeToReload({ ...quiet, screen: 'version' }, { openedMs: 61_000, untouchedForMs: 0 })).toBe(true);
    expect(isTimeToReload({ ...quiet, screen: 'version' }, { openedMs: 5000, untouchedForMs: 0 })).toBe(false);
  });

  it('moves by one pixel every ten minutes and comes round', () => {
    const places = Array.from({ length: 9 }, (_, index) => toBurnInShift(index * 600_000));
    for (const [index, { x, y }] of places.slice(1).entries()) {
      const before = places[index] ?? { x: 9, y: 9 };
      expect(Math.abs(x - before.x) + Math.abs(y - before.y)).toBe(1);
    }
    expect(places[8]).toEqual(places[0]);
  });
});

describe('rights', () => {
  const viewer = { name: 'anna', role: 'viewer' as const, permissions: ['read'], locations: null };
  it('nothing is commanded without a link', () => {
    expect(toRight('override', { ...viewer, permissions: ['override'] }, false)).toEqual({ may: false, why: noLinkText });
  });
  it('a control that may not be used says which role it needs', () => {
    expect(toRight('override', viewer, true)).toEqual({ may: false, why: 'Needs the role technician; you are signed in as viewer.' });
    expect(toRight('acknowledge', { ...viewer, permissions: ['acknowledge'] }, true)).toEqual({ may: true, why: '' });
  });
});
