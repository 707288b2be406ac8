import type { LocationMark, NoteRequest } from '@phloem/protocol';

/** A note that was written while no hub was heard; it waits in this browser. */
export type DraftNote = {
  readonly id: string;
  readonly about: string;
  readonly text: string;
  /** The moment it speaks of, by the hub's clock as it was known then. */
  readonly moment: number;
  /** Who was signed in when it was written; null when nobody knew. */
  readonly by: string | null;
  /** Why the hub does not take it; null while it only waits. */
  readonly refusal: string | null;
};

/** What can happen to the notes that wait. */
export type QueueEvent =
  | { readonly kind: 'drafted'; readonly note: DraftNote }
  | { readonly kind: 'written' | 'discarded'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly why: string };

/** Takes in what happened; pure. A note leaves the queue when it is in the log, or when a person discards it. */
export const stepQueue = (queue: readonly DraftNote[], event: QueueEvent): readonly DraftNote[] => {
  switch (event.kind) {
    case 'drafted':
      return [...queue, event.note];
    case 'refused':
      return queue.map((note) => (note.id === event.id ? { ...note, refusal: event.why } : note));
    default:
      return queue.filter(({ id }) => id !== event.id);
  }
};

/** The next note to send; one that was written by somebody else is not sent in the name of who is here now. */
export const toNextNote = (queue: readonly DraftNote[], me: string | null): DraftNote | null =>
  queue.find(({ refusal, by }) => refusal === null && (by === null || me === null || by === me)) ?? null;

/** What is asked of the hub. It speaks of the moment at which it was written, not of the one at which it arrives. */
export const toRequest = ({ about, text, moment }: DraftNote): NoteRequest => ({ about, text, moment: Math.round(moment) });

/** So far apart the two clocks may date the moment of a note. */
const sameMs = 90_000;

/** Claims that the note is in the log: a first attempt may have arrived although its answer did not. */
export const isWritten = ({ about, text, moment }: DraftNote, marks: readonly LocationMark[]): boolean =>
  marks.some((mark) => mark.kind === 'note' && mark.about === about && mark.text === text && Math.abs(mark.at - moment) < sameMs);

/** Reads what this browser has kept; what it does not understand is left out. */
export const parseQueue = (value: unknown): readonly DraftNote[] =>
  Array.isArray(value) ? value.flatMap((one: unknown) => toDraft(one) ?? []) : [];

const toDraft = (value: unknown): DraftNote | null => {
  if (typeof value !== 'object' || value === null) return null;
  const { id, about, text, moment, by, refusal } = value as Partial<Record<keyof DraftNote, unknown>>;
  if (typeof id !== 'string' || typeof about !== 'string' || typeof text !== 'string' || typeof moment !== 'number') return null;
  return { id, about, text, moment, by: typeof by === 'string' ? by : null, refusal: typeof refusal === 'string' ? refusal : null };
};
