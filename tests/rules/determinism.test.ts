import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSeededRandom } from '@phloem/simulator';
import type { Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { root } from '../support/repository.ts';
import { readExample } from './support/documents.ts';
import { recordDay } from './support/recorded-day.ts';
import { hashEvery, replay, replayInParts, type Replay } from './support/replay.ts';

const { world, entries, switches, unknowns } = recordDay({ hours: 24 });
const first = replay(world.plan, entries);
const toPlan = () => readExample('handbook', { timeZone: 'Europe/Amsterdam' }).plan;
const count = (claim: (entry: Entry) => boolean): number => entries.filter(claim).length;

describe('24 hours of a simulated room', () => {
  it('hold what makes a replay hard', () => {
    expect(switches).toBeGreaterThanOrEqual(200);
    expect(unknowns).toBeGreaterThan(0);
    expect(count((entry) => entry.kind === 'interlock' && entry.state === 'tripped')).toBeGreaterThan(0);
    expect(count((entry) => entry.kind === 'override')).toBeGreaterThanOrEqual(3);
    expect(count((entry) => entry.kind === 'offset')).toBe(4);
    const byHand = entries.find((entry) => entry.kind === 'override' && entry.device === 'flower_room/cooling_valve');
    const followed = entries.find(
      (entry) => entry.kind === 'device' && entry.lsn > (byHand?.lsn ?? 0) && entry.device === 'flower_room/cooling_valve',
    );
    expect(followed).toMatchObject({ phase: 'written', value: 60 });
    const valve = new Set(first.decisions.filter((decision) => decision.includes('cooling_valve')));
    // A loop that works asks for one percentage after the other.
    expect(valve.size).toBeGreaterThan(100);
  });

  it('replayed, have the same state at each 1,000th entry', () => {
    const again = replay(toPlan(), entries);
    expect(again.hashes).toEqual(first.hashes);
    expect(again.decisions).toEqual(first.decisions);
    expect(first.hashes).toHaveLength(Math.floor(entries.length / hashEvery) + 1);
    expect(new Set(first.hashes).size).toBeGreaterThan(first.hashes.length - 2);
  });

  it('rest on offsets that operators gave: without them the room would have been another', () => {
    const without = replay(
      toPlan(),
      entries.filter((entry) => entry.kind !== 'offset'),
    );
    expect(without.decisions).not.toEqual(first.decisions);
  });

  it('split anywhere by a save and a restore, also while an offset stands, end in the same state', () => {
    const offsets = entries.flatMap((entry, i) => (entry.kind === 'offset' ? [i, i + 1, i + 500] : []));
    const random = createSeededRandom(42);
    const cuts = Array.from({ length: 60 }, () => Math.floor(random() * entries.length));
    expect(
      replayInParts(
        toPlan(),
        toPlan,
        entries,
        [...cuts, ...offsets].toSorted((a, b) => a - b),
      ),
    ).toBe(first.hashes.at(-1));
  });

  it('are the same to another process', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-replay-'));
    const file = join(folder, 'log.jsonl');
    writeFileSync(file, entries.map((entry) => JSON.stringify(entry)).join('\n'));
    const args = [
      '--conditions=phloem-src',
      '--disallow-code-generation-from-strings',
      join(root, 'tests/rules/support/run-replay.ts'),
      file,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
    rmSync(folder, { recursive: true });
    expect(JSON.parse(stdout) as Replay).toEqual(first);
  });

  it('with one reading changed, have another state from there on', () => {
    const at = entries.findIndex((entry, i) => i > entries.length / 2 && entry.kind === 'sensor' && entry.cluster === 'front');
    const changed = entries.map((entry, i) =>
      i === at && entry.kind === 'sensor' ? { ...entry, readings: { ...entry.readings, ppfd: { v: 321, q: 'good' as const } } } : entry,
    );
    const other = replay(toPlan(), changed);
    const before = Math.floor(at / hashEvery);
    expect(other.hashes.slice(0, before)).toEqual(first.hashes.slice(0, before));
    expect(other.hashes.at(-1)).not.toBe(first.hashes.at(-1));
  });
});
