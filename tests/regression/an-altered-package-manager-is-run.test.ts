import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/repository.ts';

const tarball = 'what the registry serves';
const toHash = (text: string): string => createHash('sha512').update(text).digest('hex');

/** Runs the bootstrap of a workspace that pins this hash, with an `npm` that serves the tarball and notes what it runs. */
const bootstrap = (pinned: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-pinned-'));
  mkdirSync(join(folder, 'scripts'));
  copyFileSync(join(root, 'scripts/bootstrap.mjs'), join(folder, 'scripts/bootstrap.mjs'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ packageManager: `pnpm@1.2.3+sha512.${pinned}` }));
  const npm = join(folder, 'npm');
  const ran = join(folder, 'ran');
  writeFileSync(
    npm,
    `#!/bin/sh\nif [ "$1" = pack ]; then printf '${tarball}' > "$5/pnpm-1.2.3.tgz"; else echo "$*" > '${ran}'; exit 3; fi\n`,
  );
  chmodSync(npm, 0o755);
  try {
    const { npm_config_user_agent: _, ...env } = process.env;
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/bootstrap.mjs')], {
      env: { ...env, PATH: `${folder}${delimiter}${env['PATH'] ?? ''}` },
      encoding: 'utf8',
    });
    return { status, stderr, hasRun: existsSync(ran) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

describe('the package manager of the workspace', () => {
  it('is not run when it is not what is pinned', () => {
    const { status, stderr, hasRun } = bootstrap(toHash('another'));
    expect([status, hasRun]).toEqual([1, false]);
    expect(stderr).toContain('is not what package.json pins');
  });

  it('is run when it is', () => {
    expect(bootstrap(toHash(tarball))).toMatchObject({ status: 3, hasRun: true });
  });
});
