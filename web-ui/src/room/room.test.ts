import { createSiteTime } from '../format/site-time.ts';
import { textReason, parseDay, toDayBounds, type AlarmStatus, type PointLayout, type SetpointsAhead } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toBuckets } from '../history/buckets.ts';
import type { Columns } from '../history/columns.ts';
import { toMedian } from '../points/median.ts';
import { createRing, pushSample } from '../history/ring.ts';
import { createSiteZone } from '../format/site-zone.ts';
import { toDayLight, toKnownPieces } from './dli.ts';
import { toRate } from './rate-of-change.ts';
import { toFirstShown, toInstrument } from './room-view.ts';
import {
  assumedLeafOffset,
  toClimateProbes,
  toMeasuredLeafOffset,
  toHumidityAt,
  toIsoLines,
  toMapFrame,
  toTail,
  toTargetArea,
  toVpd,
  hasCrop,
} from './vpd-map.ts';

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
      name: 'room/climate/temp',
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
  const now = { up: 100_000, at, time: createSiteTime('UTC'), alarms: new Map<string, AlarmStatus>() };
  const high: AlarmStatus = {
    alarm: 'room/climate/temp/high',
    state: 'active',
    priority: 'P2',
    why: textReason('x'),
    since: at,
    raised: at,
    isAcknowledged: false,
    acknowledgedBy: null,
    count: 1,
    lsn: 1,
  };
  const alarmed = { ...now, alarms: new Map([[high.alarm, high]]) };
  const state = { id: layout.id, v: 29, q: 'good' as const, lsn: 1, reported: 99_900, changed: 99_900 };

  it('says in words how it stands to its limits', () => {
    const view = toInstrument(layout, state, steered, alarmed, null);
    expect(view).toMatchObject({ setpoint: '25.5', standing: 'above its alarm limit', bar: { standing: 'above-alarm' } });
    expect(view.breach).toEqual({ side: 'high', priority: 'P2' });
    expect(toInstrument(layout, state, steered, now, null)).toMatchObject({ standing: 'outside its band', breach: null });
  });

  it('a value that is no news is held against nothing', () => {
    expect(toInstrument(layout, { ...state, reported: 1000 }, steered, alarmed, null)).toMatchObject({
      standing: '',
      rate: null,
      breach: null,
    });
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

  it('takes probes that report both, and the air rather than the leaf', () => {
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

  it('takes the leaf for as far from the air as its probe is from the air beside it', () => {
    const layouts = [
      point('room/back/temperature', 'temperature'),
      point('room/back/humidity', 'relative_humidity'),
      point('room/front/leaf_temperature', 'temperature'),
      point('room/front/temperature', 'temperature'),
      point('room/front/humidity', 'relative_humidity'),
    ];
    const probes = toClimateProbes(layouts, null);
    const read = (leaf: number | null) =>
      new Map([
        ['room/front/leaf_temperature', { v: leaf }],
        ['room/front/temperature', { v: 26 }],
        ['room/back/temperature', { v: 30 }],
      ]);
    expect(toMeasuredLeafOffset(layouts, probes, read(24.5))).toBe(-1.5);
    expect(toMeasuredLeafOffset(layouts, probes, read(null))).toBeNull();
    expect(toMeasuredLeafOffset(layouts.slice(0, 2), probes, read(24.5))).toBeNull();
  });

  it('the median of none is no number', () => {
    expect([toMedian([3, 1, 2]), toMedian([4, 1, 2, 3]), toMedian([Number.NaN, 5])]).toEqual([2, 2.5, 5]);
    expect(toMedian([])).toBeNaN();
    expect(toHumidityAt(25, 0, 0)).toBeCloseTo(100, 9);
  });
});

describe('light of the day', () => {
  const berlin = createSiteZone('Europe/Berlin');
  const midnight = Date.UTC(2026, 10, 22, 23);
  /** Buckets of the history as the hub reports them; of each how many samples it has. */
  const buckets = (from: number, bucketMs: number, to: number, rows: readonly (readonly [mean: number, values: number])[], more = {}) =>
    toBuckets({
      id: 'room/front/ppfd',
      from,
      to,
      bucketMs,
      at: rows.map((_, index) => from + index * bucketMs),
      min: rows.map(([mean, values]) => (values === 0 ? null : mean)),
      mean: rows.map(([mean, values]) => (values === 0 ? null : mean)),
      max: rows.map(([mean, values]) => (values === 0 ? null : mean)),
      values: rows.map(([, values]) => values),
      good: rows.map(() => 1),
      isSimulated: rows.map(() => false),
      gaps: [],
      ...more,
    });
  /** What a browser has heard itself, one value every so often from one instant to another. */
  const live = (from: number, to: number, everyMs: number, value: number) => {
    const ring = createRing();
    for (let time = from; time < to; time += everyMs) pushSample(ring, time - midnight, value);
    return { ring, wallOffset: midnight };
  };

  it('sums what came down since midnight of the site, and adds what the schedule still has', () => {
    const now = midnight + 12 * hour;
    const rows = [900, ...Array.from({ length: 12 }, (_, index) => (index < 6 ? 0 : 800))].map((mean) => [mean, 720] as const);
    const dark = [{ from: midnight + 18 * hour, to: midnight + 30 * hour }];
    const light = toDayLight(toKnownPieces(buckets(midnight - hour, hour, now, rows), null, 5000), now, berlin, dark);
    expect(light.soFar).toBeCloseTo(800 * 6 * 3600e-6, 6);
    expect(light.projected).toBeCloseTo(800 * 12 * 3600e-6, 6);
    expect(light.known).toBe(1);
  });

  it('promises nothing when no schedule is known, and says how little it knows', () => {
    const rows = [500, 500, 500].map((mean) => [mean, 720] as const);
    const pieces = toKnownPieces(buckets(midnight + 9 * hour, hour, midnight + 12 * hour, rows), null, 5000);
    expect(toDayLight(pieces, midnight + 12 * hour, berlin, [])).toMatchObject({ projected: null, known: 0.25 });
  });

  it('counts the buckets of a hub that is 87 s old for 87 s, not for the ten minutes that they span', () => {
    const now = midnight + 29 * minute;
    // It began 25 s before a bucket ended; a sample every 5 s.
    const rows = [
      [0, 0],
      [690, 5],
      [690, 12],
    ] as const;
    const bucketMs = 5 * minute;
    const first = now - 62_000 - 2 * bucketMs;
    const light = toDayLight(toKnownPieces(buckets(first, bucketMs, now, rows), null, 5000), now, berlin, []);
    expect(light.known).toBeCloseTo(85 / (29 * 60), 3);
    expect(light.soFar).toBeCloseTo(690 * 85e-6, 4);
  });

  it('goes on with what was heard live, and counts no silence', () => {
    const now = midnight + 2 * hour;
    const heard = live(midnight + hour, midnight + 1.5 * hour, 5000, 400);
    const rows = Array.from({ length: 12 }, () => [400, 60] as const);
    const light = toDayLight(toKnownPieces(buckets(midnight, 5 * minute, midnight + hour, rows), heard, 5000), now, berlin, []);
    expect(light.known).toBeCloseTo(0.75, 2);
    expect(light.soFar).toBeCloseTo(400 * 5400e-6, 2);
  });

  it('leaves out the gaps that the hub reports, and knows a simulated past that is sampled less often', () => {
    const now = midnight + hour;
    const rows = Array.from({ length: 12 }, () => [400, 30] as const);
    const whole = toDayLight(toKnownPieces(buckets(midnight, 5 * minute, now, rows), null, 5000), now, berlin, []);
    expect(whole.known).toBe(1);
    const gaps = [{ from: midnight + 21 * minute, to: midnight + 24 * minute, why: textReason('no answer') }];
    const part = toDayLight(toKnownPieces(buckets(midnight, 5 * minute, now, rows, { gaps }), null, 5000), now, berlin, []);
    expect(part.known).toBeCloseTo(57 / 60, 6);
  });

  it.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Asia/Kathmandu', '2026-01-05', 24],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
  ])('in %s on %s a whole day of light is that of %f hours', (name, date, hours) => {
    const zone = createSiteZone(name);
    const { from, to } = toDayBounds(zone, parseDay(date) ?? 0);
    const rows = Array.from({ length: (to - from) / (30 * minute) }, () => [100, 360] as const);
    const light = toDayLight(toKnownPieces(buckets(from, 30 * minute, to - 1, rows), null, 5000), to - 1, zone, []);
    expect([light.soFar, light.known]).toEqual([expect.closeTo(hours * 0.36, 4), expect.closeTo(1, 6)]);
  });
});

describe('a room without a crop', () => {
  const point = (id: string, quantity: PointLayout['quantity']): PointLayout => ({
    id,
    quantity,
    intervalMs: 1000,
    decimals: 1,
    title: '',
    isDerived: false,
    range: null,
  });

  it('has no map of the deficit at a leaf', () => {
    const store = [point('store/front/temperature', 'temperature'), point('store/front/humidity', 'relative_humidity')];
    expect(hasCrop(store, null)).toBe(false);
    expect(hasCrop([...store, point('store/front/vpd', 'vapour_pressure_deficit')], null)).toBe(true);
    expect(hasCrop([...store, point('store/front/ppfd', 'ppfd')], null)).toBe(true);
  });
});
