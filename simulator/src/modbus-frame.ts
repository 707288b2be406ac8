/** One request as it stood on the wire, without its header. */
export type RequestFrame = { readonly transaction: number; readonly unit: number; readonly pdu: Uint8Array };

/** What came of a chunk of bytes: whole frames, what is left of the next, and whether the stream can still be followed. */
export type SplitFrames = { readonly frames: readonly RequestFrame[]; readonly rest: Uint8Array; readonly isBroken: boolean };

/**
 * Cuts a stream of bytes into frames, however the network has split or merged them.
 *
 * The stream is broken by a protocol other than 0 or by a length that no frame can have: from there on nobody can say
 * where the next frame begins. (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3.)
 */
export const splitFrames = (held: Uint8Array, chunk: Uint8Array): SplitFrames => {
  const bytes = held.length === 0 ? chunk : concat(held, chunk);
  const frames: RequestFrame[] = [];
  let at = 0;
  while (bytes.length - at >= headerBytes) {
    const header = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes);
    const length = header.getUint16(4);
    if (header.getUint16(2) !== 0 || length < 2 || length > longestLength) return { frames, rest: new Uint8Array(), isBroken: true };
    const end = at + 6 + length;
    if (end > bytes.length) break;
    frames.push({ transaction: header.getUint16(0), unit: header.getUint8(6), pdu: bytes.slice(at + headerBytes, end) });
    at = end;
  }
  return { frames, rest: bytes.slice(at), isBroken: false };
};

/** The bytes of a frame: header, unit, and what is said. */
export const encodeFrame = ({ transaction, unit, pdu }: RequestFrame): Uint8Array => {
  const bytes = new Uint8Array(headerBytes + pdu.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, transaction);
  view.setUint16(4, pdu.length + 1);
  view.setUint8(6, unit);
  bytes.set(pdu, headerBytes);
  return bytes;
};

const headerBytes = 7;
/** The unit and 253 bytes of what is said. */
const longestLength = 254;

const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};
