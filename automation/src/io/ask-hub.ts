import { Fault, type FaultCode } from '@phloem/protocol';

/** The hub's HTTP side, with the node's own credential. */
export type AskHub = (path: string, init?: { readonly method?: string; readonly body?: string }) => Promise<string>;

const timeoutMs = 10_000;

const codeOf = (status: number): FaultCode => {
  if (status === 404) return 'document/unknown';
  if (status === 401) return 'auth/unauthorised';
  if (status === 403) return 'auth/forbidden';
  if (status === 409) return 'command/term';
  return status >= 500 ? 'net/unreachable' : 'protocol/unexpected';
};

/**
 * The text of an answer.
 *
 * @throws Fault that says what a refusal is about.
 */
export const readAnswer = (path: string, { status, text }: { readonly status: number; readonly text: string }): string => {
  if (status < 200 || status > 299) throw new Fault(codeOf(status), `${path}: ${status} ${text.slice(0, 200)}`);
  return text;
};

/**
 * Asks over HTTP, with the bearer token.
 *
 * @throws Fault `net/unreachable` when the hub does not answer; otherwise what its answer says.
 */
export const createAskHub =
  (url: string, token: string | undefined): AskHub =>
  async (path, init = {}) => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, url), {
        ...init,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      throw new Fault('net/unreachable', `${url} does not answer`, { cause });
    }
    return readAnswer(path, { status: response.status, text });
  };
