import type { BridgeAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toBridgeView } from './bridge-view.ts';

const now = Date.UTC(2026, 10, 30, 14, 3, 27);
const bridge: BridgeAnswer = {
  id: 'history',
  title: 'History for dashboards',
  target: 'postgresql',
  direction: 'out',
  state: 'flowing',
  automation: null,
  lag: 0,
  lagMs: 0,
  position: { epoch: 'epochAepochA', lsn: 5 },
  reportedAt: now,
  error: null,
  counters: { records: 48_213, batches: 900, gaps: 0, epochs: 1, failures: 2 },
};
const view = (parts: Partial<BridgeAnswer> = {}) => toBridgeView({ ...bridge, ...parts }, createSiteTime('UTC'), now);

describe('the card of a bridge', () => {
  it('shows state, target, lag and counters', () => {
    expect(view()).toMatchObject({
      title: 'History for dashboards',
      target: 'PostgreSQL',
      direction: 'Carries the log to PostgreSQL',
      automation: '',
      word: 'Connected',
      glyph: 'ok',
      lag: 'Nothing missing at the target',
      error: '',
      advice: '',
    });
    expect(view().figures).toEqual([
      ['records', '48,213'],
      ['gaps', '0'],
      ['failures', '2'],
      ['reported', '14:03:27'],
    ]);
  });

  it.each([
    ['readings', ['rows or messages', 'left out']],
    ['requests', ['requests', 'not carried out']],
  ] as const)('names what a bridge of %s counts', (direction, names) => {
    expect(
      view({ direction })
        .figures.slice(0, 2)
        .map(([name]) => name),
    ).toEqual(names);
  });

  it.each([
    [1, 300, '1 entry behind, the oldest for less than 1 s'],
    [1, null, '1 entry behind'],
    [1204, 130_000, '1,204 entries behind, the oldest for 2 m 10 s'],
  ])('writes a lag of %s entries and %s ms as %s', (lag, lagMs, text) => expect(view({ lag, lagMs }).lag).toBe(text));

  it('claims no lag of a bridge that has none, and does not call a connected one unconnected', () => {
    const unknown = { lag: null, lagMs: null, position: null };
    expect(view({ ...unknown, state: 'flowing' })).toMatchObject({ word: 'Connected', lag: '' });
    expect(view({ ...unknown, state: 'connecting' })).toMatchObject({ word: 'Connecting', lag: 'Lag not known' });
  });

  it('shows what an inbound bridge carries, and claims no lag of it', () => {
    const inbound = { lag: null, lagMs: null, position: null, target: 'redis' };
    expect(view({ ...inbound, direction: 'readings' })).toMatchObject({
      direction: 'Reads readings from Redis',
      word: 'Connected',
      lag: '',
    });
    expect(view({ ...inbound, direction: 'requests', state: 'connecting' })).toMatchObject({
      direction: 'Takes requests from Redis',
      lag: '',
    });
  });

  it.each([
    ['flowing', 'in-control', 'Connected', 'ok', 'The foreign automation is in control since 14:01:20'],
    ['flowing', 'waiting-for-lease', 'Connected', 'ok', 'The foreign automation waits for the lease since 14:01:20'],
    ['no-sign-of-life', 'no-sign-of-life', 'No sign of life', 'down', 'The foreign automation shows no sign of life since 14:01:20'],
  ] as const)('[BR1] shows a bridge that is %s with an automation that is %s as %s', (state, code, word, glyph, automation) => {
    const since = Date.UTC(2026, 10, 30, 14, 1, 20);
    const shown = view({ direction: 'requests', state, automation: { code, since } });
    expect(shown).toMatchObject({ word, glyph, automation });
    expect(shown.advice !== '').toBe(state === 'no-sign-of-life');
  });

  it('never shows a silent bridge as connected, and says how to start or remove it', () => {
    const { word, glyph, advice } = view({ state: 'silent' });
    expect([word, glyph]).toEqual(['Not running', 'unknown']);
    expect(advice).toContain('phloem bridge run history --site <folder>');
    expect(advice).toContain('phloem cursors remove bridge-history');
  });

  it('shows the last error, and the id where there is no title', () => {
    const error = { code: 'bridge/fenced', message: 'another bridge writes to the same target' };
    expect(view({ state: 'stopped', error, title: null, target: 'abacus', counters: null })).toMatchObject({
      title: 'history',
      target: 'abacus',
      word: 'Stopped',
      error: 'another bridge writes to the same target',
      advice: 'Correct the cause, then start the bridge again.',
      figures: [['reported', '14:03:27']],
    });
  });
});
