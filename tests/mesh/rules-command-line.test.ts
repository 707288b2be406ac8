import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const rules = (...args: readonly string[]) => runToEnd([built.phloem, 'rules', ...args]);
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'phloem-rules-'));
const example = (path: string): string => join(root, 'examples', path);

/** A copy of an example in which one file is changed. */
const changed = (from: string, file: string, change: (text: string) => string): string => {
  const folder = join(newFolder(), 'bundle');
  cpSync(example(from), folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  return folder;
};

describe('phloem rules', () => {
  it.each(['check', 'test', 'fmt', 'new', 'diff', 'shadow', 'schema'])('%s explains itself', async (command) => {
    const { code, output } = await rules(command, '--help');
    expect(output).toMatch(new RegExp(`^Usage: phloem rules ${command}`));
    expect(code).toBe(0);
  });

  it.each([
    ['a folder that there is not', ['check', '/no/such/folder'], /no folder/],
    ['a folder without tests', ['test', example('flower-room/site')], /no document of the kind RuleTest/],
    ['a kind that there is not', ['new', 'Recipe'], /there is no kind Recipe; there is Signals/],
    ['an id that is none', ['new', 'Rule', '--id', 'Dry It'], /is not an id/],
    ['a length of time that is none', ['shadow', example('flower-room/bundle'), '--for', 'long'], /such as 90s/],
    ['no hub to shadow', ['shadow', example('flower-room/bundle'), '--data', '/no/such/folder'], /no hub/],
  ])('says in one sentence what cannot be done: %s', async (_name, args, says) => {
    const { code, output } = await rules(...args);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/ {4}at /);
    expect(code).toBe(2);
  });
});

describe('check', () => {
  it('prints valid documents for programs', async () => {
    const { code, output } = await rules('check', example('handbook/bundle'), '--site', example('handbook/site'), '--json');
    expect(JSON.parse(output)).toMatchObject({ isRight: true, kind: 'bundle', problems: [] });
    expect(code).toBe(0);
  });

  it('prints each problem with its place for programs', async () => {
    const folder = changed('flower-room/bundle', '21-heat.yaml', (text) => text.replace('flower_room/heater', 'flower_room/heeter'));
    const { code, output } = await rules('check', folder, '--json');
    const { isRight, problems } = JSON.parse(output) as { isRight: boolean; problems: { path: string; hint: string }[] };
    expect(isRight).toBe(false);
    expect(problems[0]).toMatchObject({
      path: 'spec.then[0].request.device',
      hint: expect.stringContaining('flower_room/heater') as unknown,
    });
    expect(code).toBe(2);
  });
});

describe('test', () => {
  it('passes on the demonstration', async () => {
    const { code, output } = await rules('test', example('flower-room/bundle'));
    expect(output).toMatch(/13 passed, 0 failed/);
    expect(code).toBe(0);
  });

  it('passes on the handbook, and writes JUnit', async () => {
    const junit = join(newFolder(), 'junit.xml');
    const { code, output } = await rules('test', example('handbook/bundle'), '--junit', junit);
    expect(output).toMatch(/6 passed, 0 failed/);
    expect(code).toBe(0);
    expect(readFileSync(junit, 'utf8')).toMatch(/<testsuite name="flower_room\/dehumidify\.test" tests="2" failures="0">/);
  });

  it('ends with 1 when one fails, and shows expected, got and the values', async () => {
    const folder = changed('handbook/bundle', '20-dehumidify.yaml', (text) => text.replace('on: 90s', 'on: 9min'));
    const { code, output } = await rules('test', folder, '--site', example('handbook/site'));
    expect(output).toMatch(/FAILED {2}needs 90 s below band/);
    expect(output).toMatch(/at 3 min: expected flower_room\/dehumidifier_1 on .*, got off/);
    expect(output).toMatch(/vpd = 0\.\d+/);
    expect(code).toBe(1);
  });
});

describe('fmt', () => {
  it('looks, writes, and then has nothing to do', async () => {
    const folder = changed('flower-room/bundle', '21-heat.yaml', (text) => text.replaceAll(/^ {2}/gm, '    ').replaceAll('{ ', '{'));
    const looked = await rules('fmt', folder, '--check');
    expect([looked.code, looked.output]).toEqual([1, expect.stringMatching(/^not formatted: .*21-heat\.yaml\n$/)]);
    expect((await rules('fmt', folder)).code).toBe(0);
    expect(readFileSync(join(folder, '21-heat.yaml'), 'utf8')).toBe(readFileSync(example('flower-room/bundle/21-heat.yaml'), 'utf8'));
    expect((await rules('fmt', folder, '--check')).code).toBe(0);
  });
});

describe('new, schema and diff', () => {
  it('make a document, and say how editors check it', async () => {
    const { output } = await rules('new', 'rule', '--id', 'flower_room/dry');
    expect(output).toMatch(/^# One on\/off decision[^]*kind: Rule\nmetadata: \{ id: flower_room\/dry,/);
    const folder = newFolder();
    expect((await rules('schema', '--out', folder)).output).toMatch(/^# yaml-language-server: \$schema=/);
    expect(JSON.parse(readFileSync(join(folder, 'phloem.schema.json'), 'utf8'))).toMatchObject({ title: 'Phloem documents' });
  });

  it('show a change by its meaning', async () => {
    const folder = changed('handbook/bundle', '20-dehumidify.yaml', (text) =>
      text.replace('kPa(0.12)', 'kPa(0.15)').replace('90s', '1min 30s'),
    );
    const { output } = await rules('diff', example('handbook/bundle'), folder);
    expect(output).toBe(
      'flower_room/dehumidify (Rule)\n  when: on-threshold −0.12 → −0.15 kPa; off-threshold, for on 1min 30s, for off 30s unchanged\n',
    );
    expect((await rules('diff', folder, folder)).output).toMatch(/no difference/);
  });
});

describe('shadow', () => {
  it('shows on the live feed where a candidate would do something else, with both reasons, and commands nothing', async () => {
    await using mesh = await openMesh();
    // The room is too cool in the morning: the live bundle heats, the candidate never would.
    const folder = changed('flower-room/bundle', '21-heat.yaml', (text) =>
      text.replace('temp < sp.temp - K(0.4)', 'temp < sp.temp - K(40.0)'),
    );
    const args = [built.phloem, 'rules', 'shadow', folder, '--port', String(mesh.port), '--data', mesh.data];
    const shadow = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [shadow.stdout, shadow.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(shadow, 'exit');
    const isDone = (text: string): boolean => /candidate {2}off: /.test(text) || shadow.exitCode !== null;
    await until('a difference', () => output, isDone);
    shadow.kill('SIGINT');
    expect(await ended).toEqual([0, null]);

    expect(output).toMatch(/cold_store\+flower_room\+propagation: candidate [0-9a-f]{12} beside revision 1 /);
    expect(output).toMatch(/flower_room\/heater\n {10}live {7}on: flower_room\/heat [^]* {10}candidate {2}off: /);
    expect(output).toMatch(/flower_room\/heater: different (once|\d+ times), \d+ s in all/);
    const heater = await mesh.device('flower_room/heater');
    expect(JSON.stringify(heater.by)).not.toContain('shadow');
  });
});
