import { readFileSync } from 'node:fs';
import { Fault, type FaultCode, faults } from '@phloem/protocol';

/** Asks the hub on this machine over HTTP, as the administrator whose token the data folder holds. */
export type HubClient = {
  get<T>(path: string): Promise<T>;
  /** What is no JSON: a CSV file. */
  text(path: string): Promise<string>;
  post<T>(path: string, body: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  delete<T>(path: string, body: unknown): Promise<T>;
};

/** The zone in which the hub's site reports its times. */
export const askTimeZone = async (client: HubClient): Promise<string> =>
  (await client.get<{ readonly timeZone: string }>('/api/v1/site')).timeZone;

/** How long a hub may take to answer; checking a large bundle takes it a second or two. */
const answerMs = 15_000;

const toSilence = (port: number, error: unknown): string =>
  error instanceof Error && error.name === 'TimeoutError'
    ? `the hub on port ${port} did not answer within ${answerMs / 1000} s`
    : `no hub answers on port ${port}; start one, or name its port with --port`;

const isFaultCode = (code: unknown): code is FaultCode => typeof code === 'string' && code in faults;

/** @throws Fault from each call: `net/unreachable` when no hub answers there, `cli/usage` when it has another data folder. */
export const createHubClient = ({ port, tokenFile }: { readonly port: number; readonly tokenFile: string }): HubClient => {
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    let token: string;
    try {
      token = readFileSync(tokenFile, 'utf8').trim();
    } catch (error) {
      throw new Fault(
        'cli/usage',
        `no hub has run with this data folder yet (${tokenFile} is missing); start one, or name its folder with --data`,
        { cause: error },
      );
    }
    try {
      return await fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        signal: AbortSignal.timeout(answerMs),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
    } catch (error) {
      throw new Fault('net/unreachable', toSilence(port, error), { cause: error });
    }
  };
  const ask = async <T>(path: string, init: RequestInit): Promise<T> => toBody<T>(await request(path, init));
  const toBody = async <T>(response: Response): Promise<T> => {
    const body: unknown = await response.json().catch((error: unknown) => {
      throw new Fault('cli/usage', `the program on port ${port} is not a hub; name the hub's port with --port`, { cause: error });
    });
    if (response.ok) return body as T;
    const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
    throw new Fault(isFaultCode(code) ? code : 'cli/usage', typeof message === 'string' ? message : `the hub answered ${response.status}`);
  };
  return {
    get: (path) => ask(path, { method: 'GET' }),
    text: async (path) => {
      const response = await request(path, { method: 'GET' });
      return response.ok ? response.text() : toBody<never>(response);
    },
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
    put: (path, body) => ask(path, { method: 'PUT', body: JSON.stringify(body) }),
    delete: (path, body) => ask(path, { method: 'DELETE', body: JSON.stringify(body) }),
  };
};
