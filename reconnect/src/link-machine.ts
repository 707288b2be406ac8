import type { Bye } from '@phloem/protocol';
import type { LinkPhase } from './link.ts';

/** Where a link stands, as far as decisions depend on it. `failures` counts the ends in a row since it was healthy. */
export type LinkState = {
  readonly phase: LinkPhase;
  readonly attempt: number;
  readonly failures: number;
  readonly why: string | null;
  readonly bye: Bye | null;
};

/** What can happen to a link. */
export type LinkEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'welcomed' }
  /** It has been ready for 5 s. */
  | { readonly kind: 'healthy' }
  | { readonly kind: 'farewell'; readonly bye: Bye }
  /** The attempt failed, or the connection has ended or must be given up. */
  | { readonly kind: 'dropped'; readonly why: string }
  | { readonly kind: 'rested' }
  /** The greeting has changed: make a new connection. */
  | { readonly kind: 'redial' }
  | { readonly kind: 'close' };

/** What the shell has to do now; whatever it did before is retired. */
export type LinkEffect =
  | { readonly do: 'dial'; readonly attempt: number }
  | { readonly do: 'rest'; readonly ms: number }
  | { readonly do: 'stop' };

/** The next state, and an effect when the shell has to do something else from now on. */
export type LinkStep = { readonly state: LinkState; readonly effect: LinkEffect | null };

/** A link before its first attempt. */
export const restingLink: LinkState = { phase: 'resting', attempt: 0, failures: 0, why: null, bye: null };

const dial = (state: LinkState): LinkStep => {
  const attempt = state.attempt + 1;
  return { state: { ...state, phase: 'dialing', attempt }, effect: { do: 'dial', attempt } };
};

const stop = (state: LinkState): LinkStep => ({ state: { ...state, phase: 'closed' }, effect: { do: 'stop' } });

const rest = (state: LinkState, ms: number): LinkStep =>
  ms <= 0 ? dial(state) : { state: { ...state, phase: 'resting' }, effect: { do: 'rest', ms } };

const isConnecting = ({ phase }: LinkState): boolean => phase === 'dialing' || phase === 'greeting' || phase === 'ready';

/** Pure: reads no clock, opens no socket. An event that does not fit the phase changes nothing. */
export const stepLink = (state: LinkState, event: LinkEvent, pauseAfter: (failures: number) => number): LinkStep => {
  const same: LinkStep = { state, effect: null };
  switch (event.kind) {
    case 'opened':
      return state.phase === 'dialing' ? { state: { ...state, phase: 'greeting' }, effect: null } : same;
    case 'welcomed':
      return state.phase === 'greeting' ? { state: { ...state, phase: 'ready', bye: null }, effect: null } : same;
    case 'healthy':
      return state.phase === 'ready' ? { state: { ...state, failures: 0 }, effect: null } : same;
    case 'farewell': {
      if (state.phase !== 'greeting' && state.phase !== 'ready') return same;
      const failures = state.failures + 1;
      const ended = { ...state, failures, bye: event.bye, why: `${event.bye.code}: ${event.bye.message}` };
      return event.bye.retry ? rest(ended, event.bye.afterMs ?? pauseAfter(failures)) : stop(ended);
    }
    case 'dropped': {
      if (!isConnecting(state)) return same;
      const failures = state.failures + 1;
      return rest({ ...state, failures, why: event.why, bye: null }, pauseAfter(failures));
    }
    case 'rested':
      return state.phase === 'resting' ? dial(state) : same;
    case 'redial':
      return isConnecting(state) ? dial(state) : same;
    case 'close':
      return state.phase === 'closed' ? same : stop({ ...state, why: 'closed here' });
    default:
      return event satisfies never;
  }
};
