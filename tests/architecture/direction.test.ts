import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readText, root } from '../support/repository.ts';

/** What each package may import of the others. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  reconnect: ['protocol'],
  backend: ['protocol', 'reconnect'],
  automation: ['protocol', 'reconnect'],
  'web-ui': ['protocol', 'reconnect'],
  tests: ['protocol', 'reconnect', 'backend', 'automation'],
};

const importPattern = /(?:from\s+|import\s*\(\s*|import\s+)['"]([^'"]+)['"]/g;
const importsOf = (text: string): string[] =>
  [...text.matchAll(importPattern)].flatMap(([, specifier]) => (specifier === undefined ? [] : [specifier]));

const sources = projectFiles().filter((path) => /\.(ts|svelte)$/.test(path) && existsSync(join(root, path)));
const packageOf = (path: string): string => path.slice(0, path.indexOf('/'));

describe('the direction of dependencies', () => {
  it.each(Object.keys(mayImport))('%s imports only what lies below it', (name) => {
    const files = sources.filter((path) => packageOf(path) === name);
    expect(files.length).toBeGreaterThan(0);
    const wrong = files.flatMap((path) =>
      importsOf(readText(path))
        .filter((specifier) => specifier.startsWith('@phloem/') && !(mayImport[name] ?? []).includes(specifier.split('/')[1] ?? ''))
        .map((specifier) => `${path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('goes through the other package by its name and its index', () => {
    const wrong = sources
      .filter((path) => packageOf(path) !== 'tests')
      .flatMap((path) =>
        importsOf(readText(path))
          .filter((specifier) => {
            if (/^@phloem\/[^/]+\/(src|dist)\//.test(specifier)) return true;
            if (!specifier.startsWith('.') || !(packageOf(path) in mayImport)) return false;
            return packageOf(join(path, '..', specifier)) !== packageOf(path);
          })
          .map((specifier) => `${path} imports ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it('is written in the manifests too', () => {
    const wrong = Object.entries(mayImport).flatMap(([name, allowed]) => {
      const manifest = JSON.parse(readText(`${name}/package.json`)) as Record<string, Record<string, string> | undefined>;
      const named = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] }).filter((dependency) =>
        dependency.startsWith('@phloem/'),
      );
      return named
        .filter((dependency) => !allowed.includes(dependency.slice('@phloem/'.length)))
        .map((dependency) => `${name} depends on ${dependency}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('effects', () => {
  const effects = /^(node:|socket\.io|modbus-serial$|lowdb|ws$|fastify|@fastify\/|pino|serialport)/;
  const isShell = (path: string): boolean =>
    /(^|\/)(io|testing|dev)\/|(^|\/)main\.ts$|(^|\/)run-[^/]+\.ts$|\.test\.ts$|\.config\.ts$|^tests\/|^scripts\//.test(path);

  it('are imported in io/ and main.ts alone', () => {
    const wrong = sources
      .filter((path) => !isShell(path))
      .flatMap((path) =>
        importsOf(readText(path))
          .filter((specifier) => effects.test(specifier))
          .map((specifier) => `${path} imports ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });
});
