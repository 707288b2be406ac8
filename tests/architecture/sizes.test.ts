import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureFunctions } from '../support/measure-functions.ts';
import { projectFiles, readText, root } from '../support/repository.ts';
import { scriptsOf } from '../support/scripts-of.ts';

const maxLines = { file: 400, function: 70, script: 70 } as const;
const files = projectFiles().filter(
  (path) => /\.(ts|mjs|js|svelte)$/.test(path) && !path.endsWith('.d.ts') && existsSync(join(root, path)),
);

describe('sizes', () => {
  it(`no file has more than ${maxLines.file} lines`, () => {
    expect(files.length).toBeGreaterThan(800);
    expect(files.filter((path) => readText(path).split('\n').length - 1 > maxLines.file)).toEqual([]);
  });

  it(`no script of a component has more than ${maxLines.script} lines`, () => {
    const components = files.filter((path) => path.endsWith('.svelte'));
    expect(components.length).toBeGreaterThan(60);
    const long = components.flatMap((path) =>
      scriptsOf(path, readText(path)).flatMap((script) => {
        const lines = script.trim().split('\n').length;
        return lines > maxLines.script ? [`${path} has a script of ${lines} lines`] : [];
      }),
    );
    expect(long).toEqual([]);
  });

  const scripts = files.filter((path) => !path.endsWith('.svelte'));
  const long = scripts.flatMap((path) =>
    measureFunctions(readText(path), path.endsWith('.ts') ? 'ts' : 'js')
      .filter(({ lines }) => lines > maxLines.function)
      .map(({ name, line, lines }) => `${path}:${line} ${name} has ${lines} lines`),
  );

  it(`no function has more than ${maxLines.function} lines`, () => {
    expect(long).toEqual([]);
  });
});

describe('the measure', () => {
  const body = '\n'.repeat(80);

  it('counts a function, and not the groups of tests in it', () => {
    expect(measureFunctions(`const f = () => {${body}};`)).toEqual([{ name: 'f', line: 1, lines: 81 }]);
    expect(measureFunctions(`class A { g() {${body}} }`)).toMatchObject([{ name: 'g', lines: 81 }]);
    expect(measureFunctions(`describe('a', () => {${body}});`)).toEqual([]);
    expect(measureFunctions(`function suite() {\ndescribe.each([])('a', () => {${body}});\n}`)).toEqual([
      { name: 'suite', line: 1, lines: 2 },
    ]);
  });
});
