import { Fault, isFault, reasonOf, textReason, type PointHistory, type Reason } from '@phloem/protocol';
import type { FoundMarks } from './marks.ts';
import type { LogSource } from '../log/log-source.ts';
import type { SampleSource } from '../log/samples/sample-source.ts';
import { LogFollower, openGuarded } from './follow-log.ts';
import type { History, HistoryAnswers, HistoryLimits } from './history.ts';

/** What a history says of itself: `note` for the log file, the others for an alarm as well. `why` is null when it is over. */
export type HistoryNotice =
  | { readonly kind: 'note'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'building' | 'unwritable'; readonly why: Reason | null };

export type HistoryServiceParts = {
  /** Opens it over the samples of the log; throws what `toFault` understands. */
  readonly open: (samples: SampleSource) => History;
  readonly openLog: () => LogSource;
  /** Moves what cannot be used out of the way, for somebody to look at. */
  readonly setAside: (as: 'damaged' | 'newer') => void;
  readonly toFault: (error: unknown) => unknown;
  readonly limits: HistoryLimits;
  /** Whether there is room on the disk for more than the log, which comes first. */
  readonly hasRoom: () => boolean;
  readonly now: () => number;
  readonly tell: (notice: HistoryNotice) => void;
};

/** At the head of the log: how often it is looked for more. */
const pollMs = 500;
const retryMs = 5000;
/** When nobody has asked for so long, samples that are kept in memory for answers are given up. */
const releaseAfterMs = 600_000;
const retainEveryMs = 3_600_000;
/** Anyone who asks gets what was appended before; behind by more slices than this it learns that the newest is missing. */
const maxSlicesBeforeAnswer = 8;
/** A log of so many entries takes a while to go through. */
const manyEntries = 20_000;

/**
 * Keeps a history going: opens it, builds it again when it cannot be used, follows the log, removes what is old, answers.
 * Whatever becomes of it is said and nobody else's trouble. Its owner calls `tick` again after the time that it returns,
 * and asks nothing while a call is under way.
 */
export class HistoryService {
  readonly #parts: HistoryServiceParts;
  #history: History | null = null;
  #log: LogSource | null = null;
  #follower: LogFollower | null = null;
  /** Null until the head was reached once: a run before this one may have left its alarm behind. */
  #isBuilding: boolean | null = null;
  #isAtHead = false;
  #isUnwritable: boolean | null = null;
  #asideInARow = 0;
  #retainAt: number;
  #askedAt = 0;
  /** Nothing is left of what older versions kept twice. */
  #isTidy = false;

  constructor(parts: HistoryServiceParts) {
    this.#parts = parts;
    this.#retainAt = parts.now() + retainEveryMs / 60;
  }

  /** Does a slice of what there is to do. Returns after how many milliseconds to call again. */
  async tick(): Promise<number> {
    try {
      const history = await this.#open();
      await this.#follow(history);
      await this.#retain(history);
      this.#heal();
      if (!this.#isAtHead) return 0;
      return (await this.#tidy(history)) ? 0 : pollMs;
    } catch (error) {
      return this.#suffer(error);
    }
  }

  /**
   * Answers what the log showed before the call, if it is not far behind.
   *
   * @throws Fault `history/unavailable`.
   */
  async ask<C extends keyof HistoryAnswers>(
    call: C,
    query: Parameters<HistoryAnswers[C]>[0],
  ): Promise<Awaited<ReturnType<HistoryAnswers[C]>>> {
    try {
      const history = await this.#open();
      this.#isAtHead = false;
      this.#askedAt = this.#parts.now();
      for (let slices = 0; slices < maxSlicesBeforeAnswer && !this.#isAtHead; slices += 1) await this.#tryFollow(history);
      const answer = await (history[call] as (query: unknown) => unknown)(query);
      const hasGaps = call === 'pointHistory' || call === 'marks';
      return (hasGaps ? this.#reportBehind(answer as PointHistory | FoundMarks | null) : answer) as Awaited<ReturnType<HistoryAnswers[C]>>;
    } catch (error) {
      this.#suffer(error);
      throw new Fault('history/unavailable', 'the history cannot be read now; live values and control go on', { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#history?.close();
    this.#log?.close();
    this.#history = null;
    this.#log = null;
    this.#follower = null;
  }

  async #open(): Promise<History> {
    if (this.#history !== null) return this.#history;
    this.#log ??= openGuarded(this.#parts.openLog);
    const history = this.#parts.open(this.#log.samples);
    this.#history = history;
    const { cursor } = await history.load();
    const { first, head } = this.#log.bounds();
    if (cursor === null && head - first > manyEntries) {
      this.#isBuilding = true;
      this.#parts.tell({ kind: 'building', why: reasonOf('history/building', { entries: head - first + 1 }) });
    }
    return history;
  }

  async #follow(history: History): Promise<void> {
    if (!this.#parts.hasRoom()) throw new Fault('store/full', 'the disk is almost full, and the room that is left is kept for the log');
    this.#log ??= openGuarded(this.#parts.openLog);
    this.#follower ??= await LogFollower.open(history, this.#log);
    const slice = this.#follower.read();
    this.#isAtHead = slice.entries.length === 0;
    await this.#follower.keep(slice);
    if (!this.#isAtHead) return;
    this.#asideInARow = 0;
    if (this.#isBuilding === false) return;
    this.#isBuilding = false;
    this.#parts.tell({ kind: 'building', why: null });
  }

  /** What cannot be kept now must not keep anybody from reading what was kept before. */
  async #tryFollow(history: History): Promise<void> {
    try {
      await this.#follow(history);
    } catch (error) {
      if (isFault(this.#parts.toFault(error), 'store/damaged')) throw error;
      this.#suffer(error);
      this.#isAtHead = true;
    }
  }

  async #retain(history: History): Promise<void> {
    if (this.#parts.now() < this.#retainAt) return;
    const { isMore } = await history.retain(this.#parts.limits, this.#parts.now());
    if (!isMore) this.#retainAt = this.#parts.now() + retainEveryMs;
  }

  /** At the head there is time for what can wait. Returns whether there is more of it. */
  async #tidy(history: History): Promise<boolean> {
    if (this.#log === null) return false;
    if (this.#parts.now() > this.#askedAt + releaseAfterMs) this.#log.samples.release();
    if (this.#isTidy) return false;
    const { isMore } = await history.removeDoubled(this.#log);
    this.#isTidy = !isMore;
    return isMore;
  }

  #heal(): void {
    if (this.#isUnwritable === false) return;
    this.#isUnwritable = false;
    this.#parts.tell({ kind: 'unwritable', why: null });
  }

  #suffer(error: unknown): number {
    const { tell, toFault, setAside } = this.#parts;
    const fault = toFault(error);
    this.#follower = null;
    if (isFault(fault, 'store/damaged') || isFault(fault, 'store/newer')) {
      const as = fault.code === 'store/newer' ? 'newer' : 'damaged';
      const cause = fault.cause instanceof Error ? fault.cause.message : fault.message;
      this.#asideInARow += 1;
      tell({
        kind: 'note',
        level: 'warn',
        text: `the history cannot be used and is set aside; it is rebuilt from the log: ${cause}`,
      });
      try {
        void this.#history?.close();
      } catch {
        // What is damaged may not even close; it is left to the end of the thread.
      }
      this.#history = null;
      setAside(as);
      // Should the next one be damaged at once as well, the disk is to be blamed, and asked again later.
      return this.#asideInARow > 1 ? retryMs : 0;
    }
    if (isFault(fault)) {
      if (this.#isUnwritable !== true) {
        tell({ kind: 'unwritable', why: reasonOf('history/unwritable', { because: textReason(fault.message.slice(0, 400)) }) });
      }
      this.#isUnwritable = true;
    } else {
      tell({
        kind: 'note',
        level: 'error',
        text: `a mistake in the history: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      });
    }
    return retryMs;
  }

  #reportBehind<A extends PointHistory | FoundMarks>(answer: A | null): A | null {
    const cursor = this.#follower?.cursor;
    if (answer === null || this.#isAtHead || cursor === null || cursor === undefined || cursor.at >= answer.to) return answer;
    const why = reasonOf('history/not-built');
    return { ...answer, gaps: [...answer.gaps, { from: Math.max(answer.from, cursor.at), to: answer.to, why }] };
  }
}
