import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '../support/until.ts';
import { openInteropHub } from './hub.ts';
import { startPython } from './python-process.ts';
import { mapPoints, toMapProfile, toRawAt, type MapPoint } from './register-map.ts';
import { findProgram, findPython, toSiteText, type InteropOptions, type InteropSuite } from './suite.ts';

const execute = promisify(execFile);

/** The server counts five times a second; a value may be this many counts old on a busy machine. */
const maxBehind = 15;

type Point = { readonly id: string; readonly value: number | boolean | null; readonly quality: string };

const toId = ({ name }: MapPoint): string => `house/north/${name}`;

const isSame = (shown: unknown, expected: number | boolean): boolean =>
  typeof shown === 'number' && typeof expected === 'number'
    ? Math.abs(shown - expected) <= 1e-9 * Math.max(1, Math.abs(expected))
    : shown === expected;

/** The newest count at which the server held what is shown, among those that are late enough. */
const findCounter = (isHeld: (counter: number) => boolean, from: number, to: number): number | null => {
  for (let counter = to; counter >= Math.max(0, from); counter -= 1) if (isHeld(counter)) return counter;
  return null;
};

/** How mbpoll calls what it can express of a point; null where it cannot. */
const toPollType = ({ table, type, order, width }: MapPoint): readonly string[] | null => {
  if (type === 'bit') return ['-t', table === 'coil' ? '0' : '1'];
  const number = table === 'input' ? '3' : '4';
  if (width > 0) return null;
  if ((type === 'u16' || type === 's16') && order === 'ABCD') return ['-t', number];
  if ((type !== 's32' && type !== 'f32') || (order !== 'ABCD' && order !== 'CDAB')) return null;
  return ['-t', `${number}:${type === 's32' ? 'int' : 'float'}`, ...(order === 'ABCD' ? ['-B'] : [])];
};

/** Reads what another client makes of the same registers, and holds it against the server. */
const crossCheck = async (port: number, told: { readonly counter: number }): Promise<number> => {
  let checked = 0;
  for (const point of mapPoints) {
    const type = toPollType(point);
    if (type === null) continue;
    const from = told.counter;
    const args = ['-m', 'tcp', '-p', String(port), '-0', '-1', '-q', '-a', '1', ...type, '-r', String(point.address), '127.0.0.1'];
    const { stdout } = await execute('mbpoll', args);
    // A 16-bit register above 32767 has its signed value in brackets.
    const [, plain, signed] = /^\[\d+\]:\s*(\S+)(?:\s+\((-?\d+)\))?/m.exec(stdout) ?? [];
    const read = Number(point.type === 's16' ? (signed ?? plain) : plain);
    const held = findCounter((counter) => isSame(read, toRawAt(point, counter)), from - maxBehind, told.counter + 1);
    assert.ok(held !== null, `mbpoll reads ${read} at ${point.name}, which the server has not held since ${from}:\n${stdout}`);
    checked += 1;
  }
  return checked;
};

const run = async ({ seconds }: InteropOptions): Promise<string> => {
  const told: { port: number; counter: number } = { port: 0, counter: 0 };
  await using server = startPython(find() ?? 'python3', 'register_map_server.py', [], (line) => void Object.assign(told, line));
  server.tell(JSON.stringify(mapPoints));
  await until(
    'the server',
    () => told.port,
    (port) => port > 0,
  );
  const bus = '{ id: line, transport: tcp, host: 127.0.0.1, port: 5020, connectTimeout: 2s, answerTimeout: 1s }';
  const measurements = mapPoints.map(({ name }) => `${name}: ${name}`).join(', ');
  const documents = {
    '10-site.yaml': toSiteText(bus, 'interop-map', measurements, '200ms'),
    'interop-map.json': JSON.stringify(toMapProfile()),
  };
  await using hub = await openInteropHub(documents, told.port);
  const read = async (): Promise<ReadonlyMap<string, Point>> =>
    new Map((await hub.get<Point[]>('/api/v1/points')).map((point) => [point.id, point]));
  await until('a first reading of every point', read, (points) => mapPoints.every((point) => points.get(toId(point))?.quality === 'good'));

  const changes = new Map<string, Set<unknown>>(mapPoints.map(({ name }) => [name, new Set()]));
  const end = performance.now() + seconds * 1000;
  let checked = 0;
  while (performance.now() < end) {
    const before = told.counter;
    const points = await read();
    for (const point of mapPoints) {
      const shown = points.get(toId(point));
      assert.equal(shown?.quality, 'good', `${point.name}: ${JSON.stringify(shown)}`);
      const held = findCounter(
        (counter) => isSame(shown.value, point.toValue(toRawAt(point, counter))),
        before - maxBehind,
        told.counter + 1,
      );
      assert.ok(held !== null, `${point.name} shows ${shown.value}, which the server has not held since ${before - maxBehind}`);
      changes.get(point.name)?.add(shown.value);
      checked += 1;
    }
    await pause(100);
  }
  for (const [name, values] of changes) assert.ok(values.size > 1, `${name} never changed`);
  const crossChecked =
    findProgram('mbpoll') === null ? 'mbpoll is not installed' : `${await crossCheck(told.port, told)} read the same by mbpoll`;
  return `${checked} values of ${mapPoints.length} points in ${seconds} s, each what the server held; ${crossChecked}`;
};

const find = (): string | null => findPython('pymodbus.server.async_io');

/** A hub that reads every type, field and order from a server that somebody else wrote. */
export const registerMap: InteropSuite = { id: 'map', name: 'every type of register on a foreign server', peer: 'pymodbus', find, run };
