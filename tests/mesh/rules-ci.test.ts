import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';

it('the example of CI accepts rules, asks for a review, and refuses', async () => {
  await using mesh = await openMesh();
  await runToEnd([built.past, '--port', String(mesh.port), '--token-file', join(mesh.data, 'secrets/admin.token'), '--hours', '3']);
  const folder = mkdtempSync(join(tmpdir(), 'phloem-rules-ci-'));
  try {
    cpSync(join(root, 'examples/flower-room'), folder, { recursive: true });
    const check = (condition: string) => {
      const { status, stdout, stderr } = spawnSync(
        join(root, 'examples/rules-ci/check-rules.sh'),
        [join(folder, 'bundle'), join(folder, 'site'), mesh.data],
        { env: { ...process.env, PHLOEM: `${process.execPath} ${built.phloem}`, FAIL_IF: condition }, encoding: 'utf8' },
      );
      return { status, output: stdout + stderr };
    };
    expect(check('switches > +20 %')).toMatchObject({ status: 0, output: expect.stringContaining('does not hold') as string });
    const file = join(folder, 'bundle/20-dehumidify.yaml');
    const rule = readFileSync(file, 'utf8');
    writeFileSync(file, rule.replace('kPa(0.07)', 'kPa(0.03)'));
    expect(check('switches > +20 %')).toMatchObject({ status: 3, output: expect.stringContaining('undetermined') as string });
    writeFileSync(file, rule.replace('kPa(0.07)', 'kPa(0.01)'));
    expect(check('switches > +20 %')).toMatchObject({ status: 1, output: expect.stringContaining('a band between them') as string });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
