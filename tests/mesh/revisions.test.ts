import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestStatus, BundleRevision } from '@phloem/protocol';
import type { BacktestResult } from '@phloem/rules';
import { expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

it('back-tests rules over HTTP, activates them, and rolls back from the command line', async () => {
  await using mesh = await openMesh();
  const hub = ['--port', String(mesh.port), '--data', mesh.data];
  const [live] = await mesh.get<{ scope: string; hash: string; revision: number }[]>('/api/v1/bundles');
  const { scope = '', hash = '', revision = 0 } = live ?? {};

  const asked = await mesh.post<BacktestStatus>('/api/v1/backtests', { candidate: { hash } });
  const done = await until(
    'the end of the back-test',
    () => mesh.get<BacktestStatus>(`/api/v1/backtests/${asked.id}`),
    ({ state }) => state === 'done' || state === 'failed',
  );
  expect(done.failure).toBeNull();
  expect(done.result as BacktestResult).toMatchObject({ kind: 'backtest', candidate: hash, baseline: null });

  const folder = join(mkdtempSync(join(tmpdir(), 'phloem-revisions-')), 'bundle');
  cpSync(join(root, 'examples/flower-room/bundle'), folder, { recursive: true });
  const file = join(folder, '21-heat.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('Heat when it is too cool', 'Heat when cool'));
  expect(await runToEnd([built.phloem, 'push', folder, ...hub])).toMatchObject({
    code: 2,
    output: expect.stringMatching(/add --yes/) as string,
  });
  const pushed = await runToEnd([built.phloem, 'push', folder, '--yes', '--message', 'Rename', ...hub]);
  expect(pushed).toMatchObject({ code: 0, output: expect.stringMatching(/^flower_room\/heat \(Rule\)/) as string });

  const back = await runToEnd([built.phloem, 'rules', 'rollback', String(revision), '--reason', 'too warm', ...hub]);
  expect(back.output).toContain(`revision ${revision + 2} is live, with the rules of revision ${revision}`);
  expect(back.code).toBe(0);

  const list = await mesh.get<readonly BundleRevision[]>(`/api/v1/bundles/${encodeURIComponent(scope)}/revisions`);
  expect(list[0]).toMatchObject({
    revision: revision + 2,
    parent: revision + 1,
    hash,
    message: `Roll back to revision ${revision}: too warm`,
  });
  expect(list[1]).toMatchObject({ message: 'Rename' });
  const differences = await runToEnd([built.phloem, 'rules', 'diff', String(revision), String(revision + 1), ...hub]);
  expect(differences).toMatchObject({ code: 0, output: expect.stringMatching(/^flower_room\/heat \(Rule\)\n.*Heat when cool/) as string });
  const late = await runToEnd([built.phloem, 'push', folder, '--yes', '--parent', String(revision), ...hub]);
  expect(late).toMatchObject({ code: 2, output: expect.stringMatching(/Since revision \d+: .*too warm/) as string });
  const log = await runToEnd([built.phloem, 'rules', 'log', ...hub]);
  expect(log.output.split('\n')[0]).toMatch(new RegExp(`^${revision + 2} .*too warm {2}live$`));
});
