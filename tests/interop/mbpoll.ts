import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openPlant } from '@phloem/backend/plant';
import { findProgram, type InteropSuite } from './suite.ts';

const execute = promisify(execFile);

const run = async (): Promise<string> => {
  const plant = await openPlant({ port: 0, controlPort: 0, seed: 5 });
  const poll = async (...parts: readonly string[]): Promise<string> => {
    const { stdout } = await execute('mbpoll', ['-m', 'tcp', '-p', String(plant.port), '-0', '-1', '-q', ...parts]);
    return stdout;
  };
  try {
    plant.set({ humidity: 61 });
    const read = await poll('-a', '2', '-t', '3', '-r', '1', '-c', '1', '127.0.0.1');
    const humidity = /\[1\]:\s*(\d+)/.exec(read)?.[1];
    if (humidity === undefined || Math.abs(Number(humidity) - 610) > 20) throw new Error(`humidity was read as ${read}`);
    await poll('-a', '10', '-t', '0', '-r', '2', '127.0.0.1', '1');
    if (plant.ledger().every((entry) => entry.kind !== 'write')) throw new Error('the write is not in the ledger');
    return `read a register of the plant (${humidity}) and wrote a coil, which its ledger shows`;
  } finally {
    await plant.close();
  }
};

/** Another Modbus client on the simulated plant. */
export const mbpoll: InteropSuite = { name: 'the plant under another client', peer: 'mbpoll', find: () => findProgram('mbpoll'), run };
