import { textReason, type PointHistory, type PointLayout, type SetpointsAhead } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toBuckets } from '../history/buckets.ts';
import { createSiteTime } from '../format/site-time.ts';
import { buildChart, toSwitchRow, type ChartFacts } from './build-chart.ts';
import { toChartTable } from './chart-table.ts';
import { readChart, readProfile, toSpokenReading } from './read-chart.ts';

const minute = 60_000;
const hour = 60 * minute;
const now = Date.UTC(2026, 10, 23, 13);
const from = now - 4 * hour;
const time = createSiteTime('Europe/Berlin');

const layout = (id: string, quantity: PointLayout['quantity'] = 'temperature'): PointLayout => ({
  id,
  quantity,
  intervalMs: 1000,
  decimals: 1,
  title: '',
  isDerived: false,
  range: null,
});

/** Four hours in minutes; `valueOf` gives null where there is nothing. */
const toHistory = (id: string, valueOf: (index: number) => number | null, part: Partial<PointHistory> = {}) => {
  const mean = Array.from({ length: 240 }, (_, index) => valueOf(index));
  return toBuckets({
    id,
    from,
    to: now,
    bucketMs: minute,
    at: mean.map((_, index) => from + index * minute),
    min: mean,
    mean,
    max: mean.map((value, index) => (index === 100 && value !== null ? 39 : value)),
    values: mean.map((value) => (value === null ? 0 : 60)),
    good: mean.map(() => 1),
    isSimulated: mean.map((_, index) => index < 60),
    gaps: [{ from: from + 120 * minute, to: from + 150 * minute, why: textReason('bus 1 timeout') }],
    ...part,
  });
};

const hole = (index: number): number | null => (index >= 120 && index < 150 ? null : 24.9);
const front = layout('room/front/temperature');
const back = layout('room/back/temperature');

const steered: SetpointsAhead = {
  location: 'room',
  bundle: null,
  at: now,
  dark: [{ from: now + hour, to: now + 9 * hour }],
  setpoints: [
    {
      name: 'room/climate/temp',
      title: 'Temperature',
      quantity: 'temperature',
      now: 25,
      base: 25,
      offset: null,
      reach: 2,
      target: { low: 24, high: 26 },
      alarm: { low: 22, high: 28 },
      points: [front.id],
      steps: [
        { at: from, value: 25, isRamp: false },
        { at: now + hour, value: 20, isRamp: false },
        { at: now + 12 * hour, value: 20, isRamp: false },
      ],
    },
  ],
};

const facts = (part: Partial<ChartFacts> = {}): ChartFacts => ({
  stretch: { from, now, aheadMs: 12 * hour },
  time,
  now,
  most: 300,
  points: [{ layout: front, title: 'front temperature', colour: 0 }],
  bucketsOf: (id) => toHistory(id, hole),
  liveOf: () => null,
  faultOf: () => null,
  whyOf: () => '',
  cuts: [],
  steered,
  marks: [],
  switches: [],
  ...part,
});

describe('chart', () => {
  it('says in words what is missing, why, and what was before', () => {
    expect(buildChart(facts()).gaps.map(({ text }) => text)).toEqual([
      'No samples 12:00–12:30, 30 m 0 s (bus 1 timeout). Last value before: 24.9 °C.',
    ]);
  });

  it('says no samples once where no reason is known', () => {
    const quiet = facts({ bucketsOf: (id) => ({ ...toHistory(id, hole), gaps: [] }) });
    expect(buildChart(quiet).gaps.map(({ text }) => text)).toEqual(['No samples 12:00–12:30, 30 m 0 s. Last value before: 24.9 °C.']);
  });

  it('is hatched in full height only where all lines are missing', () => {
    const points = [front, back].map((one, colour) => ({ layout: one, title: one.id, colour }));
    const bucketsOf = (id: string) => (id === back.id ? toHistory(id, () => 24, { gaps: [] }) : toHistory(id, hole));
    const chart = buildChart(facts({ points, bucketsOf }));
    expect(chart.gaps).toEqual([]);
    expect(chart.lanes[0]?.series.map(({ gaps }) => gaps.length)).toEqual([1, 0]);
  });

  it('marks the stretch that was made up', () => {
    const [one, ...others] = buildChart(facts()).simulated;
    expect(one).toEqual({ from, to: from + hour });
    expect(others).toEqual([]);
  });

  it('samples every ten seconds are one simulated stretch and one line, at a column a second', () => {
    const at = Array.from({ length: 60 }, (_, index) => from + index * 10_000);
    const values = at.map(() => 24.9);
    const buckets = {
      at,
      bucketMs: 1000,
      to: from + 10 * minute,
      min: values,
      mean: values,
      max: values,
      good: values,
      isSimulated: at.map(() => true),
      gaps: [],
    };
    const chart = buildChart(
      facts({ stretch: { from, now: from + 10 * minute, aheadMs: 0 }, most: 900, bucketsOf: (id) => toHistory(id, hole, buckets) }),
    );
    expect(chart.gaps).toEqual([]);
    expect(chart.simulated).toEqual([{ from, to: from + 591_000 }]);
    const table = toChartTable(chart, time, 96);
    expect(new Set(table.rows.map((row) => row.time)).size).toBe(table.rows.length);
    expect(table.rows[1]?.time).toBe('10:00:07');
    expect(table.rows.every(({ cells: [cell] }) => cell === '24.9 simulated')).toBe(true);
  });

  it('a history that is being read, or could not be, is no lack of samples', () => {
    const unread = facts({ bucketsOf: () => null, stretch: { from, now, aheadMs: 0 } });
    expect(buildChart(unread).gaps.map(({ text }) => text)).toEqual(['The history is being read']);
    const failed = { ...unread, faultOf: () => 'no answer within 10 s' };
    expect(buildChart(failed).gaps.map(({ text }) => text)).toEqual(['The history could not be read: no answer within 10 s']);
  });

  it('shows a spike of one sample in a week', () => {
    const week = 7 * 24 * hour;
    const chart = buildChart(facts({ stretch: { from: now - week, now, aheadMs: 12 * hour }, steered: null }));
    expect(chart.lanes[0]?.span.high).toBe(39);
    const columns = chart.lanes[0]?.series[0]?.columns;
    expect(Math.max(...(columns?.max ?? []).filter((value) => !Number.isNaN(value)))).toBe(39);
  });

  it('has the set-point of the next twelve hours, with its band along it', () => {
    const profile = buildChart(facts()).lanes[0]?.profiles[0];
    expect(profile?.target).toEqual({ low: -1, high: 1 });
    expect(profile === undefined ? null : readProfile(profile, now + 30 * minute)).toBe(25);
    expect(profile === undefined ? null : readProfile(profile, now + 6 * hour)).toBe(20);
    expect(buildChart(facts()).dark).toEqual(steered.dark);
  });

  it('is spoken at the cursor: values in the past, the set-point alone ahead', () => {
    const chart = buildChart(facts());
    expect(toSpokenReading(chart, from + 30.5 * minute, time)).toBe(
      '10:30:30; front temperature 24.9 °C, simulated; Temperature set-point 25.0 °C',
    );
    expect(toSpokenReading(chart, from + 130 * minute, time)).toContain('front temperature no value, bus 1 timeout');
    expect(toSpokenReading(chart, now + 2 * hour, time)).toBe('16:00:00, ahead; Temperature set-point 20.0 °C');
  });

  it('reads no value into a gap, at the cursor and in the table', () => {
    const chart = buildChart(facts());
    expect(readChart(chart, from + 130 * minute)[0]).toMatchObject({ text: '–', why: 'bus 1 timeout' });
    const table = toChartTable(chart, time, 48);
    expect(table.heads).toEqual(['front temperature, °C']);
    const cells = table.rows.map(({ cells: [cell] }) => cell);
    expect(cells).toContain('– bus 1 timeout');
    expect(cells.some((cell) => cell?.includes('39.0') === true)).toBe(true);
    expect(cells[0]).toBe('24.9 simulated');
    expect(table.rows.length).toBeLessThanOrEqual(49);
  });

  it('a device that is still so goes on until now, and one that is not known is neither on nor off', () => {
    const span = { phase: 'confirmed' as const, by: null, why: null, cause: null, lsn: 1, isSimulated: false };
    const spans = [
      { ...span, from, to: from + hour, value: null },
      { ...span, from: from + hour, to: null, value: 40 },
    ];
    const row = toSwitchRow({ id: 'room/fan', title: 'Fan' }, spans, { from, now });
    expect(row.spans).toEqual([
      { from, to: from + hour, share: null },
      { from: from + hour, to: now, share: 0.4 },
    ]);
  });

  it('a device of which nothing is known is not drawn as off', () => {
    const span = { phase: 'confirmed' as const, by: null, why: null, cause: null, lsn: 1, isSimulated: false };
    const row = (spans: readonly { from: number; to: number | null; value: boolean }[]) =>
      toSwitchRow(
        { id: 'room/fan', title: 'Fan' },
        spans.map((one) => ({ ...span, ...one })),
        { from, now },
      ).spans;
    expect(row([])).toEqual([{ from, to: now, share: null }]);
    expect(
      row([
        { from: from + hour, to: from + 2 * hour, value: false },
        { from: from + 3 * hour, to: null, value: true },
      ]),
    ).toEqual([
      { from, to: from + hour, share: null },
      { from: from + hour, to: from + 2 * hour, share: 0 },
      { from: from + 2 * hour, to: from + 3 * hour, share: null },
      { from: from + 3 * hour, to: now, share: 1 },
    ]);
  });
});
