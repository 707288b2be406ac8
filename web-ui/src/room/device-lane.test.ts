import { reasonOf, textReason, type DeviceLayout, type DeviceSpan, type DeviceState } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toHolder, toLaneBars, toSpanAt, toSpans, toSpanSentence } from './device-lane.ts';

const at = Date.UTC(2026, 10, 23, 13, 5, 15);
const time = createSiteTime('Europe/Berlin');
const span = (part: Partial<DeviceSpan>): DeviceSpan => ({
  from: at - 250_000,
  to: null,
  value: true,
  phase: 'confirmed',
  by: { kind: 'node', id: 'automation-1' } as const,
  why: textReason('vpd 1.05 kPa < 1.08 kPa for 5 s'),
  cause: 40,
  lsn: 41,
  isSimulated: false,
  ...part,
});
const state = (part: Partial<DeviceState>): DeviceState => ({
  id: 'flower_room/dehumidifier_1',
  requested: true,
  written: true,
  confirmed: true,
  phase: 'confirmed',
  by: { kind: 'node', id: 'automation-1' } as const,
  why: textReason('vpd 1.05 kPa < 1.08 kPa for 5 s'),
  since: at - 250_000,
  lsn: 41,
  ...part,
});
const layout: DeviceLayout = {
  id: 'flower_room/dehumidifier_1',
  kind: 'switch',
  title: 'Dehumidifier 1',
  power: null,
  failSafe: { afterMs: 10_000, value: false },
  limits: { minOnMs: 300_000, maxOverrideMs: 3_600_000 },
};
const timeline = (spans: DeviceSpan[]) => ({ id: layout.id, from: at - 4 * 3_600_000, to: at, spans });

const dehumidify = reasonOf('rule/requests', { rule: 'flower_room/dehumidify', value: true, forMs: 5000, because: 'vpd 1' });

describe('device lane', () => {
  it('answers why a device started at 14:01', () => {
    const spans = [span({ from: at - 3_600_000, to: at - 250_000, value: false, why: textReason('dry enough') }), span({})];
    const found = toSpanAt(spans, at - 250_000 + 1);
    expect(found === null ? '' : toSpanSentence(found, time, at)).toBe('14:01:05 on, because vpd 1.05 kPa < 1.08 kPa for 5 s');
    const before = toSpanAt(spans, at - 300_000);
    expect(before === null ? '' : toSpanSentence(before, time, at)).toBe('13:05:15 off, because dry enough; until 14:01:05 (55 m 50 s)');
    expect(toSpanAt(spans, at - 2 * 3_600_000)).toBeNull();
  });

  it('says who, where no reason is known, and that something was made up', () => {
    expect(toSpanSentence(span({ why: null, value: 40, isSimulated: true }), time, at)).toBe('14:01:05 40 %, by automation-1 (simulated)');
    expect(toSpanSentence(span({ from: at - 86_400_000, why: null, by: null, value: null }), time, at)).toBe(
      '22 Nov 14:05:15 no longer known',
    );
  });

  it('[DE8] a request or a write makes no span, a confirmed state does', () => {
    const off = span({ from: at - 3_600_000, value: false });
    expect(toSpans(timeline([off]), state({ phase: 'requested', confirmed: false }))).toEqual([off]);
    expect(toSpans(timeline([off]), state({ phase: 'written', confirmed: true }))).toEqual([off]);
    expect(toSpans(timeline([off]), state({})).map(({ from, to, value }) => [from, to, value])).toEqual([
      [at - 3_600_000, at - 250_000, false],
      [at - 250_000, null, true],
    ]);
    expect(toSpans(timeline([off, span({})]), state({}))).toHaveLength(2);
    expect(toSpans(null, undefined)).toEqual([]);
  });

  it('leaves out what lasted no time, so that one can step past it', () => {
    const spans = toSpans(timeline([span({ from: at - 500, to: at - 500, value: false }), span({ from: at - 500 })]), undefined);
    expect(spans.map(({ value }) => value)).toEqual([true]);
  });

  it('draws what lies within the stretch, and what is not known as such', () => {
    const bars = toLaneBars(
      [span({ from: at - 400_000, to: at - 50_000, value: null }), span({ from: at - 50_000, value: 40 })],
      at - 100_000,
      at,
    );
    expect(bars.map(({ from, to, share }) => [from, to, share])).toEqual([
      [0, 0.5, null],
      [0.5, 1, 0.4],
    ]);
  });

  it('draws what no span says as not known, never as off', () => {
    expect(toLaneBars([], at - 100_000, at).map(({ from, to, share }) => [from, to, share])).toEqual([[0, 1, null]]);
    const bars = toLaneBars([span({ from: at - 50_000, to: at - 25_000, value: false })], at - 100_000, at);
    expect(bars.map(({ from, to, share }) => [from, to, share])).toEqual([
      [0, 0.5, null],
      [0.5, 0.75, 0],
      [0.75, 1, null],
    ]);
  });

  it('says who holds it and how long it must stay so', () => {
    expect(toHolder(layout, state({ why: dehumidify }), undefined, at)).toBe('dehumidify · 4 m 10 s, min-on 50 s left');
    expect(toHolder(layout, state({ since: at - 400_000, why: dehumidify }), undefined, at)).toBe('dehumidify · 6 m 40 s');
    expect(toHolder(layout, state({ by: { kind: 'node', id: 'automation-1' } as const, why: dehumidify }), undefined, at)).toMatch(
      /^dehumidify · /,
    );
    expect(
      toHolder(layout, state({ by: { kind: 'node', id: 'automation-1' } as const, why: textReason('fallback') }), undefined, at),
    ).toMatch(/^automation-1 · /);
    expect(toHolder(layout, undefined, undefined, at)).toBe('');
    const override = {
      device: layout.id,
      value: false,
      by: { kind: 'user', id: 'anna' } as const,
      reason: 'filter',
      since: at,
      until: at + 600_000,
      untilUp: 1,
      lsn: 50,
      isReleased: false,
    };
    expect(toHolder(layout, state({}), override, at)).toBe('override: anna, 10 m 0 s left');
  });
});
