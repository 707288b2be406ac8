import type { DeviceEntry, DeviceId, Phase } from '@phloem/protocol';
import type { SiteTime } from '../format/site-time.ts';
import { toPlainReason } from '../why/plain-reason.ts';
import { toStateWord } from '../format/state-word.ts';

/** One command and what became of it, as it is drawn. */
export type ActivityLine = {
  readonly key: string;
  readonly time: string;
  readonly device: string;
  readonly value: string;
  /** Its phases in order: `requested, written ×2, confirmed`. */
  readonly steps: string;
  readonly phase: Phase;
  readonly why: string;
};

/**
 * What happened to devices, newest first, one line a command: the entries of one command have one id. An entry without
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
    const value = newestFirst.find((entry) => entry.value !== null)?.value ?? null;
    return {
      key,
      time: time.clock(newest.at),
      device: titles.get(newest.device) ?? newest.device,
      value: value === null ? '' : toStateWord(value),
      steps: toSteps(newestFirst.toReversed().map(({ phase }) => phase)),
      phase: newest.phase,
      why: toPlainReason(newestFirst.find(({ why }) => why !== undefined)?.why, { time }),
    };
  });
};

/** Phases whose names on the wire are not those of the glossary. */
const words: Partial<Record<Phase, string>> = { requested: 'requested', cancelled: 'cancelled', discrepancy: 'discrepancy' };

const toSteps = (phases: readonly Phase[]): string => {
  const steps: { readonly phase: Phase; times: number }[] = [];
  for (const phase of phases) {
    const last = steps.at(-1);
    if (last?.phase === phase) last.times += 1;
    else steps.push({ phase, times: 1 });
  }
  return steps.map(({ phase, times }) => `${words[phase] ?? phase}${times === 1 ? '' : ` ×${times}`}`).join(', ');
};
