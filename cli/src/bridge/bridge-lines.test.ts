import type { BridgeStatus } from '@phloem/bridge';
import { describe, expect, it } from 'vitest';
import { toReportLines, toStatusLine } from './bridge-lines.ts';

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

describe('the report of a bridge', () => {
  const report = { id: 'history', target: 'postgresql', position: { ordinal: 1, epoch: 'epochAepochA', lsn: 40 }, error: null, head: 50 };

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
