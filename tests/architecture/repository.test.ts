import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readText, root } from '../support/repository.ts';

const lockfile = readText('pnpm-lock.yaml');

/** The versions of a package in the lockfile. */
const lockedVersions = (name: string): string[] =>
  [...lockfile.matchAll(new RegExp(`^  '?${name.replaceAll('.', '\\.')}@(\\d+\\.\\d+\\.\\d+)`, 'gm'))].map(([, version]) => version ?? '');

const toNumber = (version: string): number => version.split('.').reduce((sum, part) => sum * 10_000 + Number(part), 0);

describe('the lockfile', () => {
  it('has no address of a registry', () => {
    expect(lockfile.match(/https?:\/\/|tarball:/g)).toBeNull();
  });

  it.each([
    ['socket.io-parser', '4.2.7'],
    ['engine.io', '6.6.7'],
    ['ws', '8.21.0'],
  ])('[SE10] has %s at %s or above', (name, floor) => {
    const versions = lockedVersions(name);
    expect(versions.length).toBeGreaterThan(0);
    expect(versions.filter((version) => toNumber(version) < toNumber(floor))).toEqual([]);
  });

  it.each(['expr-eval', 'jsonata', 'json-rules-engine'])('[SE10] has no %s', (name) => {
    expect(lockedVersions(name)).toEqual([]);
  });
});

it('[SE10] runs on a SQLite that does not corrupt at a WAL reset', () => {
  expect(toNumber(process.versions['sqlite'] ?? '0.0.0')).toBeGreaterThanOrEqual(toNumber('3.51.3'));
});

describe('the tests', () => {
  const tests = projectFiles().filter((path) => path.endsWith('.test.ts') && existsSync(join(root, path)));

  it('all run, once', () => {
    const wrong = tests.filter((path) =>
      /\b(?:it|test|describe)\.(?:only|skip|todo|fails|skipIf|runIf)\b|\bretry:\s*\d/.test(readText(path)),
    );
    expect(wrong.filter((path) => !path.startsWith('tests/architecture/'))).toEqual([]);
  });
});
