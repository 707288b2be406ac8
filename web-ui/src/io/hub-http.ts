import { Fault, faults, type FaultCode, type Parse } from '@phloem/protocol';

/**
 * Asks the hub that served this page. Each answer goes through `parse` (made by `createParse` from the schema of the
 * route). What the hub refuses comes as the `Fault` that it gave, with its words; no answer at all is
 * `net/unreachable`. Nothing is sent twice, nothing is queued.
 */
export type HubHttp = {
  readonly get: <T>(path: string, parse: Parse<T>, options?: AskOptions) => Promise<T>;
  readonly post: <T>(path: string, body: unknown, parse: Parse<T>, options?: AskOptions) => Promise<T>;
  readonly put: <T>(path: string, body: unknown, parse: Parse<T>, options?: AskOptions) => Promise<T>;
  readonly delete: <T>(path: string, body: unknown, parse: Parse<T>, options?: AskOptions) => Promise<T>;
};

/** When to give up: at a signal, and after a while in any case. */
export type AskOptions = { readonly signal?: AbortSignal; readonly timeoutMs?: number };

const patienceMs = 10_000;

export const createHubHttp = (): HubHttp => ({
  get: (path, parse, options) => ask('GET', path, undefined, parse, options),
  post: (path, body, parse, options) => ask('POST', path, body, parse, options),
  put: (path, body, parse, options) => ask('PUT', path, body, parse, options),
  delete: (path, body, parse, options) => ask('DELETE', path, body, parse, options),
});

const ask = async <T>(
  method: string,
  path: string,
  body: unknown,
  parse: Parse<T>,
  { signal, timeoutMs = patienceMs }: AskOptions = {},
): Promise<T> => {
  const limit = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(path, {
    method,
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new Fault('net/unreachable', 'the hub does not answer', { cause: error });
  });
  const told: unknown = await answer.json().catch(() => null); // What stands between may answer with a page of its own.
  if (!answer.ok) throw toRefusal(answer.status, told);
  return parse(told);
};

const toRefusal = (status: number, told: unknown): Fault => {
  const { code, message } = typeof told === 'object' && told !== null ? (told as { code?: unknown; message?: unknown }) : {};
  const text = typeof message === 'string' && message !== '' ? message : `the hub answered ${status}`;
  return new Fault(isFaultCode(code) ? code : 'net/answer', text);
};

const isFaultCode = (code: unknown): code is FaultCode => typeof code === 'string' && Object.hasOwn(faults, code);
