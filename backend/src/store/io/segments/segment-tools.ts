import { createHash } from 'node:crypto';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { SegmentTools } from '../../../log/segments/segment-format.ts';

const params = { [constants.ZSTD_c_compressionLevel]: 9 };

/** What a segment needs of this platform. */
export const segmentTools: SegmentTools = {
  compress: (bytes) => zstdCompressSync(bytes, { params }),
  decompress: (bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) }),
  checksum: (bytes) => crc32(bytes),
};

/** The hash by which the next segment names this one. */
export const toSegmentHash = (file: Uint8Array): string => createHash('sha256').update(file).digest('hex');
