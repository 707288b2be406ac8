import { describe, expect, it } from 'vitest';
import { parseRegisterAddress, toRegisterNumber, toWireAddress } from './register-address.ts';

describe('a register as people write it', () => {
  it.each([
    ['40012', { unit: null, table: 'holding', address: 11 }],
    ['h12', { unit: null, table: 'holding', address: 11 }],
    ['0x0B', { unit: null, table: 'holding', address: 11 }],
    ['3/40012', { unit: 3, table: 'holding', address: 11 }],
    ['u3 h12', { unit: 3, table: 'holding', address: 11 }],
    ['U3 / 40012', { unit: 3, table: 'holding', address: 11 }],
    ['  17/i0x0b ', { unit: 17, table: 'input', address: 11 }],
    ['30001', { unit: null, table: 'input', address: 0 }],
    ['00001', { unit: null, table: 'coil', address: 0 }],
    ['10016', { unit: null, table: 'discrete', address: 15 }],
    ['400012', { unit: null, table: 'holding', address: 11 }],
    ['465536', { unit: null, table: 'holding', address: 65_535 }],
    ['c1', { unit: null, table: 'coil', address: 0 }],
  ])('%s', (text, place) => {
    expect(parseRegisterAddress(text)).toEqual(place);
  });

  it.each([
    '',
    '12',
    '40000',
    'h0',
    '50012',
    '256/40012',
    '1000/40012',
    'h70000',
    '465537',
    '0x10000',
    'front/temperature',
    '3/',
    '3/3/40012',
  ])('%s is none', (text) => {
    expect(parseRegisterAddress(text)).toBeNull();
  });

  it('is written as vendors print it, and as it is on the wire', () => {
    expect([toRegisterNumber('holding', 11), toRegisterNumber('input', 0), toRegisterNumber('coil', 15)]).toEqual([
      '40012',
      '30001',
      '00016',
    ]);
    expect([toRegisterNumber('holding', 9998), toRegisterNumber('holding', 9999)]).toEqual(['49999', '410000']);
    expect(toWireAddress(11)).toBe('0x000B');
  });

  it('reads again what it writes', () => {
    for (const table of ['coil', 'discrete', 'holding', 'input'] as const) {
      for (const address of [0, 11, 9998, 9999, 65_535]) {
        expect(parseRegisterAddress(toRegisterNumber(table, address))).toEqual({ unit: null, table, address });
      }
    }
  });
});
