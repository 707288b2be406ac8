import { describe, expect, it } from 'vitest';
import { projectFiles, readText } from '../support/repository.ts';

const names = '(?:why|reason|message)';
const methods = '(?:match|matchAll|includes|startsWith|endsWith|replace|replaceAll|search|indexOf|lastIndexOf|split)';

/** What reads a sentence: a search in it, a pattern over it, a comparison with another sentence than the empty one. */
const readings: readonly RegExp[] = [
  new RegExp(`\\b${names}\\b(?:\\?\\.|!?\\.|\\)\\.)${methods}\\(.*`, 'g'),
  new RegExp(`\\.(?:test|exec)\\([^()]*\\b${names}\\b.*`, 'g'),
  new RegExp(`(?<!typeof )(?<!typeof \\w+\\??\\.)\\b${names}\\b\\s*[!=]==\\s*(?:'[^']+'|"[^"]+"|\`[^\`]+\`)`, 'g'),
];

/** Members of these names that are codes of a closed set, checked by their types, and no sentences. */
const codes: ReadonlySet<string> = new Set([
  "reconnect/src/grant.ts: why === 'unknown-epoch'",
  "reconnect/src/grant.ts: why === 'truncated'",
  "reconnect/src/reader.ts: why === 'truncated'",
  "reconnect/src/reader.ts: why === 'unknown-epoch'",
  "automation/src/run-service.ts: why === 'truncated'",
  "automation/src/why/explain-device.ts: reason === 'outranked'",
  "backend/src/leases/run-lease-service.ts: why === 'expired'",
]);

const isSource = (path: string): boolean => /^[a-z-]+\/src\/.*\.(?:ts|svelte)$/.test(path) && !/\.test\.ts$|\/testing\//.test(path);

const findReadings = (text: string): readonly string[] =>
  readings.flatMap((reading) => [...text.matchAll(reading)].map(([found]) => found));

describe('reasons are data', () => {
  it('no code reads a sentence', () => {
    const files = projectFiles().filter(isSource);
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((path) => findReadings(readText(path)).map((reading) => `${path}: ${reading}`));
    expect(found.filter((reading) => !codes.has(reading))).toEqual([]);
    expect([...codes].filter((code) => !found.includes(code))).toEqual([]);
  });

  it.each([
    ["entry.why.startsWith('late')"],
    ["tooLate.test(entry.why ?? '')"],
    ["if (error.message === 'busy') return"],
    ['const short = reason?.replace(/x/, "y")'],
    ["/wanted/.exec(state.why ?? '')"],
  ])('a reading is found in: %s', (line) => {
    expect(findReadings(line)).toHaveLength(1);
  });

  it.each([['if (why === null) return'], ["why === '' ? a : b"], ["why.code === 'command/late'"], ['reason.slice(0, 400)']])(
    'none is found in: %s',
    (line) => {
      expect(findReadings(line)).toEqual([]);
    },
  );
});

/** A member of a schema or of params that says why, as a text. */
const textWhys = /\bwhy\??: .*\b(?:text\(|Type\.String\(|string\b)/g;

/** Where a `why` is a text: a source outside gave it, or it is shown as the hub rendered it. */
const texts: ReadonlySet<string> = new Set([
  'protocol/src/messages/ingest.ts: why: Type.Optional(Type.String(',
  'protocol/src/messages/raw-watch.ts: why: orNull(Type.String(',
  'protocol/src/http/buses.ts: why: Type.String(',
  'protocol/src/http/buses.ts: why: orNull(Type.String(',
  'protocol/src/http/why.ts: why: Type.String(',
]);

const findTexts = (text: string): readonly string[] => [...text.matchAll(textWhys)].map(([found]) => found);

describe('why in the protocol', () => {
  it('is a reason, and a text only where it is named here', () => {
    const files = projectFiles().filter((path) => isSource(path) && path.startsWith('protocol/src/'));
    expect(files.length).toBeGreaterThan(50);
    const found = new Set(files.flatMap((path) => findTexts(readText(path)).map((member) => `${path}: ${member}`)));
    expect([...found].filter((member) => !texts.has(member))).toEqual([]);
    expect([...texts].filter((member) => !found.has(member))).toEqual([]);
  });

  it.each(['why: text(200)', 'readonly why?: string;', 'why: Type.Union([Type.String(), Type.Null()])'])(
    'a text is found in: %s',
    (line) => {
      expect(findTexts(line)).toHaveLength(1);
    },
  );

  it.each(['why: Type.Optional(Reason)', 'readonly why: Reason | null;', "why: Type.Enum(['expired'])"])('none is found in: %s', (line) => {
    expect(findTexts(line)).toEqual([]);
  });
});

describe('authors', () => {
  const places =
    /[`'"](?:user|node|rule):(?!\w)|\((?:\?:)?user\|node|\b(?:by|subject|\w+By)\??\.(?:id\??\.)?(?:match|includes|startsWith|endsWith|replace|split|indexOf)\(/;

  it('are written and read in one file', () => {
    const files = projectFiles().filter((path) => isSource(path) && path !== 'protocol/src/author.ts');
    const strip = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'node:[^']+'/g, '');
    expect(files.filter((path) => places.test(strip(readText(path))))).toEqual([]);
  });

  it.each([
    "by.replace(/^(user|node):/, '')",
    'const by = `node:${id}`',
    "by.startsWith('user:')",
    "entry.acknowledgedBy.split(':')",
    "by.id?.startsWith('automation')",
  ])('finds %s', (line) => {
    expect(places.test(line)).toBe(true);
  });
});
