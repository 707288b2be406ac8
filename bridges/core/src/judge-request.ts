import type { RequestAnswer } from '@phloem/protocol';
import type { QueuedRequest, RequestOutcome, WantedChange } from './request-queue.ts';

/** What to do with a request that waits. */
export type Verdict =
  | { readonly kind: 'unreadable' | 'late'; readonly why: string }
  | { readonly kind: 'wait' }
  /** `ttlMs`: how long the hub may still accept it. */
  | { readonly kind: 'send'; readonly wanted: WantedChange; readonly ttlMs: number };

/** How far the clock of a program may be ahead of that of its queue. */
const toleranceMs = 5000;

/** Pure: `ageMs` is how old the request is now, `maxAgeMs` the most that any may be. */
export const judgeRequest = ({ wanted }: QueuedRequest, ageMs: number, maxAgeMs: number, mayCommand: boolean): Verdict => {
  if (typeof wanted === 'string') return { kind: 'unreadable', why: wanted };
  const lifeMs = Math.min(wanted.ttlMs ?? maxAgeMs, maxAgeMs);
  if (ageMs < -toleranceMs) return { kind: 'late', why: `its time is ${Math.round(-ageMs)} ms ahead of the clock of the queue` };
  const leftMs = lifeMs - Math.max(0, ageMs);
  if (ageMs === Number.POSITIVE_INFINITY)
    return { kind: 'late', why: `its age is not known, and it may be ${lifeMs} ms old; send the time with it` };
  if (leftMs < 1) return { kind: 'late', why: `it was ${Math.round(ageMs)} ms old, and may be ${lifeMs} ms old` };
  return mayCommand ? { kind: 'send', wanted, ttlMs: leftMs } : { kind: 'wait' };
};

/** The answer of the hub as the program gets it. */
export const toOutcome = ({ id, device, value, outcome, phase, code, message }: RequestAnswer): RequestOutcome => ({
  id,
  device,
  value,
  outcome,
  phase,
  code,
  message,
});

/** A request that did not reach a device. */
export const toRefusal = ({ id, wanted }: QueuedRequest, code: string, message: string): RequestOutcome => ({
  id,
  device: typeof wanted === 'string' ? null : wanted.device,
  value: typeof wanted === 'string' ? null : wanted.value,
  outcome: 'refused',
  phase: 'refused',
  code,
  message: message.slice(0, 400),
});

export const toLate = (request: QueuedRequest, why: string): RequestOutcome => toRefusal(request, 'command/late', why);

export const toInvalid = (request: QueuedRequest, why: string): RequestOutcome => toRefusal(request, 'protocol/invalid', why);
