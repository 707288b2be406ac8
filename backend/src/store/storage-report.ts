import type { StorageAnswer } from '@phloem/protocol';
import type { RetainLimits } from '../log/retention.ts';
import { spaceLimits, type DataSpace } from './disk-space.ts';
import type { HubStore } from './hub-store.ts';

/** The file of the history: its size, and how long it has been growing; null where that is not known. */
export type HistoryFile = { readonly bytes: number; readonly ageMs: number | null };

export type StorageReportParts = {
  readonly store: Pick<HubStore, 'behind' | 'clock' | 'log' | 'sealed' | 'size'>;
  readonly space: Pick<DataSpace, 'free'>;
  readonly limits: RetainLimits;
  /** For how long the history grows; then it removes as much as it adds. */
  readonly historyKeepMs: number;
  readonly history: () => Promise<HistoryFile>;
};

/** What grows: so many bytes in a millisecond, for so long. */
export type Growth = { readonly rate: number; readonly forMs: number };

const dayMs = 86_400_000;
/** What grew over less time than this says nothing about a day. */
const leastMs = 600_000;

/** Makes the function that reports how far back the data reach, and how long the disk lasts. */
export const createStorageReport =
  ({ store, space, limits, historyKeepMs, history }: StorageReportParts) =>
  async (): Promise<StorageAnswer> => {
    const oldest = store.behind(store.log.first - 1);
    const { bytes: logBytes } = store.size();
    const file = await history();
    const free = space.free();
    const growths = [toLogGrowth(store.sealed(), oldest?.ageMs ?? 0, logBytes, limits), toHistoryGrowth(file, historyKeepMs)].filter(
      (growth) => growth !== null,
    );
    const isKnown = growths.length === 2 && Number.isFinite(free);
    return {
      since: oldest === null ? null : store.clock.at() - oldest.ageMs,
      logBytes,
      historyBytes: file.bytes,
      bytesPerDay: growths.length === 2 ? growths.reduce((sum, { rate }) => sum + rate * dayMs, 0) : null,
      keepMs: limits.maxAgeMs,
      keepBytes: limits.maxBytes,
      freeBytes: Number.isFinite(free) ? free : null,
      fullInMs: isKnown ? toFullIn(growths, free - spaceLimits.full) : null,
    };
  };

function toLogGrowth(
  sealed: ReturnType<HubStore['sealed']>,
  ageMs: number,
  bytes: number,
  { maxAgeMs, maxBytes }: RetainLimits,
): Growth | null {
  if (sealed === null || sealed.ms < leastMs) return null;
  const rate = sealed.bytes / sealed.ms;
  return { rate, forMs: Math.max(0, Math.min(maxAgeMs - ageMs, (maxBytes - bytes) / rate)) };
}

const toHistoryGrowth = ({ bytes, ageMs }: HistoryFile, keepMs: number): Growth | null =>
  ageMs === null || ageMs < leastMs ? null : { rate: bytes / ageMs, forMs: Math.max(0, keepMs - ageMs) };

/** When so much room is used up; null when all that grows ends before. */
export function toFullIn(growths: readonly Growth[], room: number): number | null {
  let [now, left] = [0, Math.max(0, room)];
  for (const { forMs } of growths.toSorted((a, b) => a.forMs - b.forMs)) {
    const rate = growths.reduce((sum, growth) => (growth.forMs > now ? sum + growth.rate : sum), 0);
    if (rate > 0 && left <= rate * (forMs - now)) return now + left / rate;
    left -= rate * (forMs - now);
    now = forMs;
  }
  return null;
}
