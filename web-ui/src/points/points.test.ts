import { assert, double, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonOf, textReason, type PointLayout, type PointState } from '@phloem/protocol';
import { toFreshness, toStaleMs } from './freshness.ts';
import { toNumberText, toUnitText, toValueText } from '../format/format-value.ts';
import { toPointView, toSpokenText } from './point-view.ts';
import { createSiteTime } from '../format/site-time.ts';

const time = createSiteTime('UTC');

const layout: PointLayout = {
  id: 'flower_room/front/leaf_temperature',
  quantity: 'temperature',
  intervalMs: 2000,
  decimals: 1,
  title: 'Leaf',
  isDerived: false,
  range: null,
};
const reading: PointState = { id: layout.id, v: 24.74, q: 'good', lsn: 7, reported: 100_000, changed: 50_000 };

describe('freshness', () => {
  it.each([
    ['good', 0, 'fresh'],
    ['good', 3000, 'fresh'],
    ['good', 3001, 'late'],
    ['good', 6000, 'late'],
    ['good', 6001, 'stale'],
    ['good', 600_001, 'dead'],
    ['uncertain', 1000, 'fresh'],
    ['stale', 0, 'stale'],
    ['bad', 0, 'bad'],
    ['bad', 600_001, 'dead'],
  ] as const)('%s, %i ms old, is %s', (q, ageMs, expected) => expect(toFreshness({ q }, ageMs, 2000)).toBe(expected));

  it('a fast point is given five seconds before it is stale', () => {
    expect(toFreshness({ q: 'good' }, 4900, 250)).toBe('late');
    expect(toFreshness({ q: 'good' }, 5001, 250)).toBe('stale');
  });

  it('what was never received is dead, whatever its quality', () => {
    expect(toFreshness({ q: 'good' }, null, 2000)).toBe('dead');
  });

  it('a point that is read faster than a panel is updated is fresh all the same, until it is late', () => {
    expect(toFreshness({ q: 'good' }, 700, 100)).toBe('fresh');
    expect(toFreshness({ q: 'good' }, 800, 100)).toBe('late');
  });

  it('nothing older than its limit is ever fresh or late, and nothing younger is anything else', () => {
    assert(
      property(double({ min: 0, max: 1e9, noNaN: true }), integer({ min: 1, max: 600_000 }), (ageMs, intervalMs) => {
        const isNews = ['fresh', 'late'].includes(toFreshness({ q: 'good' }, ageMs, intervalMs));
        expect(isNews).toBe(ageMs <= Math.min(toStaleMs(intervalMs), 600_000));
      }),
      { seed: 20_261_123 },
    );
  });
});

describe('numbers', () => {
  it('keeps its decimals and has a true minus', () => {
    expect(toNumberText(25, 1)).toBe('25.0');
    expect(toNumberText(-9.62, 1)).toBe('−9.6');
    expect(toNumberText(1004.4, 0)).toBe('1004');
  });

  it('has no minus before zero, and no number for what is none', () => {
    expect(toNumberText(-0.04, 1)).toBe('0.0');
    expect(toNumberText(Number.NaN, 1)).toBe('–');
    expect(toValueText(null, 1, 'temperature')).toBe('–');
  });

  it('a switch is a word', () => {
    expect(toValueText(true, 0, 'open')).toBe('open');
    expect(toValueText(false, 0, 'door_open')).toBe('closed');
    expect(toValueText(true, 0, 'wet')).toBe('yes');
  });

  it('every unit can be written', () => {
    expect(toUnitText('ppfd')).toBe('µmol/m²s');
    expect(toUnitText('temperature')).toBe('°C');
  });
});

describe('point view', () => {
  it('[RE3] age counts from the report, not from the change', () => {
    expect(toPointView(layout, reading, 101_000, time)).toMatchObject({
      text: '24.7',
      unit: '°C',
      freshness: 'fresh',
      age: '1 s',
      note: '',
    });
  });

  it('goes stale by the running clock alone', () => {
    expect(toPointView(layout, reading, 290_000, time)).toMatchObject({ text: '24.7', freshness: 'stale', age: '3 m 10 s' });
  });

  it('a stale point shows the last number as old, with the reason', () => {
    const view = toPointView(
      layout,
      { ...reading, v: null, q: 'stale', why: textReason('no answer from unit 2'), last: 24.9 },
      110_000,
      time,
    );
    expect(view).toMatchObject({ text: '24.9', freshness: 'stale', age: '10 s', note: 'no answer from unit 2' });
  });

  it('a derived point names its missing input as it is called in its own cluster', () => {
    const why = reasonOf('reading/input', { point: 'flower_room/front/temperature', quality: 'stale', because: textReason('no answer') });
    expect(toPointView(layout, { ...reading, v: null, q: 'stale', why }, 110_000, time).note).toBe('temperature: no answer');
  });

  it('a bad point shows no number, but says what the last one was', () => {
    const view = toPointView(layout, { ...reading, v: null, q: 'bad', why: textReason('out of range'), last: 24.9 }, 100_500, time);
    expect(view).toMatchObject({ text: '–', freshness: 'bad', note: 'bad: out of range · last 24.9 °C' });
  });

  it('what was never received is an en dash and says what to check', () => {
    for (const state of [undefined, { ...reading, v: null, q: 'stale' as const, reported: null }]) {
      const view = toPointView(layout, state, 100_000, time);
      expect(view).toMatchObject({ text: '–', freshness: 'dead', age: '', note: 'never received · check wiring or address' });
    }
  });

  it('a quality below good is said though the number is fresh', () => {
    const view = toPointView(layout, { ...reading, q: 'uncertain', why: textReason('calibration overdue') }, 100_500, time);
    expect(view).toMatchObject({ text: '24.7', freshness: 'fresh', note: 'uncertain: calibration overdue' });
  });

  it('a named value is shown with its number', () => {
    const mode: PointLayout = { ...layout, quantity: 'number', decimals: 0, names: { off: 0, heat: 4 } };
    expect(toPointView(mode, { ...reading, v: 4 }, 100_500, time)).toMatchObject({ text: 'heat (4)', unit: '', isWord: true });
    expect(toPointView(mode, { ...reading, v: 7 }, 100_500, time)).toMatchObject({ text: '7' });
    const bad = toPointView(mode, { ...reading, v: null, q: 'bad', why: textReason('timeout'), last: 4 }, 100_500, time);
    expect(bad.note).toBe('bad: timeout · last heat (4)');
  });

  it('is never spoken without what it is worth', () => {
    expect(toSpokenText(toPointView(layout, reading, 101_000, time))).toBe('Leaf: 24.7 °C');
    expect(toSpokenText(toPointView(layout, reading, 290_000, time))).toBe('Leaf: stale, 24.7 °C, 3 m 10 s old');
    expect(toSpokenText(toPointView(layout, undefined, 0, time))).toBe('Leaf: dead, no value, never received · check wiring or address');
  });
});
