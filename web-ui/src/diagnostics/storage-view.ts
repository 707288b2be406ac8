import type { StorageAnswer } from '@phloem/protocol';
import { toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';

/** How far back the data of the hub go, and how long its disk lasts, as the page shows it. */
export type StorageView = {
  readonly glyph: 'ok' | 'partial' | 'down' | 'unknown';
  /** When the disk is full, in a sentence. */
  readonly forecast: string;
  /** What to do about it; empty where nothing has to be done. */
  readonly advice: string;
  readonly figures: readonly (readonly [name: string, value: string])[];
};

const day = 86_400_000;
/** A disk that is full within this time needs somebody soon. */
const soonMs = 14 * day;
const [kB, MB, GB] = [1e3, 1e6, 1e9];

/** A size in decimal units, as disks are sold: `980 B`, `1.3 MB`, `64 GB`. */
export const toBytesText = (bytes: number): string => {
  if (bytes < kB) return `${Math.round(bytes)} B`;
  const [unit, name] = bytes < MB ? [kB, 'kB'] : bytes < GB ? [MB, 'MB'] : [GB, 'GB'];
  const size = bytes / unit;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${name}`;
};

const toForecast = ({ freeBytes, bytesPerDay, fullInMs }: StorageAnswer, at: (ms: number) => string): Omit<StorageView, 'figures'> => {
  const advice = 'Free space on this disk, or start the hub with lower values of --keep-days or --keep-gigabytes.';
  if (freeBytes === null) return { glyph: 'unknown', forecast: 'The free space of the disk is not known.', advice: '' };
  if (fullInMs === 0) return { glyph: 'down', forecast: 'The disk is full.', advice };
  if (fullInMs !== null) {
    const forecast = `The disk is full in ${toDurationText(fullInMs)}, on ${at(fullInMs)}.`;
    return fullInMs < soonMs ? { glyph: 'down', forecast, advice } : { glyph: 'partial', forecast, advice };
  }
  if (bytesPerDay === null) {
    return {
      glyph: 'unknown',
      forecast: 'Not known yet. The hub needs about an hour of data to calculate when the disk is full.',
      advice: '',
    };
  }
  return { glyph: 'ok', forecast: 'The disk does not fill up: the hub removes old readings before.', advice: '' };
};

/** Pure: the storage of the hub in words. `now` is the wall time of the hub. */
export const toStorageView = (storage: StorageAnswer, time: SiteTime, now: number): StorageView => {
  const { since, logBytes, historyBytes, bytesPerDay, keepMs, keepBytes, freeBytes } = storage;
  const unknown = 'not known yet';
  return {
    ...toForecast(storage, (ms) => time.date(now + ms)),
    figures: [
      ['Every reading since', since === null ? 'no reading yet' : `${time.moment(since, now)} (${toDurationText(now - since)})`],
      ['Every reading is kept for', `${toDurationText(keepMs)}, or up to ${toBytesText(keepBytes)}`],
      ['Log', toBytesText(logBytes)],
      ['Minute and hour values', toBytesText(historyBytes)],
      ['Added in a day', bytesPerDay === null ? unknown : toBytesText(bytesPerDay)],
      ['Free on the disk', freeBytes === null ? 'not known' : toBytesText(freeBytes)],
    ],
  };
};
