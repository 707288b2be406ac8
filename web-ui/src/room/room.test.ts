import type { PointLayout, SetpointsAhead } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createZoneOffset } from '../chart/zone-offset.ts';
import type { Columns } from '../history/columns.ts';
import { toMedian } from '../points/median.ts';
import { toDay, toDayLight } from './dli.ts';
import { toRate } from './rate-of-change.ts';
import { toFirstShown, toInstrument } from './room-view.ts';
import { assumedLeafOffset, toClimateProbes, toHumidityAt, toIsoLines, toMapFrame, toTail, toTargetArea, toVpd } from './vpd-map.ts';

const minute = 60_000;
const hour = 60 * minute;
const at = Date.UTC(2026, 10, 23, 13);

const toColumns = (from: number, stepMs: number, values: readonly number[]): Columns => ({
  grid: { from, stepMs, count: values.length },
  min: Float64Array.from(values),
  mean: Float64Array.from(values),
  max: Float64Array.from(values),
  isSimulated: new Uint8Array(values.length),
});

const point = (id: string, quantity: PointLayout['quantity'], isDerived = false): PointLayout => ({
  id,
  quantity,
  intervalMs: 1000,
  decimals: 1,
  title: '',
  isDerived,
  range: { min: -40, max: 85 },
});

const steered: SetpointsAhead = {
  location: 'room',
  bundle: null,
  at,
  dark: [],
  setpoints: [
    {
      name: 'room/climate.temp',
      title: 'temp',
      quantity: 'temperature',
      now: 25.5,
      base: 25.5,
      offset: null,
      reach: 2,
      target: { low: 24.5, high: 26.5 },
      alarm: { low: 22.5, high: 28.5 },
      points: ['room/front/temperature', 'room/back/temperature'],
      steps: [{ at: at - hour, value: 25.5, isRamp: false }],
    },
  ],
};

describe('rate of change', () => {
  const rising = (perHour: number): Columns =>
    toColumns(
      at - 20 * minute,
      minute,
      Array.from({ length: 20 }, (_, index) => 24 + (perHour * index) / 60),
    );

  it.each([
    [1.2, 'up', '+1.2 K/h'],
    [-3, 'down', '−3.0 K/h'],
    [0.04, 'steady', '±0.0 K/h'],
  ] as const)('%f per hour is %s', (perHour, direction, text) =>
    expect(toRate(rising(perHour), at, 'temperature', 1)).toEqual({ direction, text }),
  );

  it('takes nothing from what was made up', () => {
    expect(toRate({ ...rising(5), isSimulated: new Uint8Array(20).fill(1) }, at, 'temperature', 1)).toBeNull();
  });

  it('says nothing of what it hardly knows', () => {
    expect(toRate(toColumns(at - 3 * minute, minute, [1, 2, 3]), at, 'temperature', 1)).toBeNull();
    expect(
      toRate(
        toColumns(
          at - 20 * minute,
          minute,
          Array.from({ length: 20 }, () => Number.NaN),
        ),
        at,
        'temperature',
        1,
      ),
    ).toBeNull();
  });
});

describe('instrument', () => {
  const layout = point('room/front/temperature', 'temperature');
  const now = { up: 100_000, at };
  const state = { id: layout.id, v: 29, q: 'good' as const, lsn: 1, reported: 99_900, changed: 99_900 };

  it('says in words how it stands to its limits', () => {
    const view = toInstrument(layout, state, steered, now, null);
    expect(view).toMatchObject({ setpoint: '25.5', standing: 'above its alarm limit', bar: { standing: 'above-alarm' } });
  });

  it('a value that is no news is held against nothing', () => {
    expect(toInstrument(layout, { ...state, reported: 1000 }, steered, now, null)).toMatchObject({ standing: '', rate: null });
    expect(toInstrument(layout, { ...state, v: null, q: 'bad' }, steered, now, null).bar?.value).toBeNull();
  });
});

describe('first lines of a chart', () => {
  it('are those that the room is steered by, without leaf and dew point', () => {
    const layouts = [
      point('room/front/temperature', 'temperature'),
      point('room/front/leaf_temperature', 'temperature'),
      point('room/back/temperature', 'temperature'),
      point('room/other/temperature', 'temperature'),
      point('room/front/co2', 'mole_fraction'),
      point('room/door/open', 'boolean'),
    ];
    expect([...toFirstShown(layouts, steered)]).toEqual(['room/front/temperature', 'room/back/temperature', 'room/front/co2']);
    expect([...toFirstShown(layouts, null)]).toEqual([
      'room/front/temperature',
      'room/back/temperature',
      'room/other/temperature',
      'room/front/co2',
    ]);
  });
});

describe('VPD map', () => {
  it('a line of one deficit has that deficit all along', () => {
    const frame = { t: { low: 18, high: 32 }, rh: { low: 30, high: 95 } };
    const lines = toIsoLines(frame, assumedLeafOffset, [0.4, 0.8, 1.2, 1.6]);
    expect(lines.map(({ kpa }) => kpa)).toEqual([0.4, 0.8, 1.2, 1.6]);
    for (const { kpa, places } of lines) for (const place of places) expect(toVpd(place, assumedLeafOffset)).toBeCloseTo(kpa, 6);
  });

  it('within the target area the deficit is as wanted, at its edge it is the limit', () => {
    const frame = toMapFrame([{ t: 25, rh: 60 }], null);
    const area = toTargetArea({ low: 24, high: 27 }, { low: 1, high: 1.3 }, frame, 0) ?? [];
    const deficits = area.map((place) => toVpd(place, 0));
    expect(Math.min(...deficits)).toBeCloseTo(1, 6);
    expect(Math.max(...deficits)).toBeCloseTo(1.3, 6);
    expect(new Set(area.map(({ t }) => t)).size).toBe(17);
    expect(toTargetArea(null, null, frame, 0)).toBeNull();
  });

  it('the map holds what it shows and is never so narrow that noise looks like weather', () => {
    const frame = toMapFrame(
      [
        { t: 24, rh: 60 },
        { t: 24.1, rh: 60.2 },
      ],
      { low: 24, high: 26 },
    );
    expect(frame.t.high - frame.t.low).toBeGreaterThanOrEqual(8);
    expect(frame.rh.high - frame.rh.low).toBeCloseTo(30);
    expect(toMapFrame([{ t: 24, rh: 99 }], null).rh.high).toBe(100);
  });

  it('a column that lacks either value is no place', () => {
    const tail = toTail(toColumns(at, minute, [20, Number.NaN, 22, 23]), toColumns(at, minute, [50, 51, Number.NaN, 53]), at);
    expect(tail).toEqual([
      { t: 20, rh: 50, isSimulated: false },
      { t: 23, rh: 53, isSimulated: false },
    ]);
  });

  it('takes probes that tell both, and the air rather than the leaf', () => {
    const probes = toClimateProbes(
      [
        point('room/front/leaf_temperature', 'temperature'),
        point('room/front/temperature', 'temperature'),
        point('room/front/humidity', 'relative_humidity'),
        point('room/door/open', 'boolean'),
      ],
      null,
    );
    expect(probes.map(({ temperature, humidity }) => [temperature.id, humidity.id])).toEqual([
      ['room/front/temperature', 'room/front/humidity'],
    ]);
  });

  it('the median of none is no number', () => {
    expect([toMedian([3, 1, 2]), toMedian([4, 1, 2, 3]), toMedian([Number.NaN, 5])]).toEqual([2, 2.5, 5]);
    expect(toMedian([])).toBeNaN();
    expect(toHumidityAt(25, 0, 0)).toBeCloseTo(100, 9);
  });
});

describe('light of the day', () => {
  const berlin = createZoneOffset('Europe/Berlin');

  it('a day of the site is 23, 24 or 25 hours long, also 5 h 45 m ahead', () => {
    const length = (now: number, zone: string): number => {
      const { from, to } = toDay(now, createZoneOffset(zone));
      return (to - from) / hour;
    };
    expect(length(Date.UTC(2026, 2, 29, 12), 'Europe/Berlin')).toBe(23);
    expect(length(Date.UTC(2026, 9, 25, 12), 'Europe/Berlin')).toBe(25);
    expect(length(Date.UTC(2026, 0, 5, 12), 'Asia/Kathmandu')).toBe(24);
    expect(toDay(Date.UTC(2026, 0, 5, 12), createZoneOffset('Asia/Kathmandu')).from).toBe(Date.UTC(2026, 0, 4, 18, 15));
  });

  it('sums what came down since midnight of the site, and adds what the schedule still has', () => {
    const midnight = Date.UTC(2026, 10, 22, 23);
    const now = midnight + 12 * hour;
    const columns = toColumns(midnight - hour, hour, [900, ...Array.from({ length: 12 }, (_, index) => (index < 6 ? 0 : 800))]);
    const dark = [{ from: midnight + 18 * hour, to: midnight + 30 * hour }];
    const light = toDayLight(columns, now, berlin, dark);
    expect(light.soFar).toBeCloseTo(800 * 6 * 3600e-6, 6);
    expect(light.projected).toBeCloseTo(800 * 12 * 3600e-6, 6);
    expect(light.known).toBe(1);
  });

  it('promises nothing when no schedule is known, and says how little it knows', () => {
    const midnight = Date.UTC(2026, 10, 22, 23);
    const columns = toColumns(midnight + 9 * hour, hour, [500, 500, 500]);
    expect(toDayLight(columns, midnight + 12 * hour, berlin, [])).toMatchObject({ projected: null, known: 0.25 });
  });
});
