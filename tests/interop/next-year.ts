import assert from 'node:assert/strict';
import { noveltyKind } from '@phloem/reconnect/testing';
import { openNextYearProxy } from '../support/next-year-proxy.ts';
import { built, startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { openInteropHub } from './hub.ts';
import { openReader } from './read-along.ts';
import { findPython, type InteropOptions, type InteropSuite } from './suite.ts';

const find = (): string | null => findPython('socketio', 'aiohttp');

/** A node in Python on a hub that speaks a later minor version than the specification it was made from. */
const run = async ({ entries }: InteropOptions): Promise<string> => {
  const python = find() ?? 'python3';
  await using stack = new AsyncDisposableStack();
  const simulator = await startProcess('simulator', [built.simulator, '--port', '0', '--control-port', '0', '--seed', '3']);
  stack.defer(() => simulator.end('SIGKILL').then(() => undefined));
  const { listening } = simulator.ready as { listening: { port: number } };
  const hub = stack.use(await openInteropHub('busy-site', listening.port));
  const proxy = stack.use(await openNextYearProxy(hub.port));
  const open = async (node: string, role: string, port: number) =>
    stack.use(openReader({ python, port, node, role, token: await hub.token(role, node), withLatest: true }));

  const newer = await open('python-newer', 'relay', proxy.port);
  await until(
    'entries of a hub of next year',
    () => newer.entries.length,
    (count) => count >= Math.ceil(entries / 4),
  );
  await until(
    'a point that only a hub of next year has',
    () => [...newer.points.keys()],
    (ids) => ids.some((id) => id.endsWith('/next_year/lux')),
  );
  await newer.end();

  const today = await open('python-today', 'viewer', hub.port);
  await until(
    'the same entries of the hub of today',
    () => today.entries.length,
    (count) => count >= newer.entries.length,
  );
  assert.deepEqual([newer.complaints, newer.byes, newer.deaths, proxy.byes], [[], [], 0, []]);
  assert.equal(newer.welcomes.length, 1, 'one connection');
  assert.deepEqual(newer.welcomes[0]?.protocol.minor, 2);
  const lsns = newer.entries.map(({ lsn }) => lsn);
  assert.deepEqual(
    lsns,
    today.entries.slice(0, lsns.length).map(({ lsn }) => lsn),
    'each number once and in order',
  );
  const unknown = newer.entries.filter(({ kind }) => (kind as string) === noveltyKind).length;
  assert.ok(unknown > 0, 'entries of a kind that the node does not know');
  return `${lsns.length} entries on one connection, ${unknown} of them of a kind that it does not know, each once and in order`;
};

/** A node by python3-socketio on a hub that says more than it knows. */
export const nextYear: InteropSuite = { id: 'next-year', name: 'a node in Python, on a newer hub', peer: 'python3-socketio', find, run };
