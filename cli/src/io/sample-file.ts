import { closeSync, openSync, writeSync } from 'node:fs';
import { constants, zstdCompressSync } from 'node:zlib';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { toIsoText } from '@phloem/protocol';
import type { Sample } from '@phloem/backend/data-folder';

/** A file that samples are written to; until `finish` it is not complete. */
export type SampleFile = { write(samples: readonly Sample[]): void; finish(): void };

/** A file that is written from its beginning to its end. */
const openOutput = (path: string) => {
  const descriptor = openSync(path, 'w');
  return {
    append: (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    },
    close: (): void => closeSync(descriptor),
  };
};

/** A line for each sample: the time in UTC, the point, the value, which is empty where there is none, and the quality. */
export function openCsvFile(path: string): SampleFile {
  const output = openOutput(path);
  const encoder = new TextEncoder();
  output.append(encoder.encode('time,point,value,quality\r\n'));
  return {
    write: (samples) => {
      const lines = samples.map(({ at, point, v, q }) => `${toIsoText(at)},${point},${v ?? ''},${q}\r\n`);
      output.append(encoder.encode(lines.join('')));
    },
    finish: () => output.close(),
  };
}

const columns = [
  { name: 'root', num_children: 5 },
  { name: 'time', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
  { name: 'point', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'value', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  { name: 'quality', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'entry', type: 'INT64', repetition_type: 'REQUIRED' },
] as const;

/** So many rows make a row group; few of them are written late, so that groups do not become small. */
const rowGroup = 262_144;
const compress = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });

/** The same samples as Apache Parquet, compressed with zstd; `entry` is the number of the entry in the log. */
export function openParquetFile(path: string): SampleFile {
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [...columns],
    codec: 'ZSTD',
    compressors: { ZSTD: compress },
    createdBy: 'Phloem',
  });
  let waiting: Sample[] = [];
  const writeGroup = (): void => {
    if (waiting.length === 0) return;
    const columnData = [
      { name: 'time', data: waiting.map(({ at }) => new Date(at)), encoding: 'DELTA_BINARY_PACKED' as const },
      { name: 'point', data: waiting.map(({ point }) => point) },
      { name: 'value', data: waiting.map(({ v }) => v) },
      { name: 'quality', data: waiting.map(({ q }) => q) },
      { name: 'entry', data: waiting.map(({ lsn }) => BigInt(lsn)), encoding: 'DELTA_BINARY_PACKED' as const },
    ];
    void writer.write({ columnData, rowGroupSize: rowGroup });
    waiting = [];
  };
  return {
    write: (samples) => {
      for (const sample of samples) waiting.push(sample);
      if (waiting.length >= rowGroup) writeGroup();
    },
    finish: () => {
      writeGroup();
      void writer.finish();
    },
  };
}
