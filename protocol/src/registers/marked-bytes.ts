/** One byte of an answer, and whether it differs from the same byte of the answer before. */
export type MarkedByte = { readonly hex: string; readonly isChanged: boolean };

/** Of Modbus TCP the header has the length of the rest in it, and 0 for its protocol. */
const hasHeader = (bytes: readonly string[]): boolean =>
  bytes.length > 8 && bytes[2] === '00' && bytes[3] === '00' && Number.parseInt(`${bytes[4]}${bytes[5]}`, 16) === bytes.length - 6;

/**
 * The bytes of an answer with those marked that changed since the answer before to the same request. Only what the
 * unit said is compared: transaction ids and checksums differ every time.
 */
export const toMarkedBytes = (received: string, before: string | undefined): readonly MarkedByte[] => {
  const bytes = received === '' ? [] : received.split(' ');
  const old = before === undefined || before === '' ? null : before.split(' ');
  const [from, to] = hasHeader(bytes) ? [7, bytes.length] : [1, bytes.length - 2];
  const isComparable = old !== null && old.length === bytes.length;
  return bytes.map((hex, index) => ({ hex, isChanged: isComparable && index >= from && index < to && old[index] !== hex }));
};
