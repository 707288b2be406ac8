import { textReason, type AlarmStatus, type PointLayout, type PointState, type Quantity, type SetpointsAhead } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toPointView } from '../points/point-view.ts';
import { toColumns } from '../site/tile-grid.ts';
import { toRowNote, toTileRows, type KnownPoint } from './tile-row.ts';
import { createSiteTime } from '../format/site-time.ts';

const time = createSiteTime('UTC');

const up = 100_000;
const point = (id: string, quantity: Quantity, value: number, part: Partial<PointState> = {}): KnownPoint => {
  const layout: PointLayout = { id, quantity, intervalMs: 1000, decimals: 1, title: '', isDerived: false, range: { min: -40, max: 125 } };
  const state: PointState = { id, v: value, q: 'good', lsn: 1, reported: up - 500, changed: up - 500, ...part };
  return { layout, state, view: toPointView(layout, state, up, time) };
};
const front = point('room/front/temperature', 'temperature', 26.1);
const middle = point('room/middle/temperature', 'temperature', 25.9);
const leaf = point('room/front/leaf_temperature', 'temperature', 24);
const vpd = point('room/front/vpd', 'vapour_pressure_deficit', 1.2);
const humidity = point('room/front/humidity', 'relative_humidity', 60);
const silent: Partial<PointState> = { v: null, q: 'stale', reported: up - 190_000, last: 26.1 };
const steered: SetpointsAhead = {
  location: 'room',
  bundle: null,
  at: 0,
  dark: [],
  setpoints: [
    {
      name: 'room/climate/temp',
      title: 'temp',
      quantity: 'temperature',
      now: 26,
      base: 26,
      offset: null,
      reach: 2,
      target: { low: 25, high: 27 },
      alarm: { low: 23, high: 29 },
      points: ['room/front/temperature', 'room/middle/temperature'],
      steps: [{ at: 0, value: 26, isRamp: false }],
    },
  ],
};
const noAlarms: ReadonlyMap<string, AlarmStatus> = new Map();
const toAlarms = (part: Partial<AlarmStatus> = {}): ReadonlyMap<string, AlarmStatus> => {
  const alarm = 'room/climate/temp/high';
  const status: AlarmStatus = {
    alarm,
    state: 'active',
    priority: 'P2',
    why: textReason('x'),
    since: 0,
    raised: 0,
    isAcknowledged: false,
    acknowledgedBy: null,
    count: 1,
    lsn: 1,
    ...part,
  };
  return new Map([[alarm, status]]);
};
const texts = (points: readonly KnownPoint[], by: SetpointsAhead | undefined = steered) =>
  toTileRows(points, by, noAlarms, 0).map(({ point: { id }, label, setpoint }) => [id, label, setpoint]);

describe('the lines of a tile', () => {
  it('are temperature, VPD and so on, in an order of their own, with what is wanted', () => {
    expect(texts([vpd, humidity, leaf, front, middle])).toEqual([
      ['room/front/temperature', '', '26.0'],
      ['room/front/vpd', 'VPD', ''],
    ]);
  });

  it('a set-point with an offset is shown with what its schedule would want', () => {
    const offset = {
      setpoint: 'room/climate/temp',
      delta: 1,
      by: { kind: 'user', id: 'anna' } as const,
      reason: 'x',
      since: -1,
      until: 9,
      untilUp: 9,
      lsn: 1,
      isReleased: false,
    };
    const setpoints = steered.setpoints.map((one) => ({ ...one, offset, now: 27, steps: [{ at: -1, value: 27, isRamp: false }] }));
    const [row] = toTileRows([front], { ...steered, setpoints }, noAlarms, 0);
    expect([row?.base, row?.setpoint]).toEqual(['26.0', '27.0']);
    expect(toTileRows([front], steered, noAlarms, 0)[0]?.base).toBe('');
  });

  it('humidity has a line where there is no VPD', () => {
    expect(texts([humidity], undefined)).toEqual([['room/front/humidity', 'RH', '']]);
  });

  it('another probe stands in for one that is silent, and that is said', () => {
    const [row] = toTileRows([point('room/front/temperature', 'temperature', 0, silent), middle], steered, noAlarms, 0);
    expect(row?.point.id).toBe('room/middle/temperature');
    expect(row === undefined ? '' : toRowNote(row)).toBe('front stale, this is middle');
  });

  it('when none is news the first one is shown with its age', () => {
    const [row] = toTileRows(
      [point('room/front/temperature', 'temperature', 0, { ...silent, why: textReason('no reply') })],
      steered,
      noAlarms,
      0,
    );
    expect(row?.point.freshness).toBe('stale');
    expect(row === undefined ? '' : toRowNote(row)).toBe('3 m 10 s old · no reply');
  });

  it('a point that was never received is shown as such', () => {
    const [row] = toTileRows(
      [point('room/front/temperature', 'temperature', 0, { v: null, q: 'bad', reported: null })],
      undefined,
      noAlarms,
      0,
    );
    expect(row === undefined ? '' : toRowNote(row)).toBe('never received · check wiring or address');
  });

  it('has the sign of the alarm that the hub raised for its limit, and no sign without one', () => {
    const hot = point('room/front/temperature', 'temperature', 33.4);
    const breachOf = (one: KnownPoint, alarms: ReadonlyMap<string, AlarmStatus>) => toTileRows([one], steered, alarms, 0)[0]?.breach;
    expect(breachOf(hot, toAlarms())).toEqual({ side: 'high', priority: 'P2' });
    expect(breachOf(hot, toAlarms({ priority: 'P1', state: 'acknowledged' }))).toEqual({ side: 'high', priority: 'P1' });
    expect(breachOf(hot, toAlarms({ state: 'cleared' }))).toBeNull();
    expect(
      breachOf(hot, toAlarms({ shelved: { by: { kind: 'user', id: 'anna' } as const, reason: 'x', since: 0, until: 1, untilUp: 1 } })),
    ).toBeNull();
    const old = point('room/front/temperature', 'temperature', 33.4, { reported: up - 60_000 });
    expect(breachOf(old, toAlarms())).toBeNull();
  });

  it('a set-point that is raised makes no line abnormal before the hub raises an alarm', () => {
    const setpoints = steered.setpoints.map((one) => ({
      ...one,
      now: 29.5,
      target: { low: 28.5, high: 30.5 },
      alarm: { low: 26.5, high: 32.5 },
    }));
    const [row] = toTileRows([front], { ...steered, setpoints }, noAlarms, 0);
    expect(row).toMatchObject({ breach: null, bar: { standing: 'off-target', breach: null } });
  });

  it('a room of other things shows its first three', () => {
    const tank = ['a', 'b', 'c', 'd'].map((name) => point(`tank/${name}/pressure`, 'pressure', 100));
    expect(texts(tank, undefined)).toHaveLength(3);
  });
});

describe('the grid of tiles', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 2],
    [6, 3],
    [8, 4],
    [9, 3],
    [12, 4],
  ])('%i rooms stand in %i columns', (rooms, columns) => expect(toColumns(rooms)).toBe(columns));

  it('twelve rooms are three lines at the most', () => {
    for (let rooms = 1; rooms <= 12; rooms += 1) expect(Math.ceil(rooms / toColumns(rooms))).toBeLessThanOrEqual(3);
  });
});
