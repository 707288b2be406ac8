import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openMesh } from '../support/mesh.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { findProgram, type InteropSuite } from './suite.ts';

type Entry = { readonly lsn: number; readonly kind: string };

/** How often the hub is killed; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);

const run = async (): Promise<string> => {
  const [, script = ''] = /^```py\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, 'docs/websocket.md'), 'utf8')) ?? [];
  const lines = script.split('\n').filter((line) => line.trim() !== '');
  assert.ok(lines.length <= 60, `the client has ${lines.length} lines`);
  await using mesh = await openMesh({ withAutomation: false, bundle: null });
  const token = await mesh.token('viewer', 'my-tool');
  const got: Entry[] = [];
  const python = spawn('python3', ['-B', '-c', script], {
    env: { ...process.env, PHLOEM_URL: mesh.url, PHLOEM_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(python, 'close');
  createInterface({ input: python.stdout }).on('line', (line) => got.push(JSON.parse(line) as Entry));
  try {
    await until(
      'ten entries',
      () => got.length,
      (count) => count >= 10,
    );
    for (let n = 0; n < kills; n += 1) {
      await mesh.hub().end(n % 3 === 2 ? 'SIGTERM' : 'SIGKILL');
      await mesh.startHub();
      const before = got.length;
      await until(
        `ten more after end ${n + 1} of the hub`,
        () => got.length,
        (count) => count >= before + 10,
      );
    }
  } finally {
    python.kill('SIGKILL');
    await closed;
  }
  const [first] = got;
  const last = got.at(-1);
  const { entries } = await mesh.get<{ readonly entries: readonly Entry[] }>(`/api/v1/log?after=${(first?.lsn ?? 1) - 1}&limit=10000`);
  const wanted = entries.filter(({ kind, lsn }) => kind === 'sensor' && lsn <= (last?.lsn ?? 0));
  assert.deepEqual(got.slice(0, wanted.length), wanted.slice(0, got.length), 'each sensor frame once and in order');
  return `${got.length} entries over ${kills} ends of the hub, each once and in order`;
};

/** The client of docs/websocket.md, as it stands there. */
export const webSocketExample: InteropSuite = {
  id: 'websocket',
  name: 'the client of docs/websocket.md reads the log',
  peer: 'Python 3',
  find: () => findProgram('python3'),
  run,
};
