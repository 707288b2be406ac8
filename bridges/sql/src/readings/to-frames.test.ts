import { createTimeZone } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toColumns, toFrames, type FramesInput, type ReadingsMapping, type TableRow } from './to-frames.ts';

const mapping: ReadingsMapping = {
  table: 'sensor_data',
  id: 'id',
  time: { column: 'created_at', zone: 'Europe/Berlin' },
  points: { '{room}/{rack}/temperature': 'temp_c', '{room}/{rack}/humidity': 'rh' },
  names: { 'Flower Room 1': 'flower_room' },
};
const cells = { room: 'Flower Room 1', rack: 'front', temp_c: 21.5, rh: '55.25' };
const zone = createTimeZone('Europe/Berlin');
const databaseNow = Date.UTC(2026, 10, 30, 19, 0, 10);
const hubNow = 1_900_000_000_000;
const row = (parts: Partial<TableRow> = {}): TableRow => ({ id: 1, time: '2026-11-30 20:00:08', cells, ...parts });
const frames = (rows: readonly TableRow[], more: Partial<FramesInput> = {}) =>
  toFrames({ mapping, zone, rows, databaseNow, hubNow, areFresh: true, ...more });

describe('the rows of a foreign table', () => {
  it('are readings of the points that their columns name', () => {
    expect(frames([row()]).frames).toEqual([
      { at: hubNow - 2000, readings: { 'flower_room/front/temperature': { v: 21.5 }, 'flower_room/front/humidity': { v: 55.25 } } },
    ]);
    expect(toColumns(mapping)).toEqual(['room', 'rack', 'temp_c', 'rh']);
  });

  it('have the point of their kind in a table with one value per row', () => {
    const long = { ...mapping, points: { '{room}/{rack}/{kind}': 'value' } };
    const one = row({ cells: { room: 'dry', rack: 'a', kind: 'co2', value: 800 } });
    expect(frames([one], { mapping: long }).frames[0]?.readings).toEqual({ 'dry/a/co2': { v: 800 } });
  });

  it('say why there is no value in text that the hub takes, wherever it is cut', () => {
    const { frames: made } = frames([row({ cells: { room: 'dry', rack: 'a', temp_c: `${'x'.repeat(59)}😀`, rh: 50 } })]);
    const { why = '' } = Object.values(made[0]?.readings ?? {}).find(({ v }) => v === null) ?? {};
    expect(why).toMatch(/^temp_c is no number/);
    expect(why.isWellFormed()).toBe(true);
  });

  it.each([
    [null, 'temp_c is NULL'],
    [Number.NaN, 'temp_c is no number: NaN'],
    ['Infinity', 'temp_c is no number: Infinity'],
    ['n/a', 'temp_c is no number: n/a'],
    ['', 'temp_c is no number: '],
  ])('have no value where a cell holds %j, and say why', (temp_c, why) => {
    const [frame] = frames([row({ cells: { ...cells, temp_c } })]).frames;
    expect(frame?.readings['flower_room/front/temperature']).toEqual({ v: null, why });
    expect(frame?.readings['flower_room/front/humidity']).toEqual({ v: 55.25 });
  });

  it('are left out where a column names nothing that a point can be called', () => {
    expect(frames([row({ cells: { ...cells, room: 'Flower Room 2' } }), row({ cells: { ...cells, room: null } })]).frames).toEqual([]);
  });

  it('are as old as the clock of their database says, whatever the clocks of bridge and hub show', () => {
    expect(frames([row({ time: '2026-11-30 18:00:10' })], { hubNow: 1_800_000_000_000 }).frames[0]?.at).toBe(1_800_000_000_000 - 7_200_000);
  });

  it('are never newer than now, unless they are so by far', () => {
    expect(frames([row({ time: '2026-11-30 20:00:14' })]).frames[0]?.at).toBe(hubNow);
    expect(frames([row({ time: '2026-11-30 20:05:10' })]).frames[0]?.at).toBe(hubNow + 300_000);
  });

  it('are left out and counted where their time cannot be read', () => {
    expect(frames([row({ time: null }), row({ time: 'soon' })])).toEqual({ frames: [], timeless: 2, ambiguous: 0 });
  });

  describe('of an hour that comes twice', () => {
    const night = row({ time: '2026-10-25 02:30:00' });
    const second = Date.UTC(2026, 9, 25, 1, 30, 4);

    it('are current when they have just come', () => {
      const { frames: found, ambiguous } = frames([night], { databaseNow: second });
      expect([found[0]?.at, ambiguous]).toEqual([hubNow - 4000, 1]);
    });

    it('are an hour old when they may have been there before', () => {
      expect(frames([night], { databaseNow: second, areFresh: false }).frames[0]?.at).toBe(hubNow - 3_604_000);
    });

    it('are of the first showing while that lasts', () => {
      expect(frames([night], { databaseNow: second - 3_600_000 }).frames[0]?.at).toBe(hubNow - 4000);
    });
  });

  it('without a time are of the moment at which they were read, and only when they have just come', () => {
    const { time: _, ...bare } = mapping;
    const rows = [row({ time: null })];
    expect(frames(rows, { mapping: bare }).frames.map(({ at }) => at)).toEqual([hubNow]);
    expect(frames(rows, { mapping: bare, areFresh: false })).toEqual({ frames: [], timeless: 1, ambiguous: 0 });
  });
});
