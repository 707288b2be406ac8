import { toExceptionAdvice, type BusReadAnswer, type BusTransaction } from '@phloem/protocol';
import { toCount, toRegisterSpan } from '../modbus/bus-request.ts';
import type { BusExchange } from './bus-exchange.ts';
import { toLineWords } from './step-away.ts';

/** Bytes as people read them: `01 03 00 0B`. */
export const toHexText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');

const failures = { 'modbus/timeout': 'timeout', 'modbus/mismatch': 'mismatch', 'modbus/link': 'link' } as const;

const toOutcome = ({ outcome }: BusExchange): BusTransaction['outcome'] => {
  switch (outcome.kind) {
    case 'bits':
    case 'words':
    case 'echoed':
    case 'sent':
      return 'answered';
    case 'failed':
      return outcome.isSent ? failures[outcome.code] : 'unsent';
    default:
      return outcome.kind;
  }
};

/** What was wrong, in words; null when nothing was. */
const toFaultWords = ({ outcome, request }: BusExchange): string | null => {
  switch (outcome.kind) {
    case 'failed':
    case 'unsolicited':
      return outcome.why;
    case 'exception':
      return request === null ? null : toExceptionAdvice(outcome.code, toRegisterSpan(request));
    case 'withdrawn':
      return 'not sent: it was no longer wanted when its turn came';
    case 'probe':
      return 'sent first, to clear the line of a late answer';
    default:
      return null;
  }
};

/** What there is to say of an exchange: what was wrong with it, and at which speed it was when that was not the line's own. */
const toWhy = (exchange: BusExchange): string | null => {
  const words = toFaultWords(exchange);
  if (exchange.line === null) return words;
  return words === null ? `sent at ${toLineWords(exchange.line)}` : `at ${toLineWords(exchange.line)}: ${words}`;
};

const toValues = ({ outcome }: BusExchange): number[] =>
  outcome.kind === 'words' || outcome.kind === 'bits' ? outcome.values.map(Number) : [];

const toShort = (text: string | null): string | null => text?.slice(0, 400) ?? null;
const round = (ms: number): number => Math.round(ms * 100) / 100;

/** An exchange as technicians see it; `at` is the wall time at which it ended. */
export const toTransaction = (exchange: BusExchange, at: number): BusTransaction => {
  const { n, request, priority, sent, received, tookMs } = exchange;
  return {
    n,
    at: Math.round(at - (tookMs ?? 0)),
    unit: request?.unit ?? 0,
    function: request?.function ?? 0,
    address: request?.address ?? 0,
    count: request === null ? 0 : toCount(request),
    rank: priority ?? '',
    outcome: toOutcome(exchange),
    why: toShort(toWhy(exchange)),
    values: toValues(exchange),
    sent: toHexText(sent),
    received: toHexText(received),
    tookMs: tookMs === null ? null : round(tookMs),
  };
};

/** What came of a manual read. */
export const toReadAnswer = (
  exchange: BusExchange,
  about: Pick<BusReadAnswer, 'bus' | 'totalMs' | 'answerTimeoutMs' | 'load'>,
): BusReadAnswer => {
  const outcome = toOutcome(exchange);
  return {
    ...about,
    totalMs: round(about.totalMs),
    outcome:
      outcome === 'answered' || outcome === 'exception' || outcome === 'timeout' || outcome === 'mismatch'
        ? outcome
        : exchange.outcome.kind === 'failed' && exchange.outcome.code === 'modbus/timeout'
          ? 'timeout'
          : 'link',
    why: toShort(toWhy(exchange)),
    ...(exchange.outcome.kind === 'failed' && exchange.outcome.cause !== undefined && { cause: exchange.outcome.cause }),
    exception: exchange.outcome.kind === 'exception' ? exchange.outcome.code : null,
    values: toValues(exchange),
    sent: toHexText(exchange.sent),
    received: toHexText(exchange.received),
    tookMs: exchange.tookMs === null ? null : round(exchange.tookMs),
  };
};
