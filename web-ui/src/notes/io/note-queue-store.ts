import { isFault, toLocation } from '@phloem/protocol';
import type { HubHttp } from '../../live/hub-http.ts';
import { isWritten, parseQueue, stepQueue, toNextNote, toRequest, type DraftNote, type QueueEvent } from '../note-queue.ts';

const key = 'phloem.unsent-notes';
/** After an answer that did not come: how long until the next attempt. */
const pauseMs = 10_000;
const aroundMs = 5 * 60_000;

export type NoteQueueParts = {
  readonly http: HubHttp;
  readonly running: () => number;
  /** Who is signed in; null as long as the hub has not said. */
  readonly me: () => string | null;
  /** Shows what waits now. */
  readonly show: (queue: readonly DraftNote[]) => void;
};

/** The notes that wait in this browser: kept over a reload, and sent one after the other once the hub is heard. */
export type NoteQueue = {
  readonly draft: (note: Omit<DraftNote, 'id' | 'by' | 'refusal'>) => void;
  readonly discard: (id: string) => void;
  /** Sends the next one if it is time; to be called while the hub is heard. */
  readonly turn: () => void;
};

/** Opens the queue of this browser. All tabs share it, and one of them sends at a time. */
export const openNoteQueue = ({ http, running, me, show }: NoteQueueParts): NoteQueue => {
  let kept: readonly DraftNote[] = [];
  let isSending = false;
  let notBefore = 0;

  const load = (): void => {
    kept = readKept();
    show(kept);
  };
  const take = (event: QueueEvent): void => {
    // Another tab may have sent or drafted one since.
    kept = stepQueue(readKept(), event);
    keep(kept);
    show(kept);
  };
  const sendNext = async (): Promise<void> => {
    load();
    const note = toNextNote(kept, me());
    if (note === null) return;
    try {
      const location = note.about.includes('/') ? toLocation(note.about) : note.about;
      const query = `from=${Math.max(0, Math.floor(note.moment - aroundMs))}&to=${Math.ceil(note.moment + aroundMs)}`;
      const { marks } = await http.get(`/api/v1/locations/${encodeURIComponent(location)}/marks?${query}`, 'marks');
      if (!isWritten(note, marks)) await http.post('/api/v1/notes', toRequest(note), 'note');
      take({ kind: 'written', id: note.id });
    } catch (error) {
      const isRefused = isFault(error) && !error.code.startsWith('net/') && error.code !== 'history/unavailable';
      if (isRefused) take({ kind: 'refused', id: note.id, why: error.message });
      else notBefore = running() + pauseMs;
    }
  };
  const sendAlone = async (): Promise<void> => {
    isSending = true;
    try {
      await navigator.locks.request(key, { ifAvailable: true }, (lock) => (lock === null ? undefined : sendNext()));
    } finally {
      isSending = false;
    }
  };
  const turn = (): void => {
    if (isSending || running() < notBefore || toNextNote(kept, me()) === null) return;
    void sendAlone();
  };

  load();
  globalThis.window.addEventListener('storage', (event) => {
    if (event.key === key) load();
  });
  return {
    draft: (note) => take({ kind: 'drafted', note: { ...note, id: crypto.randomUUID(), by: me(), refusal: null } }),
    discard: (id) => take({ kind: 'discarded', id }),
    turn,
  };
};

/** What a browser that forbids the store has, for as long as the page is open. */
let unkept: readonly DraftNote[] = [];

const readKept = (): readonly DraftNote[] => {
  try {
    return parseQueue(JSON.parse(localStorage.getItem(key) ?? '[]'));
  } catch {
    return unkept; // The store is forbidden, or holds what is no JSON.
  }
};

const keep = (queue: readonly DraftNote[]): void => {
  unkept = queue;
  try {
    localStorage.setItem(key, JSON.stringify(queue));
  } catch {
    // A browser may forbid the store; the notes then wait as long as the page is open.
  }
};
