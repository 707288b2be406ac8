import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { openInteropHub } from './hub.ts';
import { startPython } from './python-process.ts';
import { findPython, type InteropOptions, type InteropSuite } from './suite.ts';
import { until } from '../support/until.ts';

type Value = {
  readonly point: string;
  readonly place: readonly [unit: number, table: string, address: number, type: string, times: number, plus: number];
  /** What the profile makes of the number in the registers. */
  readonly scale?: number;
};

/** What the server holds and the hub asks for: every table, type and word order. */
const values: readonly Value[] = [
  { point: 'bench/air/temperature', place: [1, 'input', 1, 's16', 1, -400], scale: 0.1 },
  { point: 'bench/air/humidity', place: [1, 'input', 2, 'u16', 1, 0], scale: 0.1 },
  { point: 'bench/gas/co2', place: [2, 'input', 3, 'u16', 1, 400] },
  { point: 'bench/meter/voltage', place: [3, 'input', 0, 'f32', 0.5, 0] },
  { point: 'bench/meter/power_l1', place: [3, 'input', 12, 'f32', 0.25, -400] },
  { point: 'bench/meter/power_l2', place: [3, 'input', 14, 'f32', 1024, 0] },
  { point: 'bench/meter/power_l3', place: [3, 'input', 16, 'f32', 0.001_953_125, 0] },
  { point: 'bench/meter/power', place: [3, 'input', 52, 'f32', 1, 0] },
  { point: 'bench/probe/humidity', place: [4, 'holding', 0, 'f32-low-word-first', 0.125, 0] },
  { point: 'bench/words/holding', place: [5, 'holding', 0, 'u32', 100_003, 0] },
  { point: 'bench/words/input', place: [5, 'input', 0, 's16', 40, -400] },
  { point: 'bench/words/coil', place: [5, 'coil', 0, 'bit', 1, 0] },
  { point: 'bench/words/contact', place: [5, 'discrete', 0, 'bit', 1, 1] },
];

/** The server counts five times a second; a value may be this many counts old: polled every 200 ms, on a busy machine. */
const maxBehind = 10;

/** What a point has to show when the server's counter stands there. */
const toExpected = ({ place: [unit, , address, type, times, plus], scale = 1 }: Value, counter: number): number | boolean => {
  const number = (((unit * 97 + address * 31 + counter * 7) % 800) + plus) * times;
  return type === 'bit' ? Math.abs(number) % 2 === 1 : number * scale;
};

const isSame = (shown: number | boolean | null, expected: number | boolean): boolean =>
  typeof shown === 'number' && typeof expected === 'number' ? Math.abs(shown - expected) < 1e-6 : shown === expected;

type Point = { readonly id: string; readonly value: number | boolean | null; readonly quality: string };

const run = async ({ seconds }: InteropOptions): Promise<string> => {
  const told: { port: number; counter: number } = { port: 0, counter: 0 };
  await using server = startPython(find() ?? 'python3', 'modbus_server.py', [], (line) => void Object.assign(told, line));
  server.tell(JSON.stringify(values.map(({ place }) => place)));
  await until(
    'the server',
    () => told.port,
    (port) => port > 0,
  );
  await using hub = await openInteropHub('site', told.port);
  const read = async (): Promise<ReadonlyMap<string, Point>> =>
    new Map((await hub.get<Point[]>('/api/v1/points')).map((point) => [point.id, point]));
  await until('a first reading of every point', read, (points) => values.every(({ point }) => points.get(point)?.quality === 'good'));

  const reached = new Map<string, number>();
  const end = performance.now() + seconds * 1000;
  let checked = 0;
  while (performance.now() < end) {
    const before = told.counter;
    const points = await read();
    for (const value of values) {
      const shown = points.get(value.point);
      assert.equal(shown?.quality, 'good', `${value.point}: ${JSON.stringify(shown)}`);
      const counter = findCounter(value, shown.value, before - maxBehind, told.counter + 1);
      assert.ok(counter !== null, `${value.point} shows ${shown.value}, which the server has not held since ${before - maxBehind}`);
      // Two bits look alike at many counts: they say nothing about order.
      if (typeof shown.value === 'number') {
        assert.ok(counter >= (reached.get(value.point) ?? 0), `${value.point} went back to an older value`);
        reached.set(value.point, counter);
      }
      checked += 1;
    }
    await pause(100);
  }
  assert.ok(Math.min(...reached.values()) >= told.counter - maxBehind, 'every point kept moving');
  return `${checked} values of ${values.length} points in ${seconds} s, each what the server held at that moment`;
};

const findCounter = (value: Value, shown: number | boolean | null, from: number, to: number): number | null => {
  for (let counter = Math.max(0, from); counter <= to; counter += 1) if (isSame(shown, toExpected(value, counter))) return counter;
  return null;
};

const find = (): string | null => findPython('pymodbus.server.async_io');

/** A hub on a Modbus server that somebody else wrote. */
export const pymodbus: InteropSuite = { id: 'pymodbus', name: 'a hub that polls a foreign server', peer: 'pymodbus', find, run };
