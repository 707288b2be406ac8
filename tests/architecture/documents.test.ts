import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { faults } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { projectFiles, readText, root } from '../support/repository.ts';

const pages = projectFiles().filter((path) => path.endsWith('.md') && existsSync(join(root, path)));

/** What looks like a path of this repository: in code marks with a slash or a known ending, or the target of a link. */
const pathsIn = (text: string): string[] => {
  const marked = [...text.matchAll(/`([\w@.-]+(?:\/[\w@.*{},-]+)+\/?|[\w-]+\.(?:ts|md|json|yaml|mjs))`/g)].map(([, path]) => path ?? '');
  const linked = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => path ?? '').filter((path) => !/^[a-z]+:/.test(path));
  const tops = /^(backend|automation|embed|protocol|rules|simulator|cli|web-ui|reconnect|tests|scripts|examples|docs|\.ci)\//;
  return [...marked.filter((path) => tops.test(path) && !/[*{}]/.test(path) && !Object.hasOwn(faults, path)), ...linked];
};

describe('the pages', () => {
  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'DECISIONS.md', 'CHANGELOG.md', 'LICENSE', 'protocol/SPEC.md'])(
    '%s is there',
    (path) => {
      expect(existsSync(join(root, path))).toBe(true);
    },
  );

  it('name only paths that exist', () => {
    const wrong = pages.flatMap((page) =>
      pathsIn(readText(page))
        .filter((path) => !/(^|\/)(dist|program|node_modules|data)(\/|$)/.test(path))
        .filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(page), path)))
        .map((path) => `${page} names ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    'protocol',
    'rules',
    'reconnect',
    'backend',
    'automation',
    'embed',
    'simulator',
    'cli',
    'web-ui',
    'tests',
    'bridges/core',
    'bridges/mqtt',
    'bridges/nats',
    'bridges/node-red',
    'bridges/rabbitmq',
    'bridges/redis',
    'bridges/webhook',
    'bridges/sql',
  ])('%s/README.md says first where a frame enters and leaves', (name) => {
    const text = readText(`${name}/README.md`);
    expect(text).toMatch(/A frame enters at [\s\S]{1,300}?leaves at /i);
  });
});
