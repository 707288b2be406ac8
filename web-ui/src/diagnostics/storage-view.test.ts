import type { StorageAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toBytesText, toStorageView } from './storage-view.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 30, 14, 3, 27);
const storage: StorageAnswer = {
  since: now - 18 * day - 3 * 3_600_000,
  logBytes: 512e6,
  historyBytes: 48.2e6,
  bytesPerDay: 31e6,
  keepMs: 35 * day,
  keepBytes: 8e9,
  freeBytes: 12.4e9,
  fullInMs: null,
};
const view = (parts: Partial<StorageAnswer> = {}) => toStorageView({ ...storage, ...parts }, createSiteTime('UTC'), now);

describe('the page of the storage', () => {
  it('says how far back the data go, and what they take', () => {
    expect(view()).toEqual({
      glyph: 'ok',
      forecast: 'The disk does not fill up: the hub removes old readings before.',
      advice: '',
      figures: [
        ['Every reading since', '12 Nov 11:03 (18 d 3 h)'],
        ['Every reading is kept for', '35 d 0 h, or up to 8.0 GB'],
        ['Log', '512 MB'],
        ['Minute and hour values', '48 MB'],
        ['Added in a day', '31 MB'],
        ['Free on the disk', '12 GB'],
      ],
    });
  });

  it.each([
    ['names the day on which the disk is full', { fullInMs: 40 * day }, 'partial', 'The disk is full in 40 d 0 h, on 9 Jan.'],
    ['warns when that is within two weeks', { fullInMs: 2 * day }, 'down', 'The disk is full in 2 d 0 h, on 2 Dec.'],
    ['says that the disk is full', { fullInMs: 0, freeBytes: 1e6 }, 'down', 'The disk is full.'],
  ] as const)('%s', (_, parts, glyph, forecast) => {
    expect(view(parts)).toMatchObject({ glyph, forecast, advice: expect.stringContaining('--keep-days') });
  });

  it('claims nothing that is not known', () => {
    expect(view({ bytesPerDay: null })).toMatchObject({ glyph: 'unknown', forecast: expect.stringContaining('Not known yet') });
    expect(view({ freeBytes: null }).forecast).toBe('The free space of the disk is not known.');
    expect(Object.fromEntries(view({ since: null, bytesPerDay: null, freeBytes: null }).figures)).toMatchObject({
      'Every reading since': 'no reading yet',
      'Added in a day': 'not known yet',
      'Free on the disk': 'not known',
    });
  });

  it('writes sizes in decimal units', () => {
    expect([0, 999, 1000, 1_349_000, 64e9].map(toBytesText)).toEqual(['0 B', '999 B', '1.0 kB', '1.3 MB', '64 GB']);
  });
});
