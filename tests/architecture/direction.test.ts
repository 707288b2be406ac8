import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readText, root } from '../support/repository.ts';

/** What the manifests of the bridges call them. */
const bridges = ['bridge', 'bridge-mqtt', 'bridge-nats', 'bridge-rabbitmq', 'bridge-redis', 'bridge-sql', 'bridge-webhook'];

/** What each package may import of the others, by its folder; the others by their names. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  rules: ['protocol'],
  reconnect: ['protocol'],
  backend: ['protocol', 'rules', 'reconnect'],
  automation: ['protocol', 'rules', 'reconnect'],
  embed: ['protocol', 'rules', 'reconnect', 'backend', 'automation'],
  'web-ui': ['protocol', 'reconnect'],
  simulator: ['protocol', 'rules', 'backend'],
  'bridges/core': ['protocol', 'reconnect'],
  'bridges/mqtt': ['protocol', 'bridge'],
  'bridges/nats': ['protocol', 'bridge'],
  'bridges/node-red': ['protocol', 'reconnect'],
  'bridges/rabbitmq': ['protocol', 'bridge'],
  'bridges/redis': ['protocol', 'bridge'],
  'bridges/webhook': ['protocol', 'bridge'],
  'bridges/sql': ['protocol', 'reconnect', 'bridge'],
  cli: ['protocol', 'rules', 'reconnect', 'backend', 'automation', 'embed', 'simulator', ...bridges],
  tests: ['protocol', 'rules', 'reconnect', 'backend', 'automation', 'embed', 'simulator', ...bridges, 'cli'],
};

const importPattern = /(?:from\s+|import\s*\(\s*|import\s+)['"]([^'"]+)['"]/g;
const importsOf = (text: string): string[] =>
  [...text.matchAll(importPattern)].flatMap(([, specifier]) => (specifier === undefined ? [] : [specifier]));

const sources = projectFiles().filter((path) => /\.(ts|svelte)$/.test(path) && existsSync(join(root, path)));
const packageOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('bridges/') ? 2 : 1)
    .join('/');

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

describe('public entry points', () => {
  it.each([
    'protocol',
    'rules',
    'reconnect',
    'backend',
    'automation',
    'embed',
    'simulator',
    'cli',
    'bridges/core',
    'bridges/mqtt',
    'bridges/nats',
    'bridges/node-red',
    'bridges/rabbitmq',
    'bridges/redis',
    'bridges/sql',
    'bridges/webhook',
  ])('%s names everything that it exports', (name) => {
    expect(readText(`${name}/src/index.ts`)).not.toMatch(/^export (type )?\*/m);
  });
});

describe('effects', () => {
  const effects = /^(node:|socket\.io|modbus-serial$|lowdb|ws$|fastify|@fastify\/|pino|serialport|@redis\/|pg$)/;
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
