import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileTexts, device, room } from '../plan/testing.ts';
import { documentKinds } from '../json-schemas.ts';
import { findProblems } from './check.ts';
import { formatText } from './format-text.ts';
import { readDocuments } from './source.ts';
import { createTemplate, templateKinds } from './templates.ts';

const examples = new URL('../../../../examples/', import.meta.url);
const files = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .map((path) => ({ path, text: readFileSync(new URL(path, examples), 'utf8') }));
const values = (text: string) => readDocuments([{ path: 'a', text }]).map((document) => document.value);

describe('the one form of a file', () => {
  it.each(files)('says the same as $path, keeps its comments, and is its own form', ({ path, text }) => {
    const formatted = formatText({ path, text });
    expect(values(formatted)).toEqual(values(text));
    expect(formatText({ path, text: formatted })).toBe(formatted);
    const comments = (of: string) => (of.match(/ #[^'"]*$|^#.*$/gm) ?? []).map((comment) => comment.trim());
    expect(comments(formatted).length).toBe(comments(text).length);
  });

  it('quotes expressions, and mends spaces', () => {
    expect(formatText({ path: 'a', text: 'when:\n    hysteresis: {on: a > 1, off:  "a < 1"}   \n' })).toBe(
      "when:\n  hysteresis: { on: 'a > 1', off: 'a < 1' }\n",
    );
  });

  it('rewrites nothing that is not valid', () => {
    expect(() => formatText({ path: 'a', text: 'a: [' })).toThrow(/a:1:/);
  });
});

describe('templates', () => {
  it.each(templateKinds)('a new %s fits its schema', (kind) => {
    const [source] = readDocuments([{ path: kind, text: createTemplate(kind, 'room/thing') }]);
    expect(source && findProblems(documentKinds[kind], source)).toEqual([]);
  });

  it('make a bundle that compiles', () => {
    const texts = [
      createTemplate('Signals', 'room/signals'),
      createTemplate('Setpoints', 'room/climate'),
      createTemplate('Rule', 'room/dehumidify'),
      createTemplate('Loop', 'room/heat'),
    ];
    expect(compileTexts(texts, { ...room, devices: [...room.devices, device('room/dehumidifier_1')] }).scope).toBe('room');
  });
});
