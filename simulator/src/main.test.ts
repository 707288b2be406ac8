import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openRawClient } from './io/raw-client.ts';

const start = (...args: readonly string[]) => {
  const child = spawn(process.execPath, ['--conditions=phloem-src', fileURLToPath(new URL('main.ts', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, ended, [Symbol.dispose]: () => void child.kill('SIGKILL') };
};

const readFirstLine = async (child: ChildProcess): Promise<unknown> => {
  let line = '';
  for await (const chunk of child.stdout ?? []) {
    line += String(chunk);
    if (line.endsWith('\n')) break;
  }
  return JSON.parse(line);
};

describe('the process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'says where it listens, serves, and ends cleanly on %s though somebody is connected',
    async (signal) => {
      using simulator = start('--port', '0', '--control-port', '0');
      const ready = (await readFirstLine(simulator.child)) as { listening: { port: number; controlPort: number } };
      using client = await openRawClient(ready.listening.port);
      client.send(1, 1, 4, 0, 0, 0, 1);
      expect((await client.next()).transaction).toBe(1);
      const state = await fetch(`http://127.0.0.1:${ready.listening.controlPort}/state`);
      expect(state.status).toBe(200);
      await state.body?.cancel();
      simulator.child.kill(signal);
      expect(await simulator.ended).toEqual([0, null]);
    },
  );

  it('says in one sentence that a port is in use, and ends with 2', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port } = other.address() as AddressInfo;
      using simulator = start('--port', String(port), '--control-port', '0');
      const [said, [code]] = await Promise.all([text(simulator.child.stderr), simulator.ended]);
      expect(said).toMatch(new RegExp(`^.*127\\.0\\.0\\.1:${port}: another program uses this port; end it, or choose another port\\n$`));
      expect(code).toBe(2);
    } finally {
      other.close();
    }
  });

  it.each([
    [['--port', 'x'], /--port is "x"/],
    [['--seed', '-1'], /--seed|seed/],
    [['--speed', '0'], /speed is 0/],
    [['--sped', '2'], /--sped.*--help/],
  ])('says what is wrong with %o, and ends with 2', async (args, message) => {
    using simulator = start(...args);
    const [said, [code]] = await Promise.all([text(simulator.child.stderr), simulator.ended]);
    expect(said).toMatch(message);
    expect(said.trimEnd()).not.toContain('\n');
    expect(code).toBe(2);
  });
});
