import { describe, expect, it } from 'vitest';
import { toMarkedBytes } from './marked-bytes.ts';

const marked = (received: string, before?: string): string =>
  toMarkedBytes(received, before)
    .map(({ hex, isChanged }) => (isChanged ? `[${hex}]` : hex))
    .join(' ');

describe('the bytes of an answer', () => {
  it('are marked where they changed, over TCP', () => {
    const before = '00 01 00 00 00 07 03 03 04 41 C8 66 66';
    expect(marked('00 02 00 00 00 07 03 03 04 41 C8 66 70', before)).toBe('00 02 00 00 00 07 03 03 04 41 C8 66 [70]');
    expect(marked('00 02 00 00 00 07 03 03 04 41 C8 66 66', before)).not.toContain('[');
  });

  it('are marked where they changed, over RTU; its checksum is not', () => {
    expect(marked('03 03 02 00 0B 80 41', '03 03 02 00 0A 41 81')).toBe('03 03 02 00 [0B] 80 41');
  });

  it('are not marked when there was none before, or one of another length', () => {
    expect(marked('03 03 02 00 0B 80 41')).not.toContain('[');
    expect(marked('03 83 02 61 31', '03 03 02 00 0A 41 81')).not.toContain('[');
    expect(toMarkedBytes('', '03')).toEqual([]);
  });
});
