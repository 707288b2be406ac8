/** One Modbus TCP message without its header: `body` begins with the unit. */
export type MbapFrame = { readonly transaction: number; readonly body: Uint8Array };

/** What a stretch of bytes holds: whole messages, the bytes that are left over, and what breaks the framing. */
export type MbapRead = { readonly frames: readonly MbapFrame[]; readonly rest: Uint8Array; readonly fault: string | null };

const headerLength = 6;
/** A body is unit and PDU: at least unit, function and one byte; at most 1 + 253. */
const minBody = 3;
const maxBody = 254;
const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/**
 * Cuts received bytes into messages. A protocol id other than 0, or a length that no answer can have, ends the
 * reading at once: what follows cannot be distinguished from data.
 */
export const readMbap = (pending: Uint8Array, received: Uint8Array): MbapRead => {
  const bytes = pending.length === 0 ? received : Uint8Array.from([...pending, ...received]);
  const frames: MbapFrame[] = [];
  let at = 0;
  while (bytes.length - at >= headerLength) {
    const protocol = word(bytes, at + 2);
    const length = word(bytes, at + 4);
    const fault =
      protocol !== 0 ? `protocol id ${protocol}` : length < minBody || length > maxBody ? `a message length of ${length}` : null;
    if (fault !== null) return { frames, rest: new Uint8Array(0), fault };
    const end = at + headerLength + length;
    if (bytes.length < end) break;
    frames.push({ transaction: word(bytes, at), body: bytes.slice(at + headerLength, end) });
    at = end;
  }
  return { frames, rest: bytes.slice(at), fault: null };
};

/** A message on the wire: header, then `body` (unit, function, data). */
export const encodeMbap = (transaction: number, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(headerLength + body.length);
  bytes[0] = transaction >> 8;
  bytes[1] = transaction & 0xff;
  bytes[4] = body.length >> 8;
  bytes[5] = body.length & 0xff;
  bytes.set(body, headerLength);
  return bytes;
};
