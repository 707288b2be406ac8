import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { built, startProcess } from '../support/process.ts';
import { findProgram, type InteropSuite } from './suite.ts';

const execute = promisify(execFile);

type Register = {
  readonly name: string;
  readonly unit: number;
  readonly table: string;
  readonly address: number;
  readonly words: readonly number[];
};

/** How mbpoll calls the four tables. */
const tableTypes: Readonly<Record<string, string>> = { coil: '0', discrete: '1', input: '3', holding: '4' };

const run = async (): Promise<string> => {
  const process = await startProcess('simulator', [built.simulator, '--port', '0', '--control-port', '0', '--seed', '5']);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => process.end('SIGKILL').then(() => undefined));
  const { listening } = process.ready as { listening: { port: number; controlPort: number } };
  const control = async <T>(path: string, body?: object): Promise<T> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await (await fetch(`http://127.0.0.1:${listening.controlPort}${path}`, init)).json()) as T;
  };
  const poll = async (...parts: readonly string[]): Promise<string> => {
    const { stdout } = await execute('mbpoll', ['-m', 'tcp', '-p', String(listening.port), '-0', '-1', '-q', ...parts]);
    return stdout;
  };

  const { registers } = await control<{ registers: readonly Register[] }>('/registers');
  for (const { name, table } of registers) if (table === 'input') await control('/faults', { kind: 'freeze', register: name });
  const { registers: frozen } = await control<{ registers: readonly Register[] }>('/registers');
  for (const { name, unit, table, address, words } of frozen) {
    const text = await poll('-a', `${unit}`, '-t', tableTypes[table] ?? '', '-r', `${address}`, '-c', `${words.length}`, '127.0.0.1');
    const read = [...text.matchAll(/^\[(\d+)\]:\s*(-?\d+)/gm)].map(([, , value]) => Number(value) & 0xffff);
    assert.deepEqual(read, words, `${name}, as mbpoll reads it:\n${text}`);
  }

  const writes = [
    { unit: 10, table: '0', address: 2, values: [1] },
    { unit: 10, table: '0', address: 0, values: [1, 1] },
    { unit: 11, table: '4', address: 0, values: [333] },
    { unit: 12, table: '4', address: 0, values: [610] },
  ];
  for (const { unit, table, address, values } of writes) {
    await poll('-a', `${unit}`, '-t', table, '-r', `${address}`, '127.0.0.1', ...values.map(String));
  }
  const { entries } = await control<{ entries: readonly (Record<string, unknown> & { kind: string })[] }>('/ledger');
  const seen = entries
    .filter(({ kind }) => kind === 'write')
    .map(({ unit, address, values, outcome }) => ({ unit, address, values, outcome }));
  assert.equal(
    JSON.stringify(seen),
    JSON.stringify(writes.map(({ unit, address, values }) => ({ unit, address, values, outcome: 'done' }))),
  );
  return `${frozen.length} registers read as the control port says, ${writes.length} writes in the ledger`;
};

/** Another Modbus client on the simulator. */
export const mbpoll: InteropSuite = {
  id: 'mbpoll',
  name: 'the simulator under another client',
  peer: 'mbpoll',
  find: () => findProgram('mbpoll'),
  run,
};
