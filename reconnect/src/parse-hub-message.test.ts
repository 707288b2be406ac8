import {
  AlarmEntry,
  BundleEntry,
  createParse,
  DeviceEntry,
  EntryBatch,
  findMisfit,
  InterlockEntry,
  isFault,
  NodeEntry,
  SensorEntry,
  textReason,
  ValueEntry,
  type Entry,
} from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHubMessage } from './parse-hub-message.ts';
import { readEntry, type ReceivedEntry } from './read-entry.ts';

const stamp = { at: 1_800_000_000_000, up: 5000 };
/** One of each kind, in order. */
const entries: readonly Entry[] = [
  {
    lsn: 1,
    ...stamp,
    kind: 'sensor',
    location: 'room',
    cluster: 'front',
    readings: {
      temperature: { v: 21.5, q: 'good' },
      open: { v: true, q: 'good', t: 4 },
      co2: { v: null, q: 'stale', why: textReason('overdue') },
    },
  },
  {
    lsn: 2,
    ...stamp,
    kind: 'device',
    device: 'room/heater',
    phase: 'requested',
    value: true,
    id: 'id-000001',
    by: { kind: 'hub' },
    cause: { epoch: 'epochAepochA', lsn: 1 },
    term: 3,
    why: { code: 'text', params: { text: 'cold' } },
  },
  { lsn: 3, ...stamp, kind: 'value', name: 'vpd', v: 1.2, q: 'good', by: { kind: 'node', id: 'automation-1' } },
  { lsn: 4, ...stamp, kind: 'pulse' },
  { lsn: 5, ...stamp, kind: 'site', hash: 'a'.repeat(64), revision: 1 },
  { lsn: 6, ...stamp, kind: 'bundle', scope: 'room', hash: 'b'.repeat(64), revision: 2, mode: 'live' },
  {
    lsn: 7,
    ...stamp,
    kind: 'override',
    device: 'room/mode',
    by: { kind: 'user', id: 'anna' },
    value: 'heat',
    reason: 'service',
    forMs: 60_000,
    until: 9,
  },
  { lsn: 8, ...stamp, kind: 'interlock', id: 'door', state: 'tripped' },
  { lsn: 9, ...stamp, kind: 'alarm', alarm: 'blind', state: 'active', priority: 'P2' },
  { lsn: 10, ...stamp, kind: 'lease', scope: 'room', term: 3, holder: null },
  { lsn: 11, ...stamp, kind: 'node', nodeId: 'automation-1', run: 'run-00000001', role: 'automation', state: 'joined' },
  { lsn: 12, ...stamp, kind: 'note', by: { kind: 'user', id: 'anna' }, about: 'room', text: '' },
  { lsn: 13, ...stamp, kind: 'gap', from: 1, to: 2, why: { code: 'log/expired', params: {} } },
  {
    lsn: 14,
    ...stamp,
    kind: 'offset',
    setpoint: 'room/climate/temp',
    by: { kind: 'user', id: 'anna' },
    delta: 1.5,
    reason: 'warm',
    forMs: 60_000,
    until: 9,
  },
];
/** Of the kinds above, entries with what they may hold besides. */
const more: readonly Entry[] = [
  {
    lsn: 15,
    ...stamp,
    kind: 'alarm',
    alarm: 'hot',
    state: 'active',
    priority: 'P1',
    shelving: { kind: 'shelve', forMs: 60_000, until: 9 },
  },
  { lsn: 16, ...stamp, kind: 'alarm', alarm: 'hot', state: 'active', priority: 'P1', shelving: { kind: 'unshelve' } },
];
/** The schemas of the kinds that hold an enumeration. */
const withNames = {
  alarm: AlarmEntry,
  bundle: BundleEntry,
  device: DeviceEntry,
  interlock: InterlockEntry,
  node: NodeEntry,
  sensor: SensorEntry,
  value: ValueEntry,
};

const schemaOf = new Map<string, Parameters<typeof findMisfit>[0]>(Object.entries(withNames));

/** The entry with the text at each place replaced, one place at a time. */
const renamings = (value: unknown): readonly unknown[] => {
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? ['next-year'] : [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'kind' && schemaOf.has(String(member)) ? [] : renamings(member).map((changed) => ({ ...value, [name]: changed })),
  );
};

const batch = { sub: 'log', epoch: 'epochAepochA', prev: 0, last: 14, entries };
const doesFit = (payload: unknown): boolean => {
  try {
    return parseHubMessage('entries', payload) !== null;
  } catch (error) {
    if (isFault(error, 'protocol/invalid')) return false;
    throw error;
  }
};
/** The batch with the entry of one kind changed. */
const withEntry = (kind: string, change: Readonly<Record<string, unknown>>) => ({
  ...batch,
  entries: entries.map((entry) => (entry.kind === kind ? { ...entry, ...change } : entry)),
});

/** What the entry of one kind is read as when something in it is changed; undefined where it is read as it came. */
const readingOf = (kind: string, change: Readonly<Record<string, unknown>>): unknown => {
  const message = parseHubMessage('entries', withEntry(kind, change));
  const lsn = entries.find((entry) => entry.kind === kind)?.lsn ?? 0;
  return message?.event === 'entries' ? message.payload.otherwise?.get(lsn) : 'no batch';
};

describe('entries of a hub that speaks a later minor version', () => {
  it('[VE3] a member that is not known is left in place', () => {
    for (const { kind } of entries) expect([kind, readingOf(kind, { novelty: { deep: [1] } })]).toEqual([kind, undefined]);
  });

  it.each(['weather', 'constructor', '__proto__'])('[VE4] an entry of the kind “%s” is left out', (kind) => {
    expect(readingOf('pulse', { kind })).toBeNull();
  });

  it('[VE5] a reading of a quality that is not known is bad and has no value; the readings beside it stay', () => {
    const good = { v: 50, q: 'good' };
    expect(readingOf('sensor', { readings: { temperature: { v: 21, q: 'excellent', why: 'new' }, humidity: good } })).toMatchObject({
      readings: { temperature: { v: null, q: 'bad', why: 'new' }, humidity: good },
    });
    expect(readingOf('value', { q: 'excellent' })).toMatchObject({ v: null, q: 'bad' });
  });

  it.each([
    ['device', { phase: 'rehearsed' }, { phase: 'unknown' }],
    ['alarm', { priority: 'P0' }, { priority: 'P1' }],
    ['interlock', { state: 'bypassed' }, { state: 'tripped' }],
  ])('[VE5] of a %s entry %j is read as %j', (kind, change, read) => {
    expect(readingOf(kind, change)).toMatchObject({ ...read, kind });
  });

  it('[VE5] holds no name that is not known once it was read, whichever it was', () => {
    const names = [...entries, ...more].flatMap((entry) => {
      const schema = schemaOf.get(entry.kind);
      if (schema === undefined) return [];
      const isNamed = (changed: unknown): boolean => /^must be (one of )?"/.test(findMisfit(schema, changed)?.message ?? '');
      return renamings(entry)
        .filter(isNamed)
        .map((changed) => ({ schema, changed: changed as ReceivedEntry }));
    });
    expect(names.length).toBeGreaterThan(10);
    for (const { schema, changed } of names) {
      const read = readEntry(changed);
      expect([changed, read === null ? null : findMisfit(schema, read)]).toEqual([changed, null]);
    }
  });

  it.each([
    ['alarm', { state: 'shelved' }],
    ['bundle', { mode: 'canary' }],
    ['node', { role: 'gardener' }],
    ['node', { state: 'resting' }],
  ])('[VE5] a %s entry with %j is left out', (kind, change) => {
    expect(readingOf(kind, change)).toBeNull();
  });
});

describe('what comes in from the hub', () => {
  it('entries of every kind that fit the schema are let in', () => {
    expect(() => createParse(EntryBatch, 'entries')(batch)).not.toThrow();
    expect(parseHubMessage('entries', batch)).toMatchObject({ event: 'entries', payload: { batch, otherwise: undefined } });
  });

  it.each([
    ['a number that is none', { ...batch, entries: [{ ...entries[0], lsn: 1.5 }] }],
    ['numbers out of order', { ...batch, entries: entries.toReversed() }],
    ['a number twice', { ...batch, entries: [entries[0], entries[0]] }],
    ['a number past the last', { ...batch, last: 12 }],
    ['a number before the first', { ...batch, prev: 1 }],
    ['a last before prev', { ...batch, prev: 15, entries: [] }],
    ['no list', { ...batch, entries: {} }],
    ['null for an entry', { ...batch, entries: [null] }],
    ['null for all of it', null],
    ['an entry without time', withEntry('pulse', { up: undefined })],
    ['a kind that is no text', withEntry('pulse', { kind: 5 })],
    ['a reading that is a text', withEntry('sensor', { readings: { temperature: { v: '21', q: 'good' } } })],
    ['a quality that is no text', withEntry('sensor', { readings: { temperature: { v: 21, q: 1 } } })],
    ['a reading that is no reading', withEntry('sensor', { readings: { temperature: null } })],
    ['a measurement of an ill name', withEntry('sensor', { readings: JSON.parse('{"__proto__":{"v":1,"q":"good"}}') as unknown })],
    ['a cause without a number', withEntry('device', { cause: { epoch: 'epochAepochA' } })],
    ['a term that is a text', withEntry('lease', { term: '3' })],
    ['a bundle without a hash', withEntry('bundle', { hash: undefined })],
  ])('batch with %s are not', (_, payload) => {
    expect(doesFit(payload)).toBe(false);
  });

  it('nothing that comes in ends the process', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), fc.jsonValue({ maxDepth: 4 }), (anything, json) => {
        expect(typeof doesFit(anything)).toBe('boolean');
        expect(typeof doesFit({ ...batch, entries: [json] })).toBe('boolean');
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'commit', ''])('nobody knows the event “%s”', (event) => {
    expect(parseHubMessage(event, {})).toBeNull();
  });
});
