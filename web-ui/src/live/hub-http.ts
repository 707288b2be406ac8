import type { Answer, AnswerName } from './answers.ts';
import type { Ask } from './live-messages.ts';

/**
 * Asks the hub that served this page. Each answer is checked against the schema of its name before anybody sees it. What
 * the hub refuses comes as the `Fault` that it gave, with its words; no answer at all is `net/unreachable`. Nothing is
 * sent twice, nothing is queued.
 */
export type HubHttp = {
  readonly get: <N extends AnswerName>(path: string, answer: N, options?: AskOptions) => Promise<Answer<N>>;
  readonly post: <N extends AnswerName>(path: string, body: unknown, answer: N, options?: AskOptions) => Promise<Answer<N>>;
  readonly put: <N extends AnswerName>(path: string, body: unknown, answer: N, options?: AskOptions) => Promise<Answer<N>>;
  readonly delete: <N extends AnswerName>(path: string, body: unknown, answer: N, options?: AskOptions) => Promise<Answer<N>>;
};

/** When to give up: at a signal, and after a while in any case. */
export type AskOptions = { readonly signal?: AbortSignal; readonly timeoutMs?: number };

/** Hands a request to anyone who sends it. */
export type SendAsk = (ask: Omit<Ask, 'id'>, signal: AbortSignal | undefined) => Promise<unknown>;

const patienceMs = 10_000;

export const createHubHttp = (send: SendAsk): HubHttp => {
  const ask = async <N extends AnswerName>(
    method: Ask['method'],
    path: string,
    body: unknown,
    answer: N,
    { signal, timeoutMs = patienceMs }: AskOptions = {},
  ): Promise<Answer<N>> => {
    const value = await send({ method, path, answer, timeoutMs, ...(body === undefined ? {} : { body }) }, signal);
    return value as Answer<N>; // Checked where it came in.
  };
  return {
    get: (path, answer, options) => ask('GET', path, undefined, answer, options),
    post: (path, body, answer, options) => ask('POST', path, body, answer, options),
    put: (path, body, answer, options) => ask('PUT', path, body, answer, options),
    delete: (path, body, answer, options) => ask('DELETE', path, body, answer, options),
  };
};
