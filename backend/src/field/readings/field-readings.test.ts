import { saying } from '@phloem/protocol/testing';
import { leafVapourPressureDeficit, millis, type PointId } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { PointSpec, Site } from '../../site/site.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { planBlocks } from '../poll/block-plan.ts';
import { startReadings, stepReadings, type FieldReadings, type ReadingsEvent, type SensorDraft } from './field-readings.ts';

const base = { location: 'house', cluster: 'north', title: '', decimals: 1, intervalMs: millis(1000) } as const;
const register = (address: number) =>
  ({ table: 'input', address, type: 's16', wordOrder: 'ABCD', scale: 0.1, offset: 0, sentinels: [-32_768] }) as const;
const read = (
  measurement: string,
  quantity: PointSpec['quantity'],
  unit: number,
  address: number,
  range: PointSpec['range'],
): PointSpec => ({
  ...base,
  id: `house/north/${measurement}`,
  measurement,
  quantity,
  range,
  source: { kind: 'register', instrument: 'one', bus: 'line', unit, register: register(address) },
});
const derived = (measurement: string, formula: 'vpd_leaf' | 'dew_point', inputs: readonly PointId[], offset = 0): PointSpec => ({
  ...base,
  id: `house/north/${measurement}`,
  measurement,
  quantity: formula === 'vpd_leaf' ? 'vapour_pressure_deficit' : 'temperature',
  range: { min: -90, max: 150 },
  source: { kind: 'derived', formula, inputs, offset },
});

const [temperature, humidity] = ['house/north/temperature', 'house/north/humidity'];
/** Temperature on unit 1, humidity on unit 2, and what is made of both. */
const site: Pick<Site, 'points' | 'isDemonstration' | 'devices'> = {
  isDemonstration: false,
  devices: [],
  points: [
    read('temperature', 'temperature', 1, 0, { min: -40, max: 80 }),
    read('humidity', 'relative_humidity', 2, 0, { min: 0, max: 100 }),
    derived('vpd', 'vpd_leaf', [temperature, humidity], -1.5),
    derived('dew_point', 'dew_point', [temperature, humidity]),
  ],
};
const blocks = planBlocks(site, { maxGap: 124, maxCount: 125 });

const run = (over: Partial<typeof site> = {}) => {
  const own = { ...site, ...over };
  let state: FieldReadings = startReadings(own, 0);
  const give = (now: number, event: ReadingsEvent): readonly SensorDraft[] => {
    const step = stepReadings(own, state, event, now);
    state = step.state;
    return step.drafts;
  };
  return {
    poll: (now: number, unit: number, outcome: BusOutcome | number) => {
      const block = blocks.find((candidate) => candidate.unit === unit);
      if (block === undefined) throw new Error(`no block for unit ${unit}`);
      return give(now, {
        kind: 'polled',
        block,
        outcome: typeof outcome === 'number' ? { kind: 'words', values: [outcome & 0xffff] } : outcome,
      });
    },
    tick: (now: number) => give(now, { kind: 'tick' }),
  };
};
const silent: BusOutcome = { kind: 'failed', code: 'modbus/timeout', why: 'unit 2 did not answer within 500 ms', isSent: true };

describe('readings', () => {
  it('[RE1] are good as they come, and bad outside of the range: not clamped, and the raw value is kept', () => {
    const field = run();
    expect(field.poll(0, 1, 253)[0]?.readings['temperature']).toEqual({ v: 25.3, q: 'good' });
    expect(field.poll(0, 1, 2000)[0]?.readings['temperature']).toMatchObject({ v: null, q: 'bad', raw: 200 });
    expect(field.poll(0, 1, -32_768)[0]?.readings['temperature']).toMatchObject({ v: null, q: 'bad', raw: -32_768 });
  });

  it('[RE4] derive from inputs of several units, each frame with what it brings', () => {
    const field = run();
    expect(field.poll(0, 1, 250)[0]?.readings['vpd']).toMatchObject({ v: null, q: 'bad' });
    const [frame] = field.poll(500, 2, 600);
    expect(Object.keys(frame?.readings ?? {})).toEqual(['humidity', 'vpd', 'dew_point']);
    // At the resolution of a derived value: 1 Pa.
    expect(frame?.readings['vpd']?.v).toBe(Number(leafVapourPressureDeficit(23.5, 25, 60).toFixed(3)));
    // 25 °C and 60 %: a dew point of 16.7 °C (any psychrometric chart).
    expect(frame?.readings['dew_point']?.v).toBeCloseTo(16.7, 1);
  });

  it('[RE4] derived are as bad as the worst input, and name it', () => {
    const field = run();
    field.poll(0, 2, 600);
    expect(field.poll(0, 1, 2000)[0]?.readings['vpd']).toMatchObject({ v: null, q: 'bad', why: saying(temperature, 'part') });
  });

  it('[RE4] are simulated throughout in a demonstration', () => {
    const field = run({ isDemonstration: true });
    field.poll(0, 1, 250);
    const [frame] = field.poll(0, 2, 600);
    expect(frame?.readings['humidity']).toMatchObject({ v: 60, q: 'simulated' });
    expect(frame?.readings['vpd']).toMatchObject({ q: 'simulated' });
    expect(frame?.readings['vpd']?.v).not.toBeNull();
  });

  it('are bad with the exception in words when the unit refuses', () => {
    expect(run().poll(0, 1, { kind: 'exception', code: 2 })[0]?.readings['temperature']).toMatchObject({
      v: null,
      q: 'bad',
      why: saying('unit 1 cannot be read, 02: this unit has no such address (register 30001)'),
    });
  });
});

describe('staleness', () => {
  it('is reported once when a point is overdue, with what depends on it, and why; the last value is not repeated', () => {
    const field = run();
    field.poll(0, 1, 250);
    field.poll(0, 2, 600);
    field.poll(4_000, 1, 251);
    expect(field.poll(4_000, 2, silent)).toEqual([]);
    expect(field.tick(4_999)).toEqual([]);
    const [frame, ...others] = field.tick(5_000);
    expect(others).toEqual([]);
    expect(frame?.readings['humidity']).toEqual({
      v: null,
      q: 'stale',
      why: saying('no longer read: unit 2 did not answer within 500 ms'),
    });
    expect(frame?.readings['vpd']).toMatchObject({ v: null, q: 'stale' });
    expect(Object.keys(frame?.readings ?? {})).not.toContain('temperature');
    expect(field.tick(6_000)).toEqual([]);
  });

  it('ends with the next reading, which is reported like any other', () => {
    const field = run();
    field.poll(0, 1, 250);
    field.poll(0, 2, 600);
    field.tick(5_000);
    field.poll(5_100, 1, 250);
    expect(field.poll(5_100, 2, 600)[0]?.readings).toMatchObject({ humidity: { v: 60, q: 'good' }, vpd: { q: 'good' } });
    expect(field.tick(10_000)).toEqual([]);
    expect(field.tick(10_100)).toHaveLength(1);
  });

  it('[RE3] does not take an unchanged value that keeps coming for a stale one', () => {
    const field = run();
    for (let now = 0; now <= 60_000; now += 1_000) {
      field.poll(now, 1, 250);
      field.poll(now, 2, 600);
      expect(field.tick(now)).toEqual([]);
    }
  });

  it('comes to a point that was never read', () => {
    expect(run().tick(5_000)[0]?.readings['temperature']).toMatchObject({ v: null, q: 'stale' });
  });

  it('waits three intervals where they are longer than 5 s', () => {
    const slow = run({ points: site.points.map((point) => ({ ...point, intervalMs: millis(10_000) })) });
    expect(slow.tick(29_999)).toEqual([]);
    expect(slow.tick(30_000)).toHaveLength(1);
  });
});
