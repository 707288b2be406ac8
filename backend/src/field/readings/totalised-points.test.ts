import { millis, reasonOf, type Reading } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { PointSpec, Site } from '../../site/site.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { planBlocks } from '../poll/block-plan.ts';
import { noRecords, type Correction } from './correct-reading.ts';
import { startReadings, stepReadings, type FieldReadings, type ReadingsEvent } from './field-readings.ts';
import type { StoredTotal } from './totaliser.ts';

const meter: PointSpec = {
  id: 'house/meter/energy',
  location: 'house',
  cluster: 'meter',
  measurement: 'energy',
  quantity: 'energy',
  title: 'Energy',
  decimals: 2,
  intervalMs: millis(1000),
  range: { min: 0, max: 1000 },
  totalise: { wrapsAt: 65_536, maxRate: { change: 10, perMs: millis(1000) } },
  source: {
    kind: 'register',
    instrument: 'meter',
    bus: 'line',
    unit: 1,
    register: { table: 'input', address: 0, type: 'u16', wordOrder: 'ABCD', scale: 0.01, offset: 0, sentinels: [0x8000] },
  },
};

/** The counter on the wire, of a hub that knows so much from before. */
const run = (stored: StoredTotal | null = null, wall = 0) => {
  const site: Pick<Site, 'points' | 'isDemonstration' | 'devices'> = { isDemonstration: false, devices: [], points: [meter] };
  const [block] = planBlocks(site, { maxGap: 124, maxCount: 125 });
  if (block === undefined) throw new Error('nothing to read');
  let state: FieldReadings = startReadings(site, 0);
  let correction: Correction | null = null;
  const step = (now: number, event: ReadingsEvent): Reading | undefined => {
    const records = { ...noRecords, correct: () => correction, stored: () => stored };
    const next = stepReadings(site, state, event, now, { records, at: () => wall + now, toDay: () => '' });
    state = next.state;
    return next.drafts[0]?.readings['energy'];
  };
  const answer = (now: number, outcome: BusOutcome) => step(now, { kind: 'polled', block, outcome });
  return {
    read: (now: number, count: number) => answer(now, { kind: 'words', values: [count] }),
    answer,
    tick: (now: number) => step(now, { kind: 'tick' }),
    correct: (next: Correction | null) => void (correction = next),
  };
};

const newMeter = reasonOf('reading/maintenance', { by: { kind: 'user', id: 'anna' }, until: 0, reason: 'a new meter' });

describe('a point that is a running total', () => {
  it('[RE7] begins with what its counter holds, and goes on over a wrap', () => {
    const field = run();
    expect(field.read(0, 65_530)).toEqual({ v: 655.3, q: 'good', counter: 65_530 });
    expect(field.read(1000, 10)).toEqual({ v: 655.46, q: 'good', counter: 10 });
  });

  it('[RE7] goes on after a restart of the hub, with all that was counted meanwhile', () => {
    const field = run({ v: 1310.7, counter: 65_530, at: 1_000_000 }, 1_000_000 + 60_000);
    expect(field.read(0, 470)).toEqual({ v: 1315.46, q: 'good', counter: 470 });
  });

  it('[RE7] goes on after a restart of the meter, and says that counts may be missing', () => {
    const field = run();
    field.read(0, 30_000);
    expect(field.read(1000, 12)).toMatchObject({ v: 300.12, q: 'uncertain', counter: 12 });
    expect(field.read(2000, 13)).toEqual({ v: 300.13, q: 'good', counter: 13 });
  });

  it('[RE7] counts nothing that is bad or stale, and everything once the counter is read again', () => {
    const field = run();
    field.read(0, 100);
    expect(field.read(1000, 0x8000)).toMatchObject({ v: null, q: 'bad' });
    expect(field.answer(2000, { kind: 'exception', code: 4 })).toMatchObject({ v: null, q: 'bad' });
    expect(field.tick(60_000)).toMatchObject({ v: null, q: 'stale' });
    expect(field.read(61_000, 160)).toEqual({ v: 1.6, q: 'good', counter: 160 });
  });

  it('[RE7] counts nothing while it is out of use, so that a meter can be exchanged', () => {
    const field = run();
    field.read(0, 100);
    field.correct({ gain: 1, offset: 0, overdue: null, maintenance: newMeter });
    expect(field.read(1000, 5000)).toEqual({ v: 1, q: 'maintenance', why: newMeter, counter: 5000 });
    field.correct(null);
    expect(field.read(2000, 5004)).toEqual({ v: 1.04, q: 'good', counter: 5004 });
  });

  it('[RE7] does not count a leap that is faster than the meter can count', () => {
    const field = run();
    field.read(0, 100);
    expect(field.read(1000, 20_000)).toMatchObject({ v: 1, q: 'uncertain' });
    expect(field.read(2000, 20_001)).toEqual({ v: 1.01, q: 'good', counter: 20_001 });
  });

  it('[RE7] believes any way that the counter went when the wall clock was put back meanwhile', () => {
    const field = run({ v: 1, counter: 100, at: 5_000_000 }, 1_000_000);
    expect(field.read(0, 9000)).toEqual({ v: 90, q: 'good', counter: 9000 });
  });
});
