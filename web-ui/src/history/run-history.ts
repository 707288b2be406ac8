import type { Cut } from './gaps.ts';
import { noCuts, stepCuts, toOpenCut, type LinkCuts } from './link-cuts.ts';
import { isDue, unread, type Pace } from './pace.ts';
import { PageCell } from './page-cell.svelte.ts';

/** Something that is read over HTTP while a screen shows it. */
export type Query<T> = {
  readonly key: string;
  readonly load: (signal: AbortSignal) => Promise<T>;
  /** After how long it is read again by itself. */
  readonly everyMs: number;
};

/** What was read last, and what the hub said when it could not be read. */
export type Page<T> = { readonly value: T | null; readonly fault: string | null };

/** How much of what was missed while there was no link has been read again. */
export type CatchUp = { readonly doneMs: number; readonly totalMs: number };

/** What the panel reads of the past, and the times in which it did not hear the hub. One for all screens: what two of them show is read once. */
export type HistoryClient = {
  readonly cell: PageCell;
  /** Reads it, and again, until the function that is returned is called. */
  readonly want: <T>(query: Query<T>) => () => void;
  readonly page: <T>(key: string) => Page<T>;
  /** Reads at once what has a key that begins so. */
  readonly again: (prefix: string) => void;
  readonly cuts: () => readonly Cut[];
};

/** What the client needs to know of the link, and where it shows how far it has caught up. */
export type HistorySource = {
  readonly hubWall: () => number | null;
  /** When the newest message of the hub came; null before the first. */
  readonly newestFrame: () => number | null;
  readonly isHeard: () => boolean;
  readonly showCatchUp: (catchUp: CatchUp | null) => void;
};

type Held = { query: Query<unknown>; page: Page<unknown>; pace: Pace; wanted: number; readonly abort: AbortController };
type Missed = { readonly totalMs: number; readonly keys: Set<string>; readonly most: number };

const turnMs = 500;
/** So many requests at once: the hub answers others too. */
const mostAtOnce = 4;
const emptyPage: Page<never> = { value: null, fault: null };

/** Opens the history of this page. It reads nothing until a screen wants something. */
export const openHistory = (source: HistorySource): HistoryClient => {
  const reader = new HistoryReader(source);
  return {
    cell: reader.cell,
    want: (query) => reader.want(query),
    page: <T>(key: string) => reader.page(key) as Page<T>,
    again: (prefix) => reader.again(prefix),
    cuts: () => reader.link.cuts,
  };
};

class HistoryReader {
  readonly cell = new PageCell();
  link: LinkCuts = noCuts;
  readonly #source: HistorySource;
  readonly #held = new Map<string, Held>();
  #missed: Missed | null = null;
  #turns: ReturnType<typeof setInterval> | null = null;

  constructor(source: HistorySource) {
    this.#source = source;
  }

  page(key: string): Page<unknown> {
    return this.#held.get(key)?.page ?? emptyPage;
  }

  want(query: Query<unknown>): () => void {
    const held = this.#held.get(query.key) ?? { query, page: emptyPage, pace: unread, wanted: 0, abort: new AbortController() };
    this.#held.set(query.key, held);
    held.query = query;
    held.wanted += 1;
    this.#turns ??= setInterval(() => this.#turn(), turnMs);
    queueMicrotask(() => this.#turn());
    return () => this.#drop(held);
  }

  again(prefix: string): void {
    for (const [key, held] of this.#held) if (key.startsWith(prefix)) held.pace = { ...held.pace, askedAt: null, failures: 0 };
    this.#turn();
  }

  #drop(held: Held): void {
    held.wanted -= 1;
    if (held.wanted > 0 || this.#held.get(held.query.key) !== held) return;
    held.abort.abort();
    this.#held.delete(held.query.key);
    if (this.#held.size > 0 || this.#turns === null) return;
    clearInterval(this.#turns);
    this.#turns = null;
  }

  #turn(): void {
    this.#watchLink();
    this.#showCatchUp();
    if (document.hidden || !this.#source.isHeard()) return;
    let under = [...this.#held.values()].filter(({ pace }) => pace.isReading).length;
    for (const held of this.#held.values()) {
      if (under >= mostAtOnce) return;
      if (!isDue(held.pace, held.query.everyMs, performance.now())) continue;
      under += 1;
      void this.#read(held);
    }
  }

  async #read(held: Held): Promise<void> {
    held.pace = { ...held.pace, isReading: true, askedAt: performance.now() };
    try {
      held.page = { value: await held.query.load(held.abort.signal), fault: null };
      held.pace = { ...held.pace, isReading: false, readAt: performance.now(), failures: 0 };
    } catch (error) {
      // Whatever it is, the screen shows it in place of the data, and it is read again later.
      held.page = { value: held.page.value, fault: error instanceof Error ? error.message : String(error) };
      held.pace = { ...held.pace, isReading: false, failures: held.pace.failures + 1 };
    }
    if (this.#held.get(held.query.key) !== held) return;
    this.cell.version += 1;
    this.#turn();
  }

  /** What was missed during a cut is read again when the hub is heard again. */
  #watchLink(): void {
    const now = this.#source.hubWall();
    if (now === null) return;
    const cut = toOpenCut(this.link);
    this.link = stepCuts(this.link, { now, frame: this.#source.newestFrame(), isHeard: this.#source.isHeard() });
    const isCut = toOpenCut(this.link) !== null;
    if (isCut && cut === null) this.cell.version += 1;
    if (isCut || cut === null) return;
    if (this.#held.size > 0) this.#missed = { totalMs: now - cut.from, keys: new Set(this.#held.keys()), most: this.#held.size };
    this.again('');
  }

  #showCatchUp(): void {
    const missed = this.#missed;
    if (missed === null) return;
    for (const key of missed.keys) {
      const held = this.#held.get(key);
      if (held === undefined || (!held.pace.isReading && held.pace.askedAt !== null)) missed.keys.delete(key);
    }
    const left = missed.keys.size;
    this.#source.showCatchUp(left === 0 ? null : { doneMs: missed.totalMs * (1 - left / missed.most), totalMs: missed.totalMs });
    if (left === 0) this.#missed = null;
  }
}
