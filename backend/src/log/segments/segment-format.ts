import type { Lsn } from '@phloem/protocol';
import { fromUtf8, toUtf8 } from './bytes.ts';

/** The version of the file format. A change of it raises the number; older segments stay readable. */
export const segmentVersion = 1;

/** The functions of the platform that a segment needs. */
export type SegmentTools = {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /** Throws when the bytes are not compressed, or longer than `size`. */
  readonly decompress: (bytes: Uint8Array, size: number) => Uint8Array;
  readonly checksum: (bytes: Uint8Array) => number;
};

/** Every so many entries the footer has an offset. */
export const offsetEvery = 1024;

/** A compressed part of the file. */
export type StreamInfo = {
  readonly name: string;
  readonly at: number;
  readonly length: number;
  readonly size: number;
  readonly checksum: number;
};

/** What a segment says of itself, at the end of its file. */
export type SegmentFooter = {
  readonly version: number;
  readonly first: Lsn;
  readonly last: Lsn;
  /** The SHA-256 of the segment before it; null for the first. */
  readonly previous: string | null;
  /** Where the text of its first entry begins in the log, and where the text after its last one does. */
  readonly offset: number;
  readonly endOffset: number;
  /** The offset of every 1024th entry, so that one in the middle is found without those before it. */
  readonly offsets: readonly number[];
  /** Times of its entries and of their readings, smallest and largest. */
  readonly fromAt: number;
  readonly toAt: number;
  readonly lastAt: number;
  readonly firstUp: number;
  readonly lastUp: number;
  readonly readings: number;
  /** The columns: of which group, with how many numbers, and how many bytes they take in the stream of the group. */
  readonly columns: readonly (readonly [group: number, path: string, count: number, bytes: number])[];
  readonly groups: readonly string[];
  readonly streams: readonly StreamInfo[];
};

/** A segment that is not as it was written. */
export class SegmentDamage extends Error {}

const magic = toUtf8('PHLOEM01');
const tailBytes = 8 + magic.length;

/** A whole file from its streams, which follow one another after the first eight bytes. */
export function packSegment(streams: readonly Uint8Array[], footer: SegmentFooter, tools: SegmentTools): Uint8Array<ArrayBuffer> {
  const text = toUtf8(JSON.stringify(footer));
  const packed = tools.compress(text);
  const tail = new Uint8Array(12 + magic.length);
  const view = new DataView(tail.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, packed.length, true);
  view.setUint32(8, tools.checksum(packed), true);
  tail.set(magic, 12);
  const parts = [magic, ...streams, packed, tail];
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** Where the first stream begins. */
export const streamsBegin = magic.length;

/** Reads the footer of a file. Throws `SegmentDamage` when it is not whole, or of a newer version. */
export function readFooter(file: Uint8Array, tools: SegmentTools): SegmentFooter {
  const tail = file.subarray(-(tailBytes + 4));
  if (tail.length < tailBytes + 4 || !isEqual(tail.subarray(12), magic)) throw new SegmentDamage('the file has no end');
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  const [size, length, checksum] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
  const end = file.length - tail.length;
  const packed = file.subarray(Math.max(0, end - length), end);
  if (packed.length !== length || tools.checksum(packed) !== checksum) throw new SegmentDamage('its index is damaged');
  const footer = JSON.parse(fromUtf8(unpack(packed, size, tools))) as SegmentFooter;
  if (footer.version > segmentVersion) throw new SegmentDamage(`it has format ${footer.version}, which is newer than this program`);
  return footer;
}

/** Fewer bytes are not worth a compressor. */
const leastCompressed = 64;

/** A stream as it is stored: as it is where that is not longer. */
export function packStream(bytes: Uint8Array, { compress }: SegmentTools): Uint8Array {
  const packed = bytes.length < leastCompressed ? bytes : compress(bytes);
  return packed.length < bytes.length ? packed : bytes;
}

/** The content of a stream. Throws `SegmentDamage` when it is not as it was written. */
export function readStream(file: Uint8Array, { name, at, length, size, checksum }: StreamInfo, tools: SegmentTools): Uint8Array {
  const packed = file.subarray(at, at + length);
  if (packed.length !== length || tools.checksum(packed) !== checksum) throw new SegmentDamage(`its part ${name} is damaged`);
  return length === size ? packed : unpack(packed, size, tools);
}

function unpack(packed: Uint8Array, size: number, tools: SegmentTools): Uint8Array {
  const bytes = tools.decompress(packed, size);
  if (bytes.length !== size) throw new SegmentDamage('a part has another size than it had');
  return bytes;
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, index) => byte === b[index]);
