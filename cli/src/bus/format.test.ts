import { type BusReadAnswer, type BusTransaction, createClockText, type RegisterAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createFakeBusDiagnostics, toFakeTransaction } from '@phloem/backend/testing';
import { formatHealth, toOkShare } from './format-health.ts';
import { formatRead } from './format-read.ts';
import { formatTransaction, inBrackets } from './format-transaction.ts';

const answer: BusReadAnswer = {
  bus: 'line',
  outcome: 'answered',
  why: null,
  exception: null,
  values: [0x41c8, 0x6666],
  sent: '00 01 00 00 00 06 03 03 00 0B 00 02',
  received: '00 01 00 00 00 07 03 03 04 41 C8 66 66',
  tookMs: 12,
  totalMs: 15,
  answerTimeoutMs: 500,
  load: 0.031,
};
const request = { unit: 3, function: 3, address: 11, count: 2 } as const;

describe('a manual read, as it is shown', () => {
  it('names the registers as vendors do and as they are on the wire, with all decodings side by side', () => {
    const text = formatRead(request, answer, []);
    expect(text).toContain('unit 3 of line, holding registers 40012 to 40013 (address 11 to 12, 0x000B to 0x000C)');
    expect(text).toContain('received  00 01 00 00 00 07 03 03 04 41 C8 66 66');
    expect(text).toMatch(/40012 +0x000B +41C8 +16840 +16840 +0100 0001 1100 1000 +A\./);
    expect(text).toMatch(/40012 +f32 +25\.05 +2\.72e\+23 /);
    expect(text).toContain('12 ms on the line, 3 ms in the queue; the bus line is busy 3.1 % of the time');
  });

  it('says in words why nothing came', () => {
    const why = '02: this unit has no register 40012; most often off by one (40001 is address 0)';
    const text = formatRead({ ...request, count: 1 }, { ...answer, outcome: 'exception', exception: 2, values: [], why }, []);
    expect(text).toContain(`refused, ${why}`);
    expect(text).not.toContain('u16');
  });

  it('shows what the site calls the values of its registers', () => {
    const mode = {
      id: 'house/unit/mode',
      kind: 'point',
      title: 'Mode',
      bus: 'line',
      unit: 3,
      function: 3,
      address: 12,
      count: 1,
      type: 'u8',
      wordOrder: 'ABCD',
      field: { mask: 0xff, shift: 0 },
      scale: 1,
      offset: 0,
      names: { off: 0, heat: 4 },
      quantity: 'number',
      decimals: 0,
      intervalMs: 1000,
    } as const;
    const read = (word: number, place: RegisterAnswer = mode): string => formatRead(request, { ...answer, values: [0, word] }, [place]);
    expect(read(0x0104)).toMatch(/40013 +house\/unit\/mode +heat \(4\)/);
    expect(read(0x0107)).toMatch(/house\/unit\/mode +7, which has no name/);
    expect(read(0x0104, { ...mode, unit: 4 })).not.toContain('heat');
    expect(read(0x0104, { ...mode, address: 13 })).not.toContain('heat');
  });

  it('shows bits as bits', () => {
    const text = formatRead({ unit: 3, function: 1, address: 0, count: 2 }, { ...answer, values: [1, 0] }, []);
    expect(text).toMatch(/00001 +0x0000 +1 {2}on/);
    expect(text).toMatch(/00002 +0x0001 +0 {2}off/);
  });
});

const marks = { mark: inBrackets, toClock: createClockText('Europe/Vienna') };

describe('a transaction, as it is shown', () => {
  it('marks the bytes that changed', () => {
    const text = formatTransaction(toFakeTransaction(1), '03 03 04 41 C8 66 00 00 00', marks);
    expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} CES?T {2}unit 3 /);
    expect(text).toMatch(/unit 3 {2}poll +read holding registers 40012 to 40013 {2}12 ms/);
    expect(text).toContain('← 03 03 04 41 C8 66 [66] 00 00');
  });

  it.each<[Partial<BusTransaction>, RegExp]>([
    [{ outcome: 'timeout', why: 'no answer within the deadline', received: '' }, /timeout: no answer within the deadline/],
    [{ outcome: 'unsolicited', why: 'bytes that match no request' }, /unsolicited: bytes that match no request/],
    [
      { outcome: 'unsent', why: 'unit 3 does not answer', tookMs: null, sent: '', received: '' },
      /not sent\n +unsent: unit 3 does not answer/,
    ],
  ])('says what was wrong: %o', (change, says) => {
    expect(formatTransaction(toFakeTransaction(1, change), undefined, marks)).toMatch(says);
  });
});

describe('the health of a bus, as it is shown', () => {
  const unit = {
    unit: 3,
    requests: 200,
    timeouts: 1,
    mismatches: 1,
    checksums: 1,
    exceptions: 0,
    unsent: 0,
    p50: 11,
    p95: 14.25,
    silentMs: 0,
    gapMs: 0,
    isGapLearned: false,
    holes: [],
    advice: [],
    names: ['probe'],
  };

  it('[FB13] is a line for each unit', () => {
    const [bus] = createFakeBusDiagnostics().health();
    const text = bus === undefined ? '' : formatHealth([{ ...bus, units: [unit, { ...unit, unit: 4, silentMs: 61_000, names: [] }] }]);
    expect(text).toContain('bus line: up, Modbus TCP 127.0.0.1:502');
    expect(text).toMatch(/3 +probe +99\.0 % +200 +11\.0 +14\.3 +1 +1 +0 +0 +0/);
    expect(text).toMatch(/4 +\(not in the site\) .*silent for 61 s/);
  });

  it('has no share of what was never asked', () => {
    expect(toOkShare({ ...unit, requests: 0 })).toBe('–');
  });
});
