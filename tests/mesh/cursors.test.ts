import { join } from 'node:path';
import type { CursorAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd, startProcess, type MeshProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';

/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 4);

const startReader = (mesh: Mesh, token: string): Promise<MeshProcess> =>
  startProcess('reader', ['--conditions=phloem-src', join(root, 'tests/support/cursor-node.ts'), mesh.url, token, 'reader', 'history']);
const linesOf = (reader: MeshProcess): readonly string[] => reader.output().split('\n').slice(0, -1);

describe('a named cursor', () => {
  it('[CU2] loses no entry over kills of its reader and of the hub, and repeats only what was not committed', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const token = await mesh.token('relay', 'reader');
    const random = createSeededRandom(7);
    const runs: string[][] = [];
    let reader = await startReader(mesh, token);
    const count = (): number => linesOf(reader).length;
    for (let n = 0; n < kills; n += 1) {
      const before = count();
      await until(`entries before kill ${n + 1}`, count, (lines) => lines >= before + 5);
      if (n === 0 || random() < 0.5) {
        await reader.end('SIGKILL');
        runs.push([...linesOf(reader)]);
        reader = await startReader(mesh, token);
      } else {
        await mesh.hub().end('SIGKILL');
        await mesh.startHub();
      }
    }
    const before = count();
    await until('entries after the last kill', count, (lines) => lines >= before + 5);
    await reader.end('SIGKILL');
    runs.push([...linesOf(reader)]);
    expect(runs.flat().filter((line) => line.startsWith('lost') && line !== 'lost new')).toEqual([]);
    const numbers = runs.map((run) => run.filter((line) => !line.startsWith('lost')).map(Number));
    const all = numbers.flat();
    const first = all[0] ?? 0;
    const last = Math.max(...all);
    expect([...new Set(all)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
    // Within a run each entry comes once and in order; a new run begins after the last commit, never past what was printed.
    for (const run of numbers) expect(run).toEqual(run.map((_, index) => (run[0] ?? 0) + index));
    for (const [index, run] of numbers.slice(1).entries()) expect(run[0] ?? 0).toBeLessThanOrEqual((numbers[index]?.at(-1) ?? 0) + 1);
  }, 600_000);

  it('[CU7] is listed by phloem cursors, and removed once nobody uses it', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const cursors = (...args: readonly string[]) =>
      runToEnd([built.phloem, 'cursors', ...args, '--port', String(mesh.port), '--data', mesh.data]);
    expect(await cursors('list')).toMatchObject({ code: 0, output: expect.stringContaining('there are no named cursors') });

    const reader = await startReader(mesh, await mesh.token('relay', 'reader'));
    await until(
      'the first commit',
      () => linesOf(reader).length,
      (lines) => lines > 3,
    );
    const shown = await cursors();
    expect(shown.code).toBe(0);
    expect(shown.output).toMatch(/^ *cursor +node +behind +committed/m);
    expect(shown.output).toMatch(/^ *history +reader +\d+ .* {2}connected/m);
    const [answer] = JSON.parse((await cursors('list', '--json')).output) as readonly CursorAnswer[];
    expect(answer).toMatchObject({ name: 'history', node: 'reader', isConnected: true, state: 'good' });

    const refused = await cursors('remove', 'history');
    expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('history')]);
    const unknown = await cursors('remove', 'nothing');
    expect([unknown.code, unknown.output]).toEqual([2, expect.stringContaining('the hub keeps no cursor nothing')]);

    await reader.end('SIGKILL');
    await until(
      'the hub to find the reader gone',
      () => mesh.get<readonly CursorAnswer[]>('/api/v1/cursors'),
      ([one]) => one?.isConnected === false,
    );
    expect((await cursors('list')).output).toMatch(/^ *history +reader +\d+ .* {2}not connected/m);
    const removed = await cursors('remove', 'history');
    expect([removed.code, removed.output]).toEqual([0, expect.stringContaining('there are no named cursors')]);
    expect(await mesh.get('/api/v1/cursors')).toEqual([]);
  }, 240_000);
});
