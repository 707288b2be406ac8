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
  "reconnect/src/run-session.ts: why === 'truncated'",
  "reconnect/src/run-session.ts: why === 'unknown-epoch'",
  "automation/src/run-service.ts: why === 'truncated'",
  "automation/src/why/explain-device.ts: reason === 'outranked'",
  "backend/src/leases/run-lease-service.ts: why === 'expired'",
]);

/** Places that still read one: the causes of the bus, and messages of documents. Each that goes is taken out here. */
const remaining: ReadonlySet<string> = new Set([
  "backend/src/hub/plan-site-change.ts: message.split('\\n', 1)[0] ?? error.code;",
  "backend/src/store/io/checkpoint-worker.ts: message === 'end'",
  "cli/src/io/bus-scan.ts: why?.includes('busy') === true) unasked += 1;",
  "cli/src/io/bus-watch.ts: message.startsWith('name the bus'))",
  'protocol/src/find-misfit.ts: message === `must be ${kind}`',
  "rules/src/documents/source.ts: message.split('\\n')[0] ?? fault.code, fault.pos[0]);",
  "web-ui/src/chart/read-chart.ts: why === 'no samples'",
]);

const isSource = (path: string): boolean => /^[a-z-]+\/src\/.*\.(?:ts|svelte)$/.test(path) && !/\.test\.ts$|\/testing\//.test(path);

const findReadings = (text: string): readonly string[] =>
  readings.flatMap((reading) => [...text.matchAll(reading)].map(([found]) => found));

describe('reasons are data', () => {
  it('no code reads a sentence, but for the places that are named here', () => {
    const files = projectFiles().filter(isSource);
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((path) => findReadings(readText(path)).map((reading) => `${path}: ${reading}`));
    expect(found.filter((reading) => !codes.has(reading) && !remaining.has(reading))).toEqual([]);
    expect([...codes, ...remaining].filter((code) => !found.includes(code))).toEqual([]);
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
