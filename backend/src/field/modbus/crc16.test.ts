import { describe, expect, it } from 'vitest';
import { crc16, withCrc } from './crc16.ts';

describe('the checksum of RTU', () => {
  // CRC-16/MODBUS of "123456789" is 0x4B37 (the check value of the catalogue of CRC algorithms, reveng.sourceforge.io).
  it('is that of the catalogue for its check string', () => {
    expect(crc16(new TextEncoder().encode('123456789'))).toBe(0x4b37);
  });

  it('goes low byte first', () => {
    expect(Array.from(withCrc(new TextEncoder().encode('123456789')).slice(-2))).toEqual([0x37, 0x4b]);
  });
});
