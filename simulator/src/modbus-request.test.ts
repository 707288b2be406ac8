import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeReadAnswer, encodeWriteAnswer, parseRequest } from './modbus-request.ts';

const parse = (...pdu: number[]) => parseRequest(Uint8Array.from(pdu));

describe('a request', () => {
  it.each([
    ['coils', 1, 'coil'],
    ['discrete inputs', 2, 'discrete'],
    ['holding registers', 3, 'holding'],
    ['input registers', 4, 'input'],
  ])('to read %s is understood', (_name, code, table) => {
    expect(parse(code, 0x01, 0x02, 0, 7)).toEqual({ kind: 'read', code, table, address: 0x0102, count: 7 });
  });

  it('to write one coil or register is understood', () => {
    expect(parse(5, 0, 2, 0xff, 0)).toEqual({ kind: 'write', code: 5, table: 'coil', address: 2, values: [1] });
    expect(parse(5, 0, 2, 0, 0)).toEqual({ kind: 'write', code: 5, table: 'coil', address: 2, values: [0] });
    expect(parse(6, 0, 0, 3, 232)).toEqual({ kind: 'write', code: 6, table: 'holding', address: 0, values: [1000] });
  });

  it('to write several is understood: the example of the specification, ten coils from 20', () => {
    expect(parse(15, 0, 0x13, 0, 0x0a, 2, 0xcd, 0x01)).toEqual({
      kind: 'write',
      code: 15,
      table: 'coil',
      address: 0x13,
      values: [1, 0, 1, 1, 0, 0, 1, 1, 1, 0],
    });
    expect(parse(16, 0, 1, 0, 2, 4, 0, 0x0a, 0x01, 0x02)).toEqual({
      kind: 'write',
      code: 16,
      table: 'holding',
      address: 1,
      values: [10, 0x0102],
    });
  });

  it.each([
    ['an unknown function', [7], 1],
    ['nothing at all', [], 1],
    ['2001 coils', [1, 0, 0, 0x07, 0xd1], 3],
    ['126 registers', [3, 0, 0, 0, 126], 3],
    ['no registers', [4, 0, 0, 0, 0], 3],
    ['a coil that is told 1 and not 0xFF00', [5, 0, 0, 0, 1], 3],
    ['a byte count that is not that of its words', [16, 0, 0, 0, 2, 3, 0, 1, 0], 3],
    ['words that are cut short', [16, 0, 0, 0, 2, 4, 0, 1, 0], 3],
    ['1969 coils to write', [15, 0, 0, 0x07, 0xb1, 247], 3],
    ['124 registers to write', [16, 0, 0, 0, 124, 248], 3],
    ['a read that is too long', [3, 0, 0, 0, 1, 0], 3],
    ['addresses past 65535', [3, 0xff, 0xff, 0, 2], 2],
  ])('with %s is refused', (_name, pdu, code) => {
    expect(parse(...pdu)).toEqual({ kind: 'exception', code });
  });

  it('of any bytes is understood or refused, never more than that', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 253 }), (pdu) => {
        expect(['read', 'write', 'exception']).toContain(parseRequest(Uint8Array.from(pdu)).kind);
      }),
      { seed: 20_260_105, numRuns: 500 },
    );
  });
});

describe('an answer', () => {
  it('packs bits from the lowest of each byte', () => {
    expect([...encodeReadAnswer(1, 'coil', [1, 0, 1, 1, 0, 0, 1, 1, 1, 0])]).toEqual([1, 2, 0xcd, 0x01]);
  });

  it('packs words high byte first', () => {
    expect([...encodeReadAnswer(4, 'input', [0x1234, 0xff9c])]).toEqual([4, 4, 0x12, 0x34, 0xff, 0x9c]);
  });

  it('to one write echoes it, to several says how many', () => {
    expect([...encodeWriteAnswer({ kind: 'write', code: 5, table: 'coil', address: 2, values: [1] })]).toEqual([5, 0, 2, 0xff, 0]);
    expect([...encodeWriteAnswer({ kind: 'write', code: 6, table: 'holding', address: 0, values: [1000] })]).toEqual([6, 0, 0, 3, 232]);
    expect([...encodeWriteAnswer({ kind: 'write', code: 15, table: 'coil', address: 0, values: [1, 0, 1] })]).toEqual([15, 0, 0, 0, 3]);
  });
});
