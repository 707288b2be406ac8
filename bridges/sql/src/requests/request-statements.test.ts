import { describe, expect, it } from 'vitest';
import { toRequests, type RequestsMapping } from './request-statements.ts';

const mapping: RequestsMapping = {
  table: 'device_state',
  device: 'dry/{device}',
  value: 'state',
  changed: { column: 'updated_at', zone: 'UTC' },
  alive: { table: 'heartbeat', column: 'at', zone: 'UTC' },
};
const noon = Date.UTC(2026, 10, 30, 12);
const minutes = (n: number): number => n * 60_000;
const row = (device: string, state: unknown, agoMs: number, now = noon) => ({
  c0: device,
  c1: state,
  changed: new Date(noon - agoMs).toISOString(),
  database_now: now,
});
const maxAgeMs = minutes(10);

describe('the rows of a table of requests', () => {
  it('ask for device states', () => {
    const { requests, stale } = toRequests(mapping, [row('fan', 'on', 0), row('pump', 'off', minutes(11))], maxAgeMs);
    expect(requests).toMatchObject([{ device: 'dry/fan', value: true }]);
    expect(stale.size).toBe(1);
  });

  it('stay stale when the clock of the database is set back', () => {
    const old = toRequests(mapping, [row('pump', 'on', minutes(11))], maxAgeMs);
    const back = [row('pump', 'on', minutes(11), noon - minutes(5))];
    expect(toRequests(mapping, back, maxAgeMs, old.stale).requests).toEqual([]);
    const written = [row('pump', 'on', minutes(5), noon - minutes(5))];
    expect(toRequests(mapping, written, maxAgeMs, old.stale).requests).toHaveLength(1);
  });

  it('are stale where they are of the future, as after a clock was set back', () => {
    expect(toRequests(mapping, [row('pump', 'on', -minutes(1))], maxAgeMs)).toMatchObject({ requests: [] });
    expect(toRequests(mapping, [row('pump', 'on', -4000)], maxAgeMs).requests).toHaveLength(1);
  });

  it('ask for nothing where two are of the same device, which would switch it at each look', () => {
    const { requests, unreadable } = toRequests(mapping, [row('fan', 'on', 1), row('fan', 'off', 0), row('pump', 'on', 0)], maxAgeMs);
    expect(requests).toMatchObject([{ device: 'dry/pump' }]);
    expect(unreadable).toEqual(['dry/fan has 2 rows']);
  });
});
