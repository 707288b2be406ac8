import { createParse, Frames, isFault, type Entry } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHubMessage } from './parse-hub-message.ts';

const stamp = { at: 1_800_000_000_000, up: 5000 };
/** One of each kind, in order. */
const entries: readonly Entry[] = [
  {
    lsn: 1,
    ...stamp,
    kind: 'sensor',
    location: 'room',
    cluster: 'front',
    readings: { temperature: { v: 21.5, q: 'good' }, open: { v: true, q: 'good', t: 4 }, co2: { v: null, q: 'stale', why: 'overdue' } },
  },
  {
    lsn: 2,
    ...stamp,
    kind: 'device',
    device: 'room/heater',
    phase: 'wished',
    value: true,
    id: 'id-000001',
    by: 'hub',
    cause: { epoch: 'epochAepochA', lsn: 1 },
    term: 3,
    why: 'cold',
  },
  { lsn: 3, ...stamp, kind: 'value', name: 'vpd', v: 1.2, q: 'good', by: 'node:automation-1' },
  { lsn: 4, ...stamp, kind: 'pulse' },
  { lsn: 5, ...stamp, kind: 'site', hash: 'a'.repeat(64), revision: 1 },
  { lsn: 6, ...stamp, kind: 'bundle', scope: 'room', hash: 'b'.repeat(64), revision: 2, mode: 'live' },
  { lsn: 7, ...stamp, kind: 'override', device: 'room/heater', by: 'user:anna', value: false, reason: 'service', forMs: 60_000, until: 9 },
  { lsn: 8, ...stamp, kind: 'interlock', id: 'door', state: 'tripped' },
  { lsn: 9, ...stamp, kind: 'alarm', alarm: 'blind', state: 'active', priority: 'P2' },
  { lsn: 10, ...stamp, kind: 'lease', scope: 'room', term: 3, holder: null },
  { lsn: 11, ...stamp, kind: 'node', nodeId: 'automation-1', run: 'run-00000001', role: 'automation', state: 'joined' },
  { lsn: 12, ...stamp, kind: 'note', by: 'user:anna', about: 'room', text: '' },
  { lsn: 13, ...stamp, kind: 'gap', from: 1, to: 2, why: 'retention' },
  {
    lsn: 14,
    ...stamp,
    kind: 'offset',
    setpoint: 'room/climate/temp',
    by: 'user:anna',
    delta: 1.5,
    reason: 'warm',
    forMs: 60_000,
    until: 9,
  },
];
const frames = { sub: 'log', epoch: 'epochAepochA', prev: 0, last: 14, entries };
const doesFit = (payload: unknown): boolean => {
  try {
    return parseHubMessage('frames', payload) !== null;
  } catch (error) {
    if (isFault(error, 'protocol/invalid')) return false;
    throw error;
  }
};
/** The batch with the entry of one kind changed. */
const withEntry = (kind: string, change: Readonly<Record<string, unknown>>) => ({
  ...frames,
  entries: entries.map((entry) => (entry.kind === kind ? { ...entry, ...change } : entry)),
});

describe('what comes in from the hub', () => {
  it('entries of every kind that fit the schema are let in', () => {
    expect(() => createParse(Frames, 'frames')(frames)).not.toThrow();
    expect(parseHubMessage('frames', frames)).toMatchObject({ event: 'frames', payload: frames });
  });

  it.each([
    ['a number that is none', { ...frames, entries: [{ ...entries[0], lsn: 1.5 }] }],
    ['numbers out of order', { ...frames, entries: entries.toReversed() }],
    ['a number twice', { ...frames, entries: [entries[0], entries[0]] }],
    ['a number past the last', { ...frames, last: 12 }],
    ['a number before the first', { ...frames, prev: 1 }],
    ['a last before prev', { ...frames, prev: 15, entries: [] }],
    ['no list', { ...frames, entries: {} }],
    ['null for an entry', { ...frames, entries: [null] }],
    ['null for all of it', null],
    ['an entry without time', withEntry('pulse', { up: undefined })],
    ['a kind that nobody knows', withEntry('pulse', { kind: 'constructor' })],
    ['a reading that is a text', withEntry('sensor', { readings: { temperature: { v: '21', q: 'good' } } })],
    ['a quality that nobody knows', withEntry('sensor', { readings: { temperature: { v: 21, q: 'fine' } } })],
    ['a reading that is no reading', withEntry('sensor', { readings: { temperature: null } })],
    ['a measurement of an ill name', withEntry('sensor', { readings: JSON.parse('{"__proto__":{"v":1,"q":"good"}}') as unknown })],
    ['a cause without a number', withEntry('device', { cause: { epoch: 'epochAepochA' } })],
    ['a term that is a text', withEntry('lease', { term: '3' })],
    ['a bundle without a hash', withEntry('bundle', { hash: undefined })],
  ])('frames with %s are not', (_, payload) => {
    expect(doesFit(payload)).toBe(false);
  });

  it('nothing that comes in ends the process', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), fc.jsonValue({ maxDepth: 4 }), (anything, json) => {
        expect(typeof doesFit(anything)).toBe('boolean');
        expect(typeof doesFit({ ...frames, entries: [json] })).toBe('boolean');
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'commit', ''])('nobody knows the event “%s”', (event) => {
    expect(parseHubMessage(event, {})).toBeNull();
  });
});
