import { Fault, faults, isFault, type FaultCode, type Parse } from '@phloem/protocol';
import { answers, type AnswerName } from '../answers.ts';
import type { pageAnswers } from '../page-answers.ts';
import type { Ask, AskAnswer } from '../live-messages.ts';

const parsers = new Map<AnswerName, Parse<unknown>>();
const isFirst = (name: AnswerName): name is keyof typeof answers => Object.hasOwn(answers, name);
const parserOf = async (name: AnswerName): Promise<Parse<unknown>> => {
  const known = parsers.get(name) ?? (isFirst(name) ? answers[name]() : (await loadPageAnswers())[name]());
  parsers.set(name, known);
  return known;
};

const loadPageAnswers = async (): Promise<typeof pageAnswers> => {
  try {
    return (await import('../page-answers.ts')).pageAnswers;
  } catch (cause) {
    throw new Fault('net/unreachable', 'a part of this page could not be loaded; reload it', { cause });
  }
};

/**
 * Asks the hub that served this page. What it refuses comes with its own words, no answer at all as `net/unreachable`.
 * Nothing is sent twice, nothing is queued. A request that was given up has no answer: null.
 */
export const askHub = async (ask: Ask, signal: AbortSignal): Promise<AskAnswer | null> => {
  try {
    return { id: ask.id, value: await send(ask, signal) };
  } catch (error) {
    if (signal.aborted) return null;
    if (!isFault(error)) throw error;
    return { id: ask.id, code: error.code, message: error.message };
  }
};

const send = async ({ method, path, body, answer: name, timeoutMs }: Ask, signal: AbortSignal): Promise<unknown> => {
  const answer = await fetch(path, {
    method,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Fault('net/unreachable', 'the hub does not answer', { cause: error });
  });
  const told: unknown = await answer.json().catch(() => null); // What stands between may answer with a page of its own.
  if (!answer.ok) throw toRefusal(answer.status, told);
  return (await parserOf(name))(told);
};

const toRefusal = (status: number, told: unknown): Fault => {
  const { code, message } = typeof told === 'object' && told !== null ? (told as { code?: unknown; message?: unknown }) : {};
  const text = typeof message === 'string' && message !== '' ? message : `the hub answered ${status}`;
  return new Fault(isFaultCode(code) ? code : 'net/answer', text);
};

const isFaultCode = (code: unknown): code is FaultCode => typeof code === 'string' && Object.hasOwn(faults, code);
