import type { BusHealthAnswer, BusReadAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { parseUnits, toCostText, toFound, toPause, toSummary } from './scan-plan.ts';

const answer = (change: Partial<BusReadAnswer>): BusReadAnswer => ({
  bus: 'line',
  outcome: 'answered',
  why: null,
  exception: null,
  values: [0xfff6],
  sent: '',
  received: '',
  tookMs: 12,
  totalMs: 12,
  answerTimeoutMs: 500,
  load: 0.1,
  ...change,
});
const bus: BusHealthAnswer = {
  bus: 'line',
  transport: 'RTU /dev/ttyUSB0, 9600 baud, parity none',
  line: { baudRate: 9600, parity: 'none' },
  state: 'up',
  load: 0.123,
  scanLoad: 0,
  queue: 0,
  reconnects: 0,
  checksums: 0,
  lates: 0,
  mismatches: 0,
  skipped: 0,
  cycleMs: 12,
  intervalMs: 1000,
  answerTimeoutMs: 500,
  units: [],
};

describe('which units a person means', () => {
  it('takes ranges and single ones, each once', () => {
    expect(parseUnits('1-3, 20,2')).toEqual([1, 2, 3, 20]);
    expect(parseUnits('0-255')).toHaveLength(256);
  });
  it.each(['', '256', '5-3', 'a', '1,,2'])('says that "%s" are none', (text) => {
    expect(() => parseUnits(text)).toThrow(/is not a list of units/);
  });
});

describe('a scan', () => {
  it('says before it runs what it will cost', () => {
    const text = toCostText(bus, parseUnits('1-10'), 0.5);
    expect(text).toContain('scans 10 units of line (RTU /dev/ttyUSB0, 9600 baud, parity none)');
    // A serial line is left alone for twice as long again after each answer that did not come.
    expect(text).toContain('blocks the line for 1500 ms');
    expect(text).toContain('at most 50 % of the line: up to 30 s');
    expect(toCostText({ ...bus, transport: 'Modbus TCP 10.0.0.7:502', line: null }, [1], 0.5)).toContain('blocks the line for 500 ms');
    expect(text).toContain('busy 12.3 % of the time');
  });

  it('takes no more than its share: it waits as long as it took, for a half', () => {
    expect(toPause(500, 0.5)).toBe(500);
    expect(toPause(500, 0.25)).toBe(1500);
    expect(toPause(500, 1)).toBe(0);
  });

  it('finds who answers, who refuses, and who is not alone; nobody where nothing comes', () => {
    expect(toFound(3, answer({}), ['probe'])).toMatchObject({ unit: 3, words: /holds 65526 \(signed -10\)/, names: ['probe'] });
    expect(toFound(3, answer({ outcome: 'exception', exception: 2, values: [] }), [])).toMatchObject({
      words: /is present; refuses 40001 \(02\)/,
    });
    expect(toFound(3, answer({ outcome: 'mismatch', why: 'a wrong checksum', values: [] }), [])).toMatchObject({
      words: /two units with one address/,
    });
    expect(toFound(3, answer({ outcome: 'timeout', values: [] }), [])).toBeNull();
    // At another speed than its own everything that a line says is noise.
    expect(
      toFound(3, answer({ outcome: 'mismatch', why: 'a wrong checksum', values: [] }), [], { baudRate: 4800, parity: 'none' }),
    ).toBeNull();
    expect(toFound(3, answer({ outcome: 'exception', exception: 0x0b, values: [] }), [])).toBeNull();
  });

  it('says in the end how far it came', () => {
    expect(toSummary([], 10, 10, 4.2)).toBe('nobody found at 10 of 10 addresses in 4 s');
    expect(toSummary([{ unit: 1, line: null, words: '', tookMs: 1, names: [] }], 3, 10, 4.2)).toBe(
      '1 unit found at 3 of 10 addresses in 4 s; it was stopped before the rest',
    );
  });
});
