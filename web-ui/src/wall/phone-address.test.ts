import qr from 'qr';
import decode from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { isReachable, noCodesText, toCodePath, toRoomAddress } from './phone-address.ts';

describe('a room on a phone', () => {
  it.each(['localhost', '127.0.0.1', '127.0.1.1', '[::1]'])('%s is reached by nobody else', (host) =>
    expect(isReachable(host)).toBe(false),
  );
  it.each(['grow.example', '192.168.1.20', '127.example', '[fe80::1]'])('%s may be', (host) => expect(isReachable(host)).toBe(true));

  it('is opened by a code that says its address, and nothing that lets anybody in', () => {
    const address = toRoomAddress('https://grow.example:8443', 'flower_room');
    expect(address).toBe('https://grow.example:8443/room/flower_room');
    const rows = qr(address, 'raw', { border: 4 });
    const scale = 4;
    const size = rows.length * scale;
    const data = new Uint8ClampedArray(size * size * 4).fill(255);
    // As it is drawn: a square of the path for each dark module.
    for (const [, x, y] of toCodePath(rows).matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
      for (let row = 0; row < scale; row += 1) {
        const first = ((Number(y) * scale + row) * size + Number(x) * scale) * 4;
        for (let column = 0; column < scale; column += 1) data.fill(0, first + column * 4, first + column * 4 + 3);
      }
    }
    expect(decode({ width: size, height: size, data })).toBe(address);
  });

  it('is not offered where no phone gets to, with what to do about it', () => {
    expect(noCodesText('127.0.0.1:8420')).toMatch(/^No codes for phones: .*127\.0\.0\.1:8420.* Start the hub with --public-url/);
  });
});
