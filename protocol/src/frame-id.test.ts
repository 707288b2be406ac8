import { describe, expect, it } from 'vitest';
import { toFrameId } from './frame-id.ts';

describe('frame ids', () => {
  const bundle = 'ab'.repeat(32);
  const id = toFrameId(bundle, 'flower_room/heater', 'abcdefghijkl', 88_214, 0);

  it('[CO1] is the same for the same cause, and another for any other', () => {
    expect(toFrameId(bundle, 'flower_room/heater', 'abcdefghijkl', 88_214, 0)).toBe(id);
    const others = [
      toFrameId('cd'.repeat(32), 'flower_room/heater', 'abcdefghijkl', 88_214, 0),
      toFrameId(bundle, 'flower_room/heater_2', 'abcdefghijkl', 88_214, 0),
      toFrameId(bundle, 'flower_room/heater', 'abcdefghijkm', 88_214, 0),
      toFrameId(bundle, 'flower_room/heater', 'abcdefghijkl', 88_215, 0),
      toFrameId(bundle, 'flower_room/heater', 'abcdefghijkl', 88_214, 1),
    ];
    expect(new Set([id, ...others]).size).toBe(6);
  });

  it('stays within the length that a frame allows', () => {
    const word = 'a'.repeat(63);
    expect(toFrameId(bundle, `${word}/${word}`, 'abcdefghijkl', Number.MAX_SAFE_INTEGER, 99).length).toBeLessThanOrEqual(160);
  });
});
