import type { LinkSignal } from '../bus/field-link.ts';
import type { LinkQuirks } from '../bus-quirks.ts';
import type { BusRequest } from './bus-request.ts';
import { checkAnswer } from './check-answer.ts';
import type { MbapFrame } from './mbap.ts';

/** What a frame is judged by. */
export type MbapFacts = {
  /** The transactions of requests that were given up. */
  readonly outdated: readonly number[];
  readonly quirks: Pick<LinkQuirks, 'answersAs' | 'takesAnyTransaction'>;
  /** Claims that a transaction was used lately. */
  readonly isRecent: (transaction: number) => boolean;
};

/** The body of the answer to the request in flight, with the unit of the request; or what else it is. */
export type MbapVerdict =
  | { readonly kind: 'answer'; readonly body: Uint8Array }
  | Extract<LinkSignal, { readonly kind: 'outdated' | 'mismatched' }>;

/** Judges a frame: it is an answer only where every part of it fits the request in flight. Pure. */
export const judgeMbap = (
  { transaction: got, body }: MbapFrame,
  flight: { readonly request: BusRequest; readonly transaction: number } | null,
  { outdated, quirks, isRecent }: MbapFacts,
): MbapVerdict => {
  if (outdated.includes(got)) return { kind: 'outdated', why: `a late answer to transaction ${got}` };
  const late: MbapVerdict = { kind: 'mismatched', fault: 'late', why: `an answer to transaction ${got}, which matches no request` };
  if (flight === null) return late;
  const { request, transaction } = flight;
  const own = body[0] === quirks.answersAs(request.unit) ? Uint8Array.from([request.unit, ...body.subarray(1)]) : body;
  const check = checkAnswer(request, own);
  if (got !== transaction && !quirks.takesAnyTransaction(request.unit)) {
    if (isRecent(got) || check.kind === 'mismatch') return late;
    const why = `unit ${request.unit} answered with transaction id ${got} instead of ${transaction}; if it always does, set transactionId: any in its quirks`;
    return { kind: 'mismatched', fault: 'mismatch', why };
  }
  return check.kind === 'mismatch' ? { kind: 'mismatched', fault: 'mismatch', why: check.why } : { kind: 'answer', body: own };
};
