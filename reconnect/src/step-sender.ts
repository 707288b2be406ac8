import type { Attached, IngestFault, IngestFrame, Ingested, IngestOutcome } from '@phloem/protocol';

/** A message that the hub has not answered yet. `key` is this program's own name for it, `seq` the number that it travels under. */
export type Unanswered = {
  readonly key: number;
  readonly seq: number | null;
  readonly frames: readonly IngestFrame[];
  readonly position: string | undefined;
  readonly isSent: boolean;
};

/** What a sender remembers of its source, over all connections. */
export type SenderState = {
  /** The number of the next new message; null until the hub has said how far the source is. */
  readonly next: number | null;
  readonly window: number;
  /** Oldest first. */
  readonly unanswered: readonly Unanswered[];
  /** Claims that messages may travel: the hub has answered the `attach` of this connection, and asks for no pause. */
  readonly isOpen: boolean;
  /** Why the hub takes nothing of this source on this connection; null where it does. */
  readonly refused: IngestFault | null;
};

export type SenderEvent =
  | { readonly kind: 'put'; readonly key: number; readonly frames: readonly IngestFrame[]; readonly position: string | undefined }
  | { readonly kind: 'attached'; readonly answer: Attached }
  | { readonly kind: 'ingested'; readonly answer: Ingested }
  /** The pause that the hub asked for is over. */
  | { readonly kind: 'rested' }
  /** The connection has ended: whether what is under way has arrived is not known. */
  | { readonly kind: 'cut' };

export type SenderEffect =
  | { readonly do: 'send'; readonly message: Unanswered & { readonly seq: number } }
  | { readonly do: 'resolve'; readonly key: number; readonly outcome: IngestOutcome }
  /** Everything that waits has failed: the sender of these must decide again. */
  | { readonly do: 'reject'; readonly keys: readonly number[]; readonly fault: IngestFault }
  /** The hub says how far the source is. `lost`: numbers that it had answered and does not know any more. */
  | { readonly do: 'tell'; readonly seq: number; readonly position: string | null; readonly lost: readonly [number, number] | null }
  | { readonly do: 'rest' }
  /** Asks the hub how far the source is. */
  | { readonly do: 'ask' };

export type SenderStep = { readonly state: SenderState; readonly effects: readonly SenderEffect[] };

/** A sender before its first connection. */
export const idleSender: SenderState = { next: null, window: 1, unanswered: [], isOpen: false, refused: null };

const unsend = (unanswered: readonly Unanswered[]): readonly Unanswered[] => unanswered.map((one) => ({ ...one, isSent: false }));

/** Sends what the window has room for, in order; each message gets its number when it travels first. */
const pump = (state: SenderState, before: readonly SenderEffect[] = []): SenderStep => {
  if (!state.isOpen || state.next === null) return { state, effects: before };
  let { next } = state;
  const effects = [...before];
  const unanswered = state.unanswered.map((one, index) => {
    if (one.isSent || index >= state.window) return one;
    const seq = one.seq ?? next;
    next = Math.max(next, seq + 1);
    const message = { ...one, seq, isSent: true };
    effects.push({ do: 'send', message });
    return message;
  });
  return { state: { ...state, next, unanswered }, effects };
};

/** Nothing that waits can be sent as it is; numbers are asked for again. */
const fail = (state: SenderState, fault: IngestFault): SenderStep => ({
  state: { ...state, next: null, unanswered: [], isOpen: false },
  effects: state.unanswered.length === 0 ? [] : [{ do: 'reject', keys: state.unanswered.map(({ key }) => key), fault }],
});

const takenElsewhere = (seq: number): IngestFault => ({
  code: 'ingest/conflict',
  message: `the hub has message ${seq} of this source, which was not sent from here: another program sends for it`,
  retry: false,
  expected: seq + 1,
});

const applyAttached = (state: SenderState, { seq, position, window, fault }: Attached): SenderStep => {
  if (fault !== null) return fail({ ...state, refused: fault }, fault);
  const open = { ...state, window, isOpen: true, refused: null };
  const told: SenderEffect = { do: 'tell', seq, position, lost: null };
  if (state.next === null) return pump({ ...open, next: seq + 1 }, [told]);
  if (seq >= state.next) {
    const failed = fail(open, takenElsewhere(seq));
    return { state: { ...failed.state, next: seq + 1, window, isOpen: true }, effects: [...failed.effects, told] };
  }
  const first = state.unanswered[0]?.seq ?? state.next;
  if (seq >= first - 1) return pump(open, [told]);
  // Its data folder is older than what it had answered: what waits goes on from there, under new numbers.
  const renumbered = state.unanswered.map((one) => ({ ...one, seq: null }));
  return pump({ ...open, next: seq + 1, unanswered: renumbered }, [{ ...told, lost: [seq + 1, first - 1] }]);
};

const applyIngested = (state: SenderState, { seq, outcome, fault }: Ingested): SenderStep => {
  const answered = state.unanswered.find((one) => one.seq === seq && one.isSent);
  if (answered === undefined) return { state, effects: [] };
  if (outcome !== null) {
    const unanswered = state.unanswered.filter((one) => one !== answered);
    return pump({ ...state, unanswered }, [{ do: 'resolve', key: answered.key, outcome }]);
  }
  if (fault === null) return { state, effects: [] };
  // One before it was put off; it follows when that one has gone.
  const isBehind =
    fault.code === 'ingest/order' && fault.expected !== null && fault.expected < seq && fault.expected >= (state.unanswered[0]?.seq ?? seq);
  if (!fault.retry && !isBehind) {
    const failed = fail(state, fault);
    return { state: failed.state, effects: [...failed.effects, { do: 'ask' }] };
  }
  const from = fault.retry ? seq : (fault.expected ?? seq);
  const unanswered = state.unanswered.map((one) => ((one.seq ?? 0) >= from ? { ...one, isSent: false } : one));
  return { state: { ...state, unanswered, isOpen: false }, effects: state.isOpen ? [{ do: 'rest' }] : [] };
};

/** Pure: what is sent next, and what those who wait receive. Every message is answered once, and in order. */
export const stepSender = (state: SenderState, event: SenderEvent): SenderStep => {
  switch (event.kind) {
    case 'put': {
      const { key, frames, position } = event;
      if (state.refused !== null) return { state, effects: [{ do: 'reject', keys: [key], fault: state.refused }] };
      return pump({ ...state, unanswered: [...state.unanswered, { key, seq: null, frames, position, isSent: false }] });
    }
    case 'attached':
      return applyAttached(state, event.answer);
    case 'ingested':
      return applyIngested(state, event.answer);
    case 'rested':
      return pump({ ...state, isOpen: true });
    case 'cut':
      return { state: { ...state, isOpen: false, refused: null, unanswered: unsend(state.unanswered) }, effects: [] };
    default:
      return event satisfies never;
  }
};
