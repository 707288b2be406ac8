import assert from 'node:assert/strict';
import { built, startProcess } from '../support/process.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { openInteropHub, type InteropHub } from './hub.ts';
import { openReader, type Reader } from './read-along.ts';
import { findPython, type InteropOptions, type InteropSuite } from './suite.ts';

const find = (): string | null => findPython('socketio', 'aiohttp');

/** A simulator with a hub that reads it far more often than a room needs, behind a way that can be broken. */
const run = async ({ entries }: InteropOptions): Promise<string> => {
  const python = find() ?? 'python3';
  await using stack = new AsyncDisposableStack();
  const simulator = await startProcess('simulator', [built.simulator, '--port', '0', '--control-port', '0', '--seed', '3']);
  stack.defer(() => simulator.end('SIGKILL').then(() => undefined));
  const { listening } = simulator.ready as { listening: { port: number } };
  const hub = stack.use(await openInteropHub('busy-site', listening.port));
  const way = stack.use(await openTcpProxy(hub.port));
  const open = async (node: string, role: string, more: object = {}): Promise<Reader> =>
    stack.use(openReader({ python, port: way.port, node, role, token: await hub.token(role, node), ...more }));

  const viewer = await open('python-viewer', 'viewer', { withLatest: true });
  // A relay's link has the pace of one that commands: it is found dead after 2 s instead of 15.
  const relay = await open('python-relay', 'relay');
  const both = [viewer, relay];
  const goOn = (): Promise<unknown> => waitForMore(both, Math.ceil(entries / 6));

  await goOn();
  way.reset();
  await goOn();
  await hub.restart('SIGKILL');
  await goOn();
  await hub.restart('SIGTERM');
  await goOn();
  way.shape('both', { flow: 'swallow' });
  await until(
    'the relay to find its link dead',
    () => relay.deaths,
    (deaths) => deaths > 0,
  );
  way.heal();
  way.reset();
  await goOn();
  await until(
    'enough entries',
    () => viewer.entries.length,
    (count) => count >= entries,
  );

  const wrong = await tryWrongWays(hub, open);
  await viewer.end();
  await relay.end();
  const uncut = await open('python-uncut', 'viewer');
  await until(
    'the whole log in one go',
    () => uncut.entries.length,
    (count) => count >= Math.max(viewer.entries.length, relay.entries.length),
  );

  for (const reader of [...both, uncut]) assert.deepEqual(reader.complaints, []);
  for (const reader of both) assert.deepEqual(reader.entries, uncut.entries.slice(0, reader.entries.length), 'what was read over cuts');
  for (const reader of both) assert.ok(reader.byes.some(({ code, afterMs }) => code === 'draining' && afterMs !== undefined));
  assert.equal(viewer.welcomes.at(-1)?.log.epoch, viewer.welcomes[0]?.log.epoch, 'a kill is no new epoch');
  checkView(viewer);
  const cuts = viewer.welcomes.length - 1;
  return `${viewer.entries.length} entries over ${cuts} cuts (reset, kill -9, SIGTERM, silence), each once and in order; the newest of ${viewer.points.size} points agrees; ${wrong}`;
};

const waitForMore = async (readers: readonly Reader[], count: number): Promise<unknown> => {
  const reached = readers.map(({ entries }) => entries.length + count);
  return until(
    `${count} more entries`,
    () => readers.map(({ entries }) => entries.length),
    (lengths) => lengths.every((length, index) => length >= (reached[index] ?? 0)),
  );
};

/** Each point of the view is what the entry that it names says of it. */
const checkView = ({ entries, points }: Reader): void => {
  assert.ok(points.size > 0, 'a snapshot with points');
  for (const { id, lsn, v, q } of points.values()) {
    const entry = entries[lsn - 1];
    if (entry === undefined) continue;
    assert.equal(entry.kind, 'sensor', `the entry ${lsn} of ${id}`);
    if (entry.kind !== 'sensor') continue;
    const [location, cluster, measurement = ''] = id.split('/');
    assert.deepEqual([entry.location, entry.cluster], [location, cluster]);
    const reading = entry.readings[measurement];
    assert.deepEqual([reading?.v, reading?.q], [v, q], id);
  }
};

/** What a program gets that does not keep to the specification. */
const tryWrongWays = async (hub: InteropHub, open: (node: string, role: string, more?: object) => Promise<Reader>): Promise<string> => {
  const farewell = async (reader: Reader): Promise<string> => {
    const [bye] = await until(
      'a farewell',
      () => reader.byes,
      ({ length }) => length > 0,
    );
    return `${bye?.code} ${bye?.retry}`;
  };
  assert.equal(await farewell(await open('python-stranger', 'viewer', { token: 'phloem_made-up' })), 'unauthorised false');
  const other = await hub.token('viewer', 'python-another');
  assert.equal(await farewell(await open('python-borrower', 'viewer', { token: other })), 'unauthorised false');

  const wrong: readonly (readonly [string, ...unknown[]])[] = [
    ['constructor', {}],
    ['subscribe', { sub: 'all', mode: 'every', filter: {}, cursor: null }],
    ['heartbeat'],
    ['commit', { sub: 'all', seq: 1, epoch: 'AAAAAAAAAAAA', cursor: 1, commands: [], alarms: [], values: [] }],
    ['commit', { sub: 'nobody', seq: 1, epoch: 'AAAAAAAAAAAA', cursor: 1, commands: [], alarms: [], values: [] }],
  ];
  const refuse = async ([event, ...args]: readonly [string, ...unknown[]], index: number): Promise<void> => {
    const reader = await open(`python-wrong-${index}`, 'viewer');
    await until(
      'a welcome',
      () => reader.welcomes.length,
      (count) => count > 0,
    );
    reader.send(event, ...args);
    assert.equal(await farewell(reader), 'protocol false', `${event} ${JSON.stringify(args)}`);
  };
  await Promise.all(wrong.map(refuse));

  const mute = await open('python-mute', 'relay', { isMute: true });
  await until(
    'the hub to give up who does not answer',
    () => mute.welcomes.length,
    (count) => count > 1,
  );
  return `${wrong.length + 2} wrong ways refused, and one that answers no heartbeat given up`;
};

/** A node by python3-socketio, made from the specification alone. */
export const pythonNode: InteropSuite = { id: 'socketio', name: 'a node in Python', peer: 'python3-socketio', find, run };
