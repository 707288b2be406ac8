import type { ThreePointSpec } from '../../site/site.ts';
import { relayNames, type RelayName } from '../../site/to-relays.ts';

/**
 * What is known of a relay: `told-off` until it reads so, for a contact may stick; `reads-off` where it was not commanded so, and may
 * come on again by an older order; `unknown` before it was read, and after a write whose outcome nobody knows.
 */
type RelayState = 'on' | 'told-off' | 'off' | 'reads-off' | 'unknown';

/** A three-point actuator: what its relays are, where that has brought it, and where it is to go. */
export type ThreePointState = {
  readonly relays: Readonly<Record<RelayName, RelayState>>;
  /** In per cent at `sinceUp`; null until it has been at an end. */
  readonly position: number | null;
  readonly sinceUp: number;
  /** Null to stop where it is. */
  readonly target: number | null;
  /** The end that it runs to, to be certain of its position, and for how long it still has to run there. */
  readonly seeking: { readonly end: RelayName; readonly leftMs: number } | null;
  /** The write on its way; one at a time, so that their order is that of the interlock. */
  readonly busy: { readonly relay: RelayName; readonly isOn: boolean } | null;
  /** When either relay went off last: the other way begins a pause later. */
  readonly offUp: number;
  /** When a relay was written last: contacts take a moment. */
  readonly commandedUp: number;
  /** Not before this is a relay written again whose write did not succeed. */
  readonly againUp: number;
};

export type ThreePointEvent =
  | { readonly kind: 'target'; readonly position: number }
  | { readonly kind: 'stop' }
  /** How the write on its way ended: done, certainly not done, or nobody knows. */
  | { readonly kind: 'written'; readonly end: 'done' | 'not-done' | 'unknown' }
  | { readonly kind: 'read'; readonly relay: RelayName; readonly isOn: boolean }
  | { readonly kind: 'tick' };

/** The relay that is to be written now, or null. */
export type ThreePointOrder = { readonly relay: RelayName; readonly isOn: boolean } | null;

/** At an end it stays on for a tenth of its travel more, so that it is there whatever was reckoned wrongly before. */
const overrun = 0.1;
const retryMs = 1000;
/** So long a contact may read as it was before it was commanded otherwise. */
const contactMs = 1000;

/** After a start nobody knows where it is, nor which relay is on. */
export const startThreePoint = (up: number): ThreePointState => ({
  relays: { open: 'unknown', close: 'unknown' },
  position: null,
  sinceUp: up,
  target: null,
  seeking: null,
  busy: null,
  offUp: up,
  commandedUp: 0,
  againUp: 0,
});

/** Pure: one event. One relay is written at a time, and switched on only while the other is known to be off. */
export function stepThreePoint(
  state: ThreePointState,
  event: ThreePointEvent,
  spec: ThreePointSpec,
  up: number,
): readonly [ThreePointState, ThreePointOrder] {
  return drive(take(advance(state, spec, up), event, spec), spec);
}

/** Where it is now, in per cent; null while that is not known. */
export const toPosition = (state: ThreePointState, spec: ThreePointSpec, up: number): number | null => advance(state, spec, up).position;

/** Reckons how far the relays have brought it since the last event. */
function advance(state: ThreePointState, { travel }: ThreePointSpec, up: number): ThreePointState {
  const { relays, position, sinceUp, seeking } = state;
  const ms = Math.max(0, up - sinceUp);
  const way = (ms / travel) * 100 * (Number(relays.open === 'on') - Number(relays.close === 'on'));
  const moved = { ...state, sinceUp: up, position: position === null ? null : Math.min(100, Math.max(0, position + way)) };
  if (seeking === null || relays[seeking.end] !== 'on') return moved;
  const leftMs = seeking.leftMs - ms;
  return leftMs > 0 ? { ...moved, seeking: { ...seeking, leftMs } } : { ...moved, position: toEnd(seeking.end), seeking: null };
}

const toEnd = (end: RelayName): number => (end === 'open' ? 100 : 0);

function take(state: ThreePointState, event: ThreePointEvent, spec: ThreePointSpec): ThreePointState {
  const { busy, sinceUp: up } = state;
  switch (event.kind) {
    case 'target':
      return aim({ ...state, target: event.position }, spec);
    case 'stop':
      return { ...state, target: null, seeking: null };
    case 'written': {
      if (busy === null) return state;
      const free = { ...state, busy: null, againUp: event.end === 'done' ? 0 : up + retryMs };
      if (event.end === 'not-done') return free;
      const told = { ...free, commandedUp: up };
      return event.end === 'done' ? know(told, busy.relay, busy.isOn ? 'on' : 'told-off') : lose(know(free, busy.relay, 'unknown'), spec);
    }
    case 'read': {
      // What was asked before a write is answered by it; what moved by itself has moved for nobody knows how long.
      const before = state.relays[event.relay];
      if (busy !== null || isOn(before) === event.isOn) return state;
      if (before === 'told-off' && !event.isOn) return { ...state, relays: { ...state.relays, [event.relay]: 'off' } };
      const isCertain = before === 'unknown' || before === 'off' || before === 'reads-off';
      if (!isCertain && up < state.commandedUp + contactMs) return state;
      return lose(know(state, event.relay, event.isOn ? 'on' : 'reads-off'), spec);
    }
    case 'tick':
      return state;
  }
}

/** What a relay reads as in this state; null where nobody knows, or where it has just been commanded otherwise. */
const isOn = (relay: RelayState): boolean | null => (relay === 'on' ? true : relay === 'off' || relay === 'reads-off' ? false : null);

const know = (state: ThreePointState, relay: RelayName, next: RelayState): ThreePointState => ({
  ...state,
  relays: { ...state.relays, [relay]: next },
  offUp: next === 'reads-off' || next === 'told-off' ? state.sinceUp : state.offUp,
});

/** Its position is not known any more; it has to run to an end before it can go where it is to be. */
const lose = (state: ThreePointState, spec: ThreePointSpec): ThreePointState => aim({ ...state, position: null, seeking: null }, spec);

/** One that does not know where it is, and one that is commanded to an end, runs to an end and beyond it. */
function aim(state: ThreePointState, { travel }: ThreePointSpec): ThreePointState {
  const { target, position, seeking } = state;
  // Targets that change on the way to an end must not begin the way again: it would never know where it is.
  if (target !== null && position === null && seeking !== null) return state;
  const isEnd = target === 0 || target === 100;
  if (target === null || position === target || (position !== null && !isEnd)) return { ...state, seeking: null };
  const end = target >= 50 ? 'open' : 'close';
  const way = position === null ? 1 : Math.abs(toEnd(end) - position) / 100;
  return { ...state, seeking: { end, leftMs: travel * (way + overrun) } };
}

/** Which way it has to move now; null when it is where it is to be. */
function toDirection({ target, position, seeking }: ThreePointState, { travel }: ThreePointSpec): RelayName | null {
  if (target === null) return null;
  if (seeking !== null) return seeking.end;
  // A relay that closes for less than 200 ms moves nothing.
  if (position === null || Math.abs(target - position) < Math.max(0.3, (200 / travel) * 100)) return null;
  return target > position ? 'open' : 'close';
}

/** Claims that a relay has to be on now. */
export const isWanted = (state: ThreePointState, relay: RelayName, spec: ThreePointSpec): boolean => toDirection(state, spec) === relay;

/** The next write: what must be off goes off first; only then, after the pause, the other goes on. */
function drive(state: ThreePointState, spec: ThreePointSpec): readonly [ThreePointState, ThreePointOrder] {
  const { busy, againUp, sinceUp: up, relays, offUp } = state;
  if (busy !== null || up < againUp) return [state, null];
  const wanted = toDirection(state, spec);
  // Before one goes on the other is commanded off, whatever it reads as.
  const isWrong = (relay: RelayState): boolean => relay === 'on' || relay === 'unknown' || (relay === 'reads-off' && wanted !== null);
  const wrong = relayNames.find((relay) => relay !== wanted && isWrong(relays[relay]));
  if (wrong !== undefined) return order(state, wrong, false);
  // What was commanded off has to read so first.
  if (relayNames.some((relay) => relay !== wanted && relays[relay] !== 'off')) return [state, null];
  if (wanted === null || relays[wanted] === 'on' || up < offUp + spec.reversePause) return [state, null];
  return order(state, wanted, true);
}

const order = (state: ThreePointState, relay: RelayName, isOn: boolean): readonly [ThreePointState, ThreePointOrder] => [
  { ...state, busy: { relay, isOn } },
  { relay, isOn },
];

/** When time alone changes something next, in `up`; null when it does not. */
export function nextThreePointWake(state: ThreePointState, spec: ThreePointSpec): number | null {
  const { busy, againUp, target, position, seeking, sinceUp, relays, offUp } = state;
  if (busy !== null) return null;
  if (againUp > sinceUp) return againUp;
  const wanted = toDirection(state, spec);
  if (wanted === null) return null;
  if (relays[wanted] !== 'on') return Math.max(sinceUp + 1, offUp + spec.reversePause);
  if (seeking !== null) return sinceUp + seeking.leftMs;
  return position === null || target === null ? null : sinceUp + (Math.abs(target - position) / 100) * spec.travel;
}
