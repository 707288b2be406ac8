import { Fault, faults, type FaultCode } from '@phloem/protocol';
import type { Asked } from '../hub-connection.ts';

const answerMs = 5000;

const isFaultCode = (code: unknown): code is FaultCode => typeof code === 'string' && code in faults;

const toUnreachable = (error: unknown): never => {
  throw new Fault('net/unreachable', `the hub does not answer: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
};

/**
 * Makes the function that asks a hub over HTTP. `patienceMs` is how long the hub may take.
 *
 * @throws Fault with the code of the hub, or `net/unreachable`.
 */
export const createAsk =
  (address: string, token: string) =>
  async <T>(path: string, { method, body }: Asked, patienceMs = answerMs): Promise<T> => {
    const authorization = `Bearer ${token}`;
    const content =
      body === undefined
        ? { headers: { authorization } }
        : { headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(new URL(`/api/v1${path}`, address), { method, signal, ...content }).catch(toUnreachable);
    const text = await response.text().catch(toUnreachable);
    const answer = parseAnswer(text, response.status);
    if (response.ok) return answer as T;
    const { code, message } = (answer ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    throw new Fault(isFaultCode(code) ? code : 'net/unreachable', typeof message === 'string' ? message : `it answered ${response.status}`);
  };

const parseAnswer = (text: string, status: number): unknown => {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('net/unreachable', `what answers is not a hub: it sent ${status} without JSON; check the address`, { cause: error });
  }
};
