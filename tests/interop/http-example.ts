import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { findProgram, type InteropSuite } from './suite.ts';

const page = readFileSync(join(root, 'docs/http.md'), 'utf8');
/** The blocks of docs/http.md in a language. */
const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, text = '']) => (found === language ? [text] : []));

type Answer = { readonly id: string; readonly outcome: string; readonly lsn: number };
type LogEntry = {
  readonly lsn: number;
  readonly kind: string;
  readonly location?: string;
  readonly phase?: string;
  readonly id?: string;
  readonly readings?: Readonly<Record<string, { readonly q: string } | undefined>>;
};

/** The commands of the page, in a shell as it stands there. */
const runShell = async (mesh: Mesh, env: NodeJS.ProcessEnv): Promise<void> => {
  const [state = '', stream = ''] = blocksOf('sh');
  await until(
    'the first reading',
    () => mesh.point('flower_room/front/temperature'),
    ({ quality }) => quality === 'good',
  );
  const answers = execFileSync('sh', ['-c', state], { env }).toString();
  assert.match(answers, /"flower_room\/front\/temperature"/, 'curl reads the points');
  assert.match(answers, /"flower_room\/dehumidifier_1"/, 'curl reads the devices');
  const curl = spawn('sh', ['-c', `exec ${stream.trim()}`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(curl, 'close');
  let text = '';
  curl.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const twoEvents = (): boolean => (text.match(/^event: sensor$/gm)?.length ?? 0) > 1;
  await until('two events by curl', twoEvents, (isThere) => isThere).finally(() => curl.kill('SIGKILL'));
  await closed;
  const id = /^id: (\S+)\nevent: sensor$/m.exec(text)?.[1] ?? '';
  await mesh.hub().end('SIGKILL');
  await mesh.startHub();
  const more = spawn('sh', ['-c', `exec ${stream.trim()} -H "Last-Event-ID: ${id}"`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  more.stdout.on('data', (chunk: Buffer) => (rest += chunk.toString()));
  const second = /^event: sensor\ndata: (.*)$/gm;
  second.exec(text);
  const line = second.exec(text)?.[1] ?? 'nothing';
  await until(
    'the next event after the kill',
    () => rest.includes(line),
    (isThere) => isThere,
  ).finally(() => more.kill('SIGKILL'));
};

/** The script of the page, over kills of the hub and of itself. */
const runScript = async (mesh: Mesh, env: NodeJS.ProcessEnv): Promise<readonly Answer[]> => {
  const [script = ''] = blocksOf('py');
  assert.ok(script.trimEnd().split('\n').length <= 36, 'the example has about 30 lines');
  const answers: Answer[] = [];
  const start = () => {
    const python = spawn('python3', ['-B', '-c', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: python.stdout }).on('line', (line) => answers.push(JSON.parse(line) as Answer));
    return { python, closed: once(python, 'close') };
  };
  const accepted = (): number => answers.filter(({ outcome }) => outcome === 'accepted').length;
  let running = start();
  try {
    await until('three accepted requests', accepted, (count) => count >= 3);
    await mesh.hub().end('SIGKILL');
    await mesh.startHub();
    const before = accepted();
    await until('three more after a kill of the hub', accepted, (count) => count >= before + 3);
    running.python.kill('SIGKILL');
    await running.closed;
    running = start();
    const again = accepted();
    await until('three more after a kill of the program', accepted, (count) => count >= again + 3);
  } finally {
    running.python.kill('SIGKILL');
    await running.closed;
  }
  return answers;
};

const run = async (): Promise<string> => {
  await using mesh = await openMesh({ withAutomation: false, bundle: null });
  const token = await mesh.token('automation', 'climate-script');
  const env = { ...process.env, PHLOEM_URL: mesh.url, PHLOEM_TOKEN: token };
  await runShell(mesh, env);
  const answers = await runScript(mesh, env);
  const { entries } = await mesh.get<{ readonly entries: readonly LogEntry[] }>('/api/v1/log?after=0&limit=10000');
  const requested = entries.filter(({ kind, phase, id }) => kind === 'device' && phase === 'requested' && id?.startsWith('http:') === true);
  assert.equal(new Set(requested.map(({ id }) => id)).size, requested.length, 'no request is taken twice');
  assert.ok(entries.some(({ kind, phase, id }) => kind === 'device' && phase === 'confirmed' && id?.startsWith('http:') === true));
  return `${answers.length} requests over kills of the hub and of the program, none twice`;
};

/** The commands and the script of docs/http.md, as they stand there. */
export const httpExample: InteropSuite = {
  id: 'http',
  name: 'the commands and the script of docs/http.md read the hub and command a device',
  peer: 'Python 3 and curl',
  find: () => (findProgram('curl') === null ? null : findProgram('python3')),
  run,
};
