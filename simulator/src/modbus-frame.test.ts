import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, type RequestFrame, splitFrames } from './modbus-frame.ts';

const frame = (transaction: number, unit: number, ...pdu: number[]): RequestFrame => ({ transaction, unit, pdu: Uint8Array.from(pdu) });
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

const takeAll = (chunks: readonly Uint8Array[]) => {
  let held: Uint8Array = new Uint8Array();
  const frames: RequestFrame[] = [];
  for (const chunk of chunks) {
    const taken = splitFrames(held, chunk);
    held = taken.rest;
    frames.push(...taken.frames);
  }
  return { frames, held };
};

describe('frames on a stream', () => {
  it('are what the specification prints: transaction, protocol 0, length with the unit, unit, and what is said', () => {
    expect([...encodeFrame(frame(0x1501, 0xff, 0x03, 0x00, 0x04, 0x00, 0x01))]).toEqual([
      0x15, 0x01, 0, 0, 0, 6, 0xff, 0x03, 0x00, 0x04, 0x00, 0x01,
    ]);
  });

  it('come whole when they arrive one byte at a time', () => {
    const sent = [frame(1, 1, 4, 0, 0, 0, 6), frame(65_535, 12, 6, 0, 0, 3, 232)];
    const bytes = join(...sent.map(encodeFrame));
    const { frames, held } = takeAll([...bytes].map((byte) => Uint8Array.of(byte)));
    expect(frames).toEqual(sent);
    expect(held).toHaveLength(0);
  });

  it('come one by one when they arrive merged, and the beginning of the next is kept', () => {
    const sent = [frame(1, 1, 4, 0, 0, 0, 6), frame(2, 2, 4, 0, 0, 0, 2)];
    const next = encodeFrame(frame(3, 3, 4, 0, 0, 0, 2));
    const { frames, held } = takeAll([join(...sent.map(encodeFrame), next.slice(0, 9))]);
    expect(frames).toEqual(sent);
    expect(held).toEqual(next.slice(0, 9));
  });

  it('come the same however the stream is cut', () => {
    const anyFrame = fc
      .tuple(fc.nat(65_535), fc.nat(255), fc.uint8Array({ minLength: 1, maxLength: 253 }))
      .map(([transaction, unit, pdu]): RequestFrame => ({ transaction, unit, pdu: Uint8Array.from(pdu) }));
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = join(...sent.map(encodeFrame));
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1;
          chunks.push(bytes.slice(at, at + size));
          at += size;
        }
        expect(takeAll(chunks).frames).toEqual(sent);
      }),
      { seed: 20_260_104, numRuns: 200 },
    );
  });

  it.each([
    ['another protocol', [0, 1, 0, 1, 0, 6, 1]],
    ['a length that leaves no room for a function', [0, 1, 0, 0, 0, 1, 1]],
    ['a length of 0xFFFF', [0, 1, 0, 0, 0xff, 0xff, 1]],
  ])('cannot be followed after %s; what came before still counts', (_name, header) => {
    const good = frame(9, 1, 4, 0, 0, 0, 1);
    const taken = splitFrames(new Uint8Array(), join(encodeFrame(good), Uint8Array.from(header)));
    expect(taken.frames).toEqual([good]);
    expect(taken.isBroken).toBe(true);
  });
});
