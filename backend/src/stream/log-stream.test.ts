import type { EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../store/testing/store-bench.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { LogStream, parseEventId, parseStreamFilter } from './log-stream.ts';

const note: EntryDraft = { kind: 'note', by: { kind: 'user', id: 'anna' }, about: 'hub', text: 'a\n\ndata: b' };

const openLog = () => {
  const { clock, time } = createStillClock() as never as { clock: { at(): number; up(): number }; time: { at: number; up: number } };
  const store = createMemoryStore({ clock, random: () => 0.5 });
  store.log.append([{ kind: 'pulse' }, note, { kind: 'pulse' }]);
  return { store, log: store.log, time };
};

/** The events of a text, as a reader of server-sent events takes them. */
const read = (text: string | null) =>
  (text ?? '')
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])));

describe('a stream of the log', () => {
  it('[ST1] begins at the newest entry, and carries each one with its position', () => {
    const { log } = openLog();
    const stream = new LogStream(log, {}, null);
    expect(read(stream.start())).toEqual([{ id: `${log.epoch}.3`, event: 'start', data: expect.stringContaining('"why":"new"') }]);
    expect(stream.next()).toBeNull();
    log.append([note]);
    const [event] = read(stream.next());
    expect(event).toMatchObject({ id: `${log.epoch}.4`, event: 'note' });
    expect(JSON.parse(event?.['data'] ?? '')).toMatchObject({ lsn: 4, text: 'a\n\ndata: b' });
    expect(stream.next()).toBeNull();
  });

  it('[ST2] continues after any position, and says what is lost', () => {
    const { log } = openLog();
    const after = parseEventId(`${log.epoch}.1`);
    const stream = new LogStream(log, {}, after);
    expect(JSON.parse(read(stream.start())[0]?.['data'] ?? '')).toEqual({ epoch: log.epoch, from: 1 });
    expect(read(stream.next()).map(({ id }) => id)).toEqual([`${log.epoch}.2`, `${log.epoch}.3`]);
    const ahead = new LogStream(log, {}, { epoch: log.epoch, lsn: 9 });
    expect(JSON.parse(read(ahead.start())[0]?.['data'] ?? '')).toMatchObject({ from: 3, lost: [4, 9], why: 'truncated' });
    const foreign = new LogStream(log, {}, { epoch: 'epochZepochZ', lsn: 9 });
    expect(JSON.parse(read(foreign.start())[0]?.['data'] ?? '')).toMatchObject({ from: 0, why: 'unknown-epoch' });
  });

  it('[ST2] says which entries the log removed before they were read', () => {
    const { store, log } = openLog();
    const stream = new LogStream(log, {}, { epoch: log.epoch, lsn: 0 });
    store.retain({ maxAgeMs: 1e12, maxBytes: 1, floor: null });
    expect(log.first).toBeGreaterThan(1);
    const [event] = read(stream.next());
    expect(JSON.parse(event?.['data'] ?? '')).toMatchObject({ lost: [1, log.first - 1], why: 'expired' });
  });

  it('[ST3] moves a reader over what the filter held back by its heartbeat', () => {
    const { log } = openLog();
    const stream = new LogStream(log, parseStreamFilter({ kinds: 'note' }), { epoch: log.epoch, lsn: 0 });
    expect(read(stream.next()).map(({ event }) => event)).toEqual(['note']);
    expect(stream.next()).toBeNull();
    expect(read(stream.heartbeat(1000))).toEqual([{ id: `${log.epoch}.3`, event: 'heartbeat', data: '{"head":3,"at":1000}' }]);
  });

  it('[ST4] reads no more than a piece of the log at once, however little the filter passes', () => {
    const { log } = openLog();
    log.append(Array.from({ length: 2000 }, () => ({ kind: 'pulse' as const })));
    const stream = new LogStream(log, parseStreamFilter({ kinds: 'alarm' }), { epoch: log.epoch, lsn: 0 });
    let reads = 0;
    for (let text = stream.next(); text !== null; text = stream.next()) {
      expect(text).toBe('');
      reads += 1;
    }
    expect(reads).toBeGreaterThan(5);
    expect(stream.isAtEnd).toBe(true);
  });

  it.each(['7', 'epochAepochA', 'epoch A.7', 'a.-1', 'a.1e3', `epochAepochA.${'9'.repeat(20)}`])(
    '[ST2] rejects the position %s',
    (text) => {
      expect(() => parseEventId(text)).toThrow(expect.objectContaining({ code: 'protocol/invalid' }) as Error);
    },
  );

  it('[ST1] rejects a filter of unknown kinds', () => {
    expect(() => parseStreamFilter({ kinds: 'note,nonsense' })).toThrow(expect.objectContaining({ code: 'protocol/invalid' }) as Error);
  });
});
