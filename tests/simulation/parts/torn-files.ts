import type { Random } from '../engine/random.ts';

const sector = 512;
const page = 4096;

/** What a power cut can leave of bytes that were written and not synced. */
const ways = ['dropped', 'cut at a byte', 'zeros from a byte on', 'some sectors', 'all there'] as const;

/**
 * The write-ahead log as it is found after a power cut: `synced` for certain, and of where `written` differs from it
 * what the disk happened to have. The size of a file may be there before its content: then there are zeros.
 */
export const cutLog = (synced: Buffer, written: Buffer, random: Random): Buffer => {
  const way = random.pick(ways);
  if (way === 'dropped') return synced;
  if (way === 'all there') return written;
  const from = firstDifference(synced, written);
  const at = from + Math.floor(random.next() * (written.length - from + 1));
  const found = Buffer.alloc(Math.max(synced.length, way === 'cut at a byte' ? at : written.length));
  synced.copy(found);
  if (way !== 'some sectors') {
    written.copy(found, from, from, at);
    return found;
  }
  for (let begin = from - (from % sector); begin < written.length; begin += sector) {
    if (random.chance(0.6)) written.copy(found, begin, begin, Math.min(begin + sector, written.length));
  }
  return found;
};

/** The database in the middle of a checkpoint: each page as it was, or as it will be. */
export const mixPages = (before: Buffer, after: Buffer, random: Random): Buffer => {
  const found = Buffer.from(after);
  for (let begin = 0; begin < before.length; begin += page) {
    if (random.chance(0.5)) before.copy(found, begin, begin, Math.min(begin + page, before.length));
  }
  return found;
};

const firstDifference = (a: Buffer, b: Buffer): number => {
  const length = Math.min(a.length, b.length);
  if (a.compare(b, 0, length, 0, length) === 0) return length;
  let at = 0;
  while (a[at] === b[at]) at += 1;
  return at;
};
