import type { BridgeStatus } from '@phloem/bridge';
import { describe, expect, it } from 'vitest';
import { toInboundLine, toReportLines, toRequestsLine, toStatusLine } from './bridge-lines.ts';

const status = (parts: Partial<BridgeStatus>): BridgeStatus => ({
  phase: 'flowing',
  attempt: 1,
  position: null,
  behind: 0,
  behindMs: 0,
  error: null,
  counters: { records: 0, batches: 0, gaps: 0, epochs: 0, failures: 0 },
  ...parts,
});
const error = { code: 'bridge/fenced', message: 'another bridge writes to it' } as const;

describe('what a bridge says of itself', () => {
  it.each([
    [status({}), 'connected'],
    [status({ phase: 'resting', error }), 'not connected: another bridge writes to it; trying again'],
    [status({ phase: 'fenced', error }), 'stopped: another bridge writes to it. End the other one, then start this one again'],
    [status({ phase: 'closed' }), 'ended'],
  ])('%j', (is, line) => {
    expect(toStatusLine(is)).toBe(line);
  });
});

describe('what a bridge for requests says of itself', () => {
  const alive = { table: 'heartbeat', column: 'at', within: '15s' };
  const counters = { requests: 0, stale: 0, unreadable: 0, failures: 0 };
  const is = { phase: 'flowing', control: 'in control', error: null, endedBy: null, counters } as const;

  it('names the table in which it looks for a sign of life', () => {
    expect(toRequestsLine({ ...is, control: 'no sign of life' }, alive)).toBe(
      'no sign of life of the automation: heartbeat.at has no new time within 15s, so nothing is requested',
    );
  });

  it('counts the rows that it cannot read, and says why it does not read', () => {
    expect(toRequestsLine(is, alive)).toBe('in control');
    expect(toRequestsLine({ ...is, counters: { ...counters, unreadable: 1 } }, alive)).toBe('in control; cannot read the state in 1 row');
    expect(toRequestsLine({ ...is, error: { code: 'bridge/unreachable', message: 'no answer' } }, alive)).toBe(
      'not reading: no answer; trying again',
    );
  });
});

describe('[BR1] what the hub knows of a bridge that brings something', () => {
  const is = { id: 'foreign', direction: 'requests', state: 'flowing', automation: null, error: null } as const;
  const since = Date.UTC(2026, 10, 30, 14, 3, 27);

  it('names its direction, and whether the foreign automation lives', () => {
    expect(toInboundLine({ ...is, state: 'no-sign-of-life', automation: { code: 'no-sign-of-life', since } })).toMatch(
      /^foreign: takes requests; connected; the foreign automation shows no sign of life since 2026-11-30T14:03:27/,
    );
    expect(toInboundLine({ ...is, automation: { code: 'in-control', since } })).toContain('is in control since');
    expect(toInboundLine({ ...is, direction: 'readings' })).toBe('foreign: reads readings; connected');
  });

  it('shows that it does not run, and its last error', () => {
    const error = { code: 'bridge/unreachable', message: 'no answer' };
    expect(toInboundLine({ ...is, state: 'silent', error })).toBe('foreign: takes requests; does not run; no answer');
  });
});

describe('the report of a bridge', () => {
  const position = { ordinal: 1, epoch: 'epochAepochA', lsn: 40 };
  const report = { id: 'history', target: 'postgresql', direction: 'out', position, error: null, head: 50 } as const;

  it('says how far the target is behind the log', () => {
    expect(toReportLines(report)).toEqual([
      'history: postgresql holds everything up to entry 40 (epoch epochAepochA); the log ends at 50: 10 entries behind',
    ]);
  });

  it('counts one entry as one', () => {
    expect(toReportLines({ ...report, head: 41 })[0]).toContain('ends at 41: 1 entry behind');
  });

  it('does not call an empty target behind by the whole log', () => {
    expect(toReportLines({ ...report, position: null })).toEqual(['history: postgresql holds nothing yet; the log ends at 50']);
  });

  it('claims nothing where the hub or the target does not answer', () => {
    expect(toReportLines({ ...report, head: null })[0]).toContain('not known');
    expect(toReportLines({ ...report, error: 'no answer' })).toEqual(['history: postgresql cannot be asked: no answer']);
  });
});
