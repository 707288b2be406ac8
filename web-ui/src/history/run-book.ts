import type { Panel } from '../io/run-panel.ts';
import { BookCell } from './book-cell.svelte.ts';
import type { Cut } from './gaps.ts';
import { isDue, unread, type Pace } from './pace.ts';

/** Something that is read over HTTP while somebody looks at it. */
export type Query<T> = {
  readonly key: string;
  readonly load: (signal: AbortSignal) => Promise<T>;
  /** After how long it is read again by itself. */
  readonly everyMs: number;
};

/** What was read last, and what the hub said when it could not be read. */
export type Page<T> = { readonly value: T | null; readonly fault: string | null };

/** What the panel reads of the past, and the times in which it did not hear the hub. */
export type Book = {
  readonly cell: BookCell;
  /** Reads it, and again, until the function that is returned is called. */
  readonly want: <T>(query: Query<T>) => () => void;
  readonly page: <T>(key: string) => Page<T>;
  /** Reads at once what has a key that begins so. */
  readonly again: (prefix: string) => void;
  readonly cuts: () => readonly Cut[];
};

type Shelf = { query: Query<unknown>; page: Page<unknown>; pace: Pace; wanted: number; readonly abort: AbortController };

const turnMs = 500;
/** So many requests at once: the hub answers others too. */
const mostAtOnce = 4;
const keptCuts = 20;
const emptyPage: Page<never> = { value: null, fault: null };

const books = new WeakMap<Panel, Book>();

/** The book of this panel: one for all its screens, so that what two of them show is read once. */
export const bookOf = (panel: Panel): Book => {
  const known = books.get(panel);
  if (known !== undefined) return known;
  const made = openBook(panel);
  books.set(panel, made);
  return made;
};

const openBook = (panel: Panel): Book => {
  const cell = new BookCell();
  const shelves = new Map<string, Shelf>();
  let cuts: readonly Cut[] = [];
  let missed: { readonly totalMs: number; readonly keys: Set<string>; readonly most: number } | null = null;
  let heardAt: number | null = null;
  let newestFrame: number | null = null;
  let turns: ReturnType<typeof setInterval> | null = null;

  const read = async (key: string, shelf: Shelf): Promise<void> => {
    shelf.pace = { ...shelf.pace, isReading: true, askedAt: performance.now() };
    try {
      shelf.page = { value: await shelf.query.load(shelf.abort.signal), fault: null };
      shelf.pace = { ...shelf.pace, isReading: false, readAt: performance.now(), failures: 0 };
    } catch (error) {
      // Whatever it is, it is told where the thing would be shown, and asked for again later.
      shelf.page = { value: shelf.page.value, fault: error instanceof Error ? error.message : String(error) };
      shelf.pace = { ...shelf.pace, isReading: false, failures: shelf.pace.failures + 1 };
    }
    if (shelves.get(key) !== shelf) return;
    cell.version += 1;
    turn();
  };

  /** Whether the hub is heard is judged as the link strip judges it; what was missed is read again when it is back. */
  const watchLink = (): void => {
    const now = panel.hubWall();
    const frame = panel.state().clock?.arrivedAt ?? null;
    if (now === null) return;
    const open = cuts.at(-1);
    const isCut = open !== undefined && open.to === null;
    if (frame !== newestFrame) {
      newestFrame = frame;
      heardAt = now;
    }
    const isHeard = panel.cell.view.link.isHeard;
    if (!isHeard && !isCut) {
      cuts = [...cuts.slice(1 - keptCuts), { from: heardAt ?? now, to: null }];
      cell.version += 1;
    } else if (isHeard && isCut) {
      cuts = [...cuts.slice(0, -1), { from: open.from, to: now }];
      if (shelves.size > 0) missed = { totalMs: now - open.from, keys: new Set(shelves.keys()), most: shelves.size };
      again('');
    }
  };

  /** While what is shown still lacks what the last cut has taken, the link strip says how far it is filled. */
  const tellCatchUp = (): void => {
    if (missed === null) return;
    for (const key of missed.keys) {
      const shelf = shelves.get(key);
      if (shelf === undefined || (!shelf.pace.isReading && shelf.pace.askedAt !== null)) missed.keys.delete(key);
    }
    const left = missed.keys.size;
    panel.cell.catchUp = left === 0 ? null : { doneMs: missed.totalMs * (1 - left / missed.most), totalMs: missed.totalMs };
    if (left === 0) missed = null;
  };

  const turn = (): void => {
    watchLink();
    tellCatchUp();
    if (document.hidden || !panel.cell.view.link.isHeard) return;
    let under = [...shelves.values()].filter(({ pace }) => pace.isReading).length;
    for (const [key, shelf] of shelves) {
      if (under >= mostAtOnce) return;
      if (!isDue(shelf.pace, shelf.query.everyMs, performance.now())) continue;
      under += 1;
      void read(key, shelf);
    }
  };

  const again = (prefix: string): void => {
    for (const [key, shelf] of shelves) if (key.startsWith(prefix)) shelf.pace = { ...shelf.pace, askedAt: null, failures: 0 };
    turn();
  };

  return {
    cell,
    want: <T>(query: Query<T>) => {
      const shelf = shelves.get(query.key) ?? { query, page: emptyPage, pace: unread, wanted: 0, abort: new AbortController() };
      shelves.set(query.key, shelf);
      shelf.query = query;
      shelf.wanted += 1;
      turns ??= setInterval(turn, turnMs);
      queueMicrotask(turn);
      return () => {
        shelf.wanted -= 1;
        if (shelf.wanted > 0 || shelves.get(query.key) !== shelf) return;
        shelf.abort.abort();
        shelves.delete(query.key);
        if (shelves.size === 0 && turns !== null) {
          clearInterval(turns);
          turns = null;
        }
      };
    },
    page: <T>(key: string) => (shelves.get(key)?.page ?? emptyPage) as Page<T>,
    again,
    cuts: () => cuts,
  };
};
