import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../entry.ts';
import { readBundle } from '../bundle.ts';
import { readDocuments, type SourceFile } from '../documents/source.ts';
import type { Plan } from '../plan/plan.ts';
import { recordDay } from './handbook-day.ts';

const handbook = new URL('../../../../examples/handbook/', import.meta.url);
const readFolder = (name: string): readonly SourceFile[] =>
  readdirSync(new URL(`${name}/`, handbook))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(new URL(`${name}/${path}`, handbook), 'utf8') }));
const files = readFolder('bundle');
const content = readBundle(files);
const sources = readDocuments([...files, ...readFolder('site')]);
const epoch = 'handbookday0';

const { plan, entries, switches, tripped } = recordDay(content, sources, 7);

/** The hash of the state at each thousandth entry and at the end. */
const replay = (log: readonly Entry[], cutAt: ReadonlySet<number> = new Set(), engine: Plan = plan): readonly string[] => {
  const hashes: string[] = [];
  let state = engine.start();
  for (const [i, entry] of log.entries()) {
    if (cutAt.has(i)) state = engine.restore(engine.save(state));
    state = engine.step(state, entry, { epoch }).state;
    if (i % 1000 === 999 || i === log.length - 1) hashes.push(engine.hashState(state));
  }
  return hashes;
};

const hashes = replay(entries);

describe('24 hours of rules, a PID, blind probes, an interlock and an override', () => {
  it('have all of that in them', () => {
    expect(switches).toBeGreaterThanOrEqual(200);
    expect(tripped).toBeGreaterThanOrEqual(1);
    expect(entries.some((entry) => entry.kind === 'override')).toBe(true);
    expect(entries.length).toBeGreaterThan(150_000);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('are the same at every thousandth entry when they are replayed', () => {
    expect(replay(entries)).toEqual(hashes);
  }, 120_000);

  it('are the same when the service is restarted from a checkpoint, wherever that is', () => {
    const cuts = new Set(Array.from({ length: 60 }, (_, i) => (i * 7919 * 13) % entries.length));
    expect(replay(entries, cuts)).toEqual(hashes);
  }, 120_000);

  it('are the same in another process', () => {
    const script = `
      import { readFileSync, readdirSync } from 'node:fs';
      import { recordDay } from './handbook-day.ts';
      import { readBundle } from '../bundle.ts';
      import { readDocuments } from '../documents/source.ts';
      const read = (name) => readdirSync('${fileURLToPath(handbook)}' + name).toSorted()
        .map((path) => ({ path, text: readFileSync('${fileURLToPath(handbook)}' + name + '/' + path, 'utf8') }));
      const files = read('bundle');
      const { plan, entries } = recordDay(readBundle(files), readDocuments([...files, ...read('site')]), 7, 3);
      let state = plan.start();
      for (const entry of entries) state = plan.step(state, entry, { epoch: '${epoch}' }).state;
      process.stdout.write(plan.hashState(state));
    `;
    const options = ['--disallow-code-generation-from-strings', '--conditions=phloem-src', '--input-type=module', '-e', script];
    const there = execFileSync(process.execPath, options, { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8' });
    expect(there).toBe(replay(recordDay(content, sources, 7, 3).entries).at(-1));
  }, 120_000);

  it('lead to another state from where one reading is another', () => {
    const isMiddle = (entry: Entry): boolean =>
      entry.kind === 'sensor' && entry.cluster === 'middle' && typeof entry.readings['temperature']?.v === 'number';
    const at = entries.findIndex((entry, i) => i > 100_000 && isMiddle(entry));
    const changed = entries.map((entry, i) => {
      if (i !== at || entry.kind !== 'sensor') return entry;
      const v = Number(entry.readings['temperature']?.v) + 2.5;
      return { ...entry, readings: { ...entry.readings, temperature: { v, q: 'good' as const } } };
    });
    const other = replay(changed);
    const first = Math.floor(at / 1000);
    expect(other.slice(0, first)).toEqual(hashes.slice(0, first));
    expect(other[first]).not.toBe(hashes[first]);
  }, 120_000);
});
