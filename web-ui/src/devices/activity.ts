import type { DeviceEntry, DeviceId, Phase } from '@phloem/protocol';
import type { SiteTime } from '../words/site-time.ts';
import { toStateWord } from './device-view.ts';

/** One command and what became of it, as it is drawn. */
export type ActivityLine = {
  readonly key: string;
  readonly time: string;
  readonly device: string;
  readonly value: string;
  /** Its phases in order: `wished, written, confirmed`. */
  readonly steps: string;
  readonly phase: Phase;
  readonly why: string;
};

/**
 * What happened to devices, newest first, one line a command: the entries of one command bear one id. An entry without
 * one stands alone.
 */
export const toActivity = (
  entries: readonly DeviceEntry[],
  titles: ReadonlyMap<DeviceId, string>,
  time: SiteTime,
  most: number,
): readonly ActivityLine[] => {
  const commands = Map.groupBy(entries, ({ id, lsn }) => id ?? String(lsn));
  return [...commands].slice(0, most).flatMap(([key, newestFirst]) => {
    const [newest] = newestFirst;
    if (newest === undefined) return [];
    const oldestFirst = newestFirst.toReversed();
    const value = newestFirst.find((entry) => entry.value !== null)?.value ?? null;
    return {
      key,
      time: time.clock(newest.at),
      device: titles.get(newest.device) ?? newest.device,
      value: value === null ? '' : toStateWord(value),
      steps: oldestFirst.map(({ phase }) => phase).join(', '),
      phase: newest.phase,
      why: newestFirst.find(({ why }) => why !== undefined && why !== '')?.why ?? '',
    };
  });
};
