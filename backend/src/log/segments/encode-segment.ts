import type { StoredRow } from '../decode-rows.ts';
import { ByteWriter, toUtf8 } from './bytes.ts';
import { ColumnTable } from './column-table.ts';
import { encodeNumbers } from './number-column.ts';
import {
  offsetEvery,
  packSegment,
  packStream,
  segmentVersion,
  streamsBegin,
  type SegmentFooter,
  type SegmentTools,
  type StreamInfo,
} from './segment-format.ts';
import { toShape } from './shape.ts';

/** What one entry adds to the offset beside its text. */
export const entryOverhead = 64;

/**
 * Rows as a segment: the times, the shapes and the numbers in columns of their own, each row the same to the byte when it is read.
 * The rows must follow one another without a hole, in their numbers and their offsets.
 */
export function encodeSegment(rows: readonly StoredRow[], previous: string | null, tools: SegmentTools): Uint8Array<ArrayBuffer> {
  const [first, last] = [rows.at(0), rows.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a segment needs an entry');
  const table = new ColumnTable();
  const texts: string[] = [];
  const ids = new ByteWriter();
  const shaped = rows.map(({ body }) => toShape(body));
  const counts = new Map<string, number>();
  for (const { shape } of shaped) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  rows.forEach((row, index) => {
    const { shape, numbers } = shaped[index] ?? { shape: '', numbers: [] };
    // A shape that comes once costs more than its text, but readings are found by their columns alone.
    const known = (counts.get(shape) ?? 0) > 1 || shape.includes('"readings":') ? table.shape(shape) : null;
    if (known === null) texts.push(row.body);
    else table.add(known, numbers, row);
    ids.varint(known?.id ?? 0);
  });
  const streams: [string, Uint8Array][] = [
    ['up', encodeNumbers(Float64Array.from(rows, ({ up }) => up))],
    ['at', encodeTimes(rows)],
    ['shapes', ids.take()],
    ['shape-texts', toUtf8(table.shapes.join('\n'))],
    ['texts', toUtf8(texts.join('\n'))],
    ...table.streams(),
  ];
  if (texts.some((text) => text.includes('\n'))) throw new RangeError('a text of the log has more than one line');
  const infos: StreamInfo[] = [];
  const parts: Uint8Array[] = [];
  let at = streamsBegin;
  for (const [name, bytes] of streams) {
    const packed = packStream(bytes, tools);
    infos.push({ name, at, length: packed.length, size: bytes.length, checksum: tools.checksum(packed) });
    parts.push(packed);
    at += packed.length;
  }
  const footer: SegmentFooter = {
    version: segmentVersion,
    first: first.lsn,
    last: last.lsn,
    previous,
    offset: first.offset,
    endOffset: last.offset + entryOverhead + last.body.length,
    offsets: rows.filter((_, index) => index % offsetEvery === 0).map(({ offset }) => offset),
    fromAt: rows.reduce((least, { at: time }) => Math.min(least, time), table.fromAt),
    toAt: rows.reduce((most, { at: time }) => Math.max(most, time), table.toAt),
    lastAt: last.at,
    firstUp: first.up,
    lastUp: last.up,
    readings: table.readings,
    columns: table.columns(),
    groups: table.groups,
    streams: infos,
  };
  return packSegment(parts, footer, tools);
}

/** The wall clock and the uptime go on together: what is stored of it is how they differ, where both are whole. */
function encodeTimes(rows: readonly StoredRow[]): Uint8Array {
  const isWhole = rows.every(({ at, up }) => Number.isSafeInteger(at) && Number.isSafeInteger(up));
  const out = new ByteWriter();
  out.byte(isWhole ? 1 : 0);
  out.bytes(encodeNumbers(Float64Array.from(rows, ({ at, up }) => (isWhole ? at - up : at))));
  return out.take();
}
