import { saying } from '@phloem/protocol/testing';
import { millis, reasonOf } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { PointSpec, Site } from '../../site/site.ts';
import { planBlocks } from '../poll/block-plan.ts';
import { noRecords, type Correction, type DayTotal } from './correct-reading.ts';
import { startReadings, stepReadings, type FieldReadings } from './field-readings.ts';

const point = (measurement: string, over: Partial<PointSpec>): PointSpec => ({
  id: `house/north/${measurement}`,
  location: 'house',
  cluster: 'north',
  measurement,
  quantity: 'temperature',
  title: '',
  decimals: 1,
  intervalMs: millis(1000),
  range: { min: -40, max: 80 },
  source: {
    kind: 'register',
    instrument: 'one',
    bus: 'line',
    unit: 1,
    register: { table: 'input', address: 0, type: 's16', wordOrder: 'ABCD', scale: 0.1, offset: 0, sentinels: [] },
  },
  ...over,
});
const hour = 3_600_000;
const utcDay = (at: number): string => `day ${Math.floor(at / (24 * hour))}`;

/** One point on the wire, with what is derived from it, under a wall clock that begins at `at`. */
const run = (points: readonly PointSpec[], options: { at?: number; total?: DayTotal } = {}) => {
  const site: Pick<Site, 'points' | 'isDemonstration' | 'devices'> = { isDemonstration: false, devices: [], points };
  const [block] = planBlocks(site, { maxGap: 124, maxCount: 125 });
  if (block === undefined) throw new Error('nothing to read');
  let correction: Correction | null = null;
  let madeUp: DayTotal | null = null;
  let state: FieldReadings = startReadings(site, 0);
  const give = (now: number, event: Parameters<typeof stepReadings>[2]) => {
    const records = { ...noRecords, correct: () => correction, total: () => options.total ?? null, madeUpTotal: () => madeUp };
    const step = stepReadings(site, state, event, now, { records, at: () => (options.at ?? 0) + now, toDay: utcDay });
    state = step.state;
    return step.drafts[0]?.readings ?? {};
  };
  return {
    correct: (next: Correction | null) => void (correction = next),
    makeUp: (next: DayTotal) => void (madeUp = next),
    /** Tenths of a unit, as the register holds them. */
    read: (now: number, tenths: number) => give(now, { kind: 'polled', block, outcome: { kind: 'words', values: [tenths & 0xffff] } }),
    tick: (now: number) => give(now, { kind: 'tick' }),
  };
};
const inMaintenance = reasonOf('reading/maintenance', { by: { kind: 'user', id: 'anna' }, until: 0, reason: 'probe swapped' });
const used: Correction = { gain: 1, offset: 0, overdue: null, maintenance: null };

describe('a calibrated point', () => {
  it('[RE2] shows the corrected value and keeps the uncorrected one as raw', () => {
    const field = run([point('temperature', {})]);
    expect(field.read(0, 250)['temperature']).toEqual({ v: 25, q: 'good' });
    field.correct({ ...used, gain: 1.02, offset: -0.3 });
    expect(field.read(1000, 250)['temperature']).toEqual({ v: 25.2, q: 'good', raw: 25 });
  });

  it('[RE2] is uncertain while its calibration is overdue, and says since when', () => {
    const field = run([point('temperature', {})]);
    field.correct({ ...used, overdue: reasonOf('calibration/due', { day: '2026-11-01' }) });
    expect(field.read(0, 250)['temperature']).toEqual({ v: 25, q: 'uncertain', why: saying('calibration was due on 2026-11-01') });
  });

  it('[RE1] is limited where the correction takes it out of its range', () => {
    const field = run([point('temperature', {})]);
    field.correct({ ...used, offset: 60 });
    expect(field.read(0, 250)['temperature']).toMatchObject({ v: 80, q: 'uncertain', raw: 25, limited: true });
  });

  it('[RE5] in maintenance is still shown, under that quality, and so is what is derived from it', () => {
    const humidity = point('humidity', {
      quantity: 'relative_humidity',
      range: { min: 0, max: 100 },
    });
    const dewPoint = point('dew_point', {
      source: { kind: 'derived', formula: 'dew_point', inputs: ['house/north/temperature', humidity.id], offset: 0 },
    });
    const field = run([point('temperature', {}), humidity, dewPoint]);
    field.correct({ ...used, maintenance: inMaintenance });
    const readings = field.read(0, 250);
    expect(readings['temperature']).toEqual({ v: 25, q: 'maintenance', why: saying('in maintenance until 0, anna: probe swapped') });
    expect(readings['dew_point']).toMatchObject({ q: 'maintenance' });
  });
});

describe('a rate limit', () => {
  const limited = () => run([point('temperature', { rateLimit: { change: 5, perMs: millis(10_000) } })]);

  it('[RE1] does not believe a value that jumps, and goes on from the one before it', () => {
    const field = limited();
    field.read(0, 250);
    expect(field.read(1000, 600)['temperature']).toMatchObject({ v: null, q: 'bad', raw: 60, why: saying('moved by 35', 'part') });
    expect(field.read(2000, 251)['temperature']).toEqual({ v: 25.1, q: 'good' });
  });

  it('[RE1] believes a step that stays, once so much could have happened', () => {
    const field = limited();
    field.read(0, 250);
    for (let now = 1000; now < 70_000; now += 1000) expect(field.read(now, 600)['temperature']?.q).toBe('bad');
    expect(field.read(70_000, 600)['temperature']).toEqual({ v: 60, q: 'good' });
  });

  it('[RE1] looks at what the instrument says, so that a calibration is no jump', () => {
    const field = limited();
    field.read(0, 250);
    field.correct({ ...used, offset: 20 });
    expect(field.read(1000, 250)['temperature']).toMatchObject({ v: 45, q: 'good' });
  });

  it('[RE5] holds nothing against a probe that was swapped in maintenance', () => {
    const field = limited();
    field.read(0, 250);
    field.correct({ ...used, maintenance: inMaintenance });
    expect(field.read(1000, 700)['temperature']).toMatchObject({ v: 70, q: 'maintenance' });
    field.correct(null);
    expect(field.read(2000, 100)['temperature']).toEqual({ v: 10, q: 'good' });
  });
});

describe('the light of the day', () => {
  const flux = point('ppfd', { quantity: 'ppfd', range: { min: 0, max: 5000 } });
  const dli = point('dli', {
    quantity: 'daily_light_integral',
    range: { min: 0, max: 200 },
    source: { kind: 'derived', formula: 'dli', inputs: [flux.id], offset: 0 },
  });
  /** Reads a flux of `tenths` every second from `from` to `to`, in ms. */
  const shine = (field: ReturnType<typeof run>, from: number, to: number, tenths: number) => {
    let last: ReturnType<typeof field.read> = {};
    for (let now = from; now <= to; now += 1000) last = field.read(now, tenths);
    return last['dli'];
  };

  it('[RE4] is the flux summed up from midnight on', () => {
    const field = run([flux, dli], { at: 23 * hour });
    expect(shine(field, 0, hour - 1000, 5000)).toMatchObject({ q: 'uncertain', why: saying('middle of the day', 'part') });
    // 500 µmol m⁻² s⁻¹ for an hour are 1.8 mol/m².
    const told = shine(field, hour, 2 * hour - 1000, 5000);
    expect(told?.q).toBe('good');
    expect(told?.v).toBeCloseTo(1.8, 3);
  });

  it('[RE4] goes on after a restart with the last value in the log, and says what it has not seen', () => {
    const field = run([flux, dli], { at: 12 * hour, total: { v: 10, at: 11.5 * hour, isWhole: true, isMadeUp: false } });
    expect(field.read(0, 5000)['dli']).toMatchObject({ v: 10, q: 'uncertain', why: saying('30 min of the day are unknown') });
  });

  it('[RE4] of a demonstration goes on from its made-up past, once that reaches to where the counting began', () => {
    const field = run([flux, dli], { at: 12 * hour });
    expect(field.read(0, 5000)['dli']).toMatchObject({ v: 0, q: 'uncertain' });
    field.makeUp({ v: 4, at: 9 * hour, isWhole: true, isMadeUp: false });
    expect(field.read(1000, 5000)['dli']).toMatchObject({ q: 'uncertain', why: saying('middle of the day', 'part') });
    field.makeUp({ v: 10, at: 12 * hour - 10_000, isWhole: true, isMadeUp: false });
    const joined = field.read(2000, 5000)['dli'];
    expect([joined?.q, joined?.why, Number(joined?.v)]).toEqual([
      'simulated',
      saying('a part of the day is simulated'),
      expect.closeTo(10.001, 4),
    ]);
    expect(Number(field.read(3000, 5000)['dli']?.v)).toBeCloseTo(10.0015, 2);
  });

  it('[RE4] starts again where the last value is of another day', () => {
    const field = run([flux, dli], { at: 36 * hour, total: { v: 10, at: 11 * hour, isWhole: true, isMadeUp: false } });
    expect(field.read(0, 5000)['dli']).toMatchObject({ v: 0, q: 'uncertain' });
  });

  it('[RE4] [RE5] adds nothing while somebody works on the sensor', () => {
    const field = run([flux, dli], { at: 12 * hour, total: { v: 10, at: 12 * hour, isWhole: true, isMadeUp: false } });
    const before = shine(field, 0, 10_000, 5000)?.v;
    field.correct({ ...used, maintenance: inMaintenance });
    expect(shine(field, 11_000, 100_000, 9000)).toMatchObject({ v: before, q: 'uncertain' });
  });

  it('[RE4] adds nothing while the light is not known', () => {
    const field = run([flux, dli], { at: 12 * hour, total: { v: 10, at: 12 * hour, isWhole: true, isMadeUp: false } });
    const before = shine(field, 0, 10_000, 5000)?.v;
    expect(field.tick(20_000)['dli']).toMatchObject({ v: before, q: 'uncertain' });
    expect(field.read(400_000, 5000)['dli']).toMatchObject({ v: before, why: saying('7 min of the day are unknown') });
  });
});

describe('a value at a physical end', () => {
  const humid = (over: Partial<PointSpec> = {}): PointSpec =>
    point('humidity', { quantity: 'relative_humidity', range: { min: 0, max: 100 }, margin: { below: 2, above: 5 }, ...over });
  const air = point('temperature', { quantity: 'temperature' });
  const derived = (
    measurement: string,
    formula: 'vpd_air' | 'dew_point' | 'absolute_humidity',
    quantity: PointSpec['quantity'],
  ): PointSpec =>
    point(measurement, {
      quantity,
      range: { min: -90, max: 400 },
      source: { kind: 'derived', formula, inputs: ['house/north/temperature', 'house/north/humidity'], offset: 0 },
    });

  it('[RE1] slightly past it is that end, uncertain and usable; farther past it is bad', () => {
    const field = run([humid()]);
    expect(field.read(0, 1000)['humidity']).toEqual({ v: 100, q: 'good' });
    const why = saying('100.3 % is limited to 100 %');
    expect(field.read(1000, 1003)['humidity']).toEqual({ v: 100, q: 'uncertain', why, raw: 100.3, limited: true });
    expect(field.read(2000, 1050)['humidity']).toMatchObject({ v: 100, q: 'uncertain' });
    expect(field.read(3000, 1051)['humidity']).toEqual({ v: null, q: 'bad', why: saying('105.1 is outside of 0 to 100'), raw: 105.1 });
    expect(field.read(4000, -20)['humidity']).toMatchObject({ v: 0, q: 'uncertain', limited: true });
    expect(field.read(5000, -21)['humidity']).toMatchObject({ v: null, q: 'bad' });
  });

  it('[RE1] a range that was made narrower has no margin', () => {
    const field = run([humid({ range: { min: 20, max: 90 }, margin: { below: 0, above: 0 } })]);
    expect(field.read(0, 901)['humidity']).toMatchObject({ v: null, q: 'bad' });
  });

  it('[RE4] what is derived there is right, and as usable', () => {
    const register = { table: 'input', address: 1, type: 's16', wordOrder: 'ABCD', scale: 0.1, offset: 0, sentinels: [] } as const;
    const points = [
      air,
      humid({ source: { kind: 'register', instrument: 'one', bus: 'line', unit: 1, register } }),
      derived('vpd', 'vpd_air', 'vapour_pressure_deficit'),
      derived('dew', 'dew_point', 'temperature'),
      derived('absolute', 'absolute_humidity', 'absolute_humidity'),
    ];
    const site = { isDemonstration: false, devices: [], points };
    const [block] = planBlocks(site, { maxGap: 124, maxCount: 125 });
    if (block === undefined) throw new Error('nothing to read');
    const event = { kind: 'polled', block, outcome: { kind: 'words', values: [213, 1003] } } as const;
    const [draft] = stepReadings(site, startReadings(site, 0), event, 0).drafts;
    expect(draft?.readings).toMatchObject({
      humidity: { v: 100, q: 'uncertain', limited: true },
      vpd: { v: 0, q: 'uncertain', limited: true, why: saying('house/north/humidity: 100.3 % is limited to 100 %') },
      dew: { v: 21.3, q: 'uncertain', limited: true },
      absolute: { q: 'uncertain', limited: true },
    });
  });

  it('[RE1] a good value is not made bad by its calibration', () => {
    const field = run([humid()]);
    field.correct({ ...used, offset: 2.5 });
    expect(field.read(0, 982)['humidity']).toMatchObject({ v: 100, q: 'uncertain', raw: 98.2, limited: true });
    field.correct({ ...used, offset: 20 });
    expect(field.read(1000, 950)['humidity']).toMatchObject({
      v: 100,
      q: 'uncertain',
      raw: 95,
      limited: true,
      why: saying('calibrated to 115, limited to 100'),
    });
    // What was bad before stays so.
    expect(field.read(2000, 1300)['humidity']).toMatchObject({ v: null, q: 'bad' });
  });

  it('[RE2] an overdue calibration stays what is said of the value, and makes it no better', () => {
    const field = run([humid()]);
    field.correct({ ...used, overdue: reasonOf('calibration/due', { day: '2026-05-01' }) });
    const reading = field.read(0, 1003)['humidity'];
    expect(reading).toMatchObject({ v: 100, q: 'uncertain', why: saying('calibration was due on 2026-05-01') });
    expect(reading).not.toHaveProperty('limited');
    field.correct({ ...used, maintenance: inMaintenance });
    expect(field.read(1000, 1003)['humidity']).toMatchObject({ v: 100, q: 'maintenance' });
  });
});
