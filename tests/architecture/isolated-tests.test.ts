import { describe, expect, it } from 'vitest';
import config from '../../vitest.config.ts';
import { projectFiles, readText } from '../support/repository.ts';

/** What changes a module or something global for all that share it. */
const replacements = /\bvi\.(?:mock|doMock|stubGlobal|stubEnv|useFakeTimers|resetModules)\(|\bsetupServer\(|^\s*globalThis\.\w+ =/m;

const projectNamed = (name: string): { readonly include?: string[] } | undefined =>
  config.test?.projects?.flatMap((project) =>
    typeof project === 'object' && 'test' in project && project.test?.name === name ? [project.test] : [],
  )[0];

describe('unit tests that share their modules', () => {
  it('replace no module and nothing global: those that do are isolated', () => {
    const files = projectFiles().filter((path) => /\/src\/.*\.test\.ts$/.test(path) && !/^(?:protocol|rules|automation)\//.test(path));
    expect(files.length).toBeGreaterThan(250);
    const replacing = files.filter((path) => replacements.test(readText(path)));
    const isolated = projectNamed('isolated')?.include ?? [];
    expect(replacing.filter((path) => !isolated.includes(path))).toEqual([]);
    expect(isolated.filter((path) => !files.includes(path))).toEqual([]);
  });
});
