import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { openInteropHub } from './hub.ts';
import { findProgram, type InteropSuite } from './suite.ts';

/** The blocks of docs/ingest.md in a language. */
const blocksOf = (language: string): readonly string[] =>
  [...readFileSync(join(root, 'docs/ingest.md'), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, text = '']) =>
    found === language ? [text] : [],
  );

type StoredEntry = { readonly kind: string; readonly readings?: Readonly<Record<string, { readonly v: unknown }>> };

const run = async (): Promise<string> => {
  const [site = ''] = blocksOf('yaml');
  const [script = ''] = blocksOf('py');
  assert.ok(script.trimEnd().split('\n').length <= 30, 'the example has at most 30 lines');
  await using hub = await openInteropHub({ 'site.yaml': site }, 0);
  const token = await hub.token('ingest', 'shed-script');
  const answers: { readonly seq: number; readonly live: number }[] = [];
  const python = spawn('python3', ['-B', '-c', script.replace('time.sleep(5)', 'time.sleep(0.2)')], {
    env: { ...process.env, PHLOEM_URL: `http://127.0.0.1:${hub.port}`, PHLOEM_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(python, 'close');
  try {
    createInterface({ input: python.stdout }).on('line', (line) => answers.push(JSON.parse(line)));
    await until(
      'five answers',
      () => answers.length,
      (count) => count >= 5,
    );
    await hub.restart('SIGKILL');
    const before = answers.length;
    await until(
      'five more answers after a kill of the hub',
      () => answers.length,
      (count) => count >= before + 5,
    );
  } finally {
    python.kill('SIGKILL');
    await closed;
  }
  const points = await hub.get<readonly { readonly id: string; readonly value: number | null }[]>('/api/v1/points');
  const valueOf = (id: string): number | null => points.find((point) => point.id === id)?.value ?? null;
  assert.deepEqual([valueOf('shed/front/air'), valueOf('shed/front/humidity')], [22, 55]);
  assert.ok((valueOf('shed/front/vpd') ?? 0) > 1);
  assert.deepEqual(
    answers.map(({ seq }) => seq),
    answers.map((_, index) => index + 1),
    'each number once and in order',
  );
  const { entries } = await hub.get<{ readonly entries: readonly StoredEntry[] }>('/api/v1/log?after=0&limit=10000');
  // On a busy machine a hub that starts again may take a message when it is late already.
  const stored = entries.filter(({ kind, readings }) => (kind === 'sensor' || kind === 'late') && readings?.['air']?.v === 22);
  assert.ok(
    stored.length === answers.length || stored.length === answers.length + 1,
    `each is stored once: ${stored.length} of ${answers.length}`,
  );
  return `${answers.length} messages, over a kill of the hub`;
};

/** The script of docs/ingest.md, as it stands there. */
export const ingestExample: InteropSuite = {
  id: 'ingest',
  name: 'the script of docs/ingest.md sends readings over HTTP',
  peer: 'Python 3',
  find: () => findProgram('python3'),
  run,
};
