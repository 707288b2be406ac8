import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

/** What a receiver answered. What it says in the body does not matter. */
export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders };

export type Post = (body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Answer>;

/** A longer answer ends its connection. */
const maxAnswerBytes = 64 * 1024;

/** Posts to one address over one connection at a time. Follows no redirect. `close` ends an idle connection. */
export const openPost = (url: URL, lookup: LookupFunction): { readonly post: Post; readonly close: () => void } => {
  const protocol = url.protocol === 'https:' ? https : http;
  const agent = new protocol.Agent({ keepAlive: true, maxSockets: 1 });
  const post: Post = async (body, headers, signal) => {
    const asked = protocol.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent,
      signal,
      // An address in digits is not resolved.
      ...(isIP(toHost(url)) === 0 && { lookup }),
    });
    // It may fail once more after its answer, which is known then.
    asked.on('error', () => undefined);
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
    asked.end(body);
    const [response] = await answered;
    readAway(response);
    return { status: response.statusCode ?? 0, headers: response.headers };
  };
  return { post, close: () => agent.destroy() };
};

/** The host of an address, without the brackets of IPv6. */
export const toHost = ({ hostname }: URL): string => hostname.replaceAll(/^\[|\]$/g, '');

/** Reads the rest of an answer, so that its connection can be used again. */
const readAway = (response: IncomingMessage): void => {
  let bytes = 0;
  response.on('data', ({ length }: Buffer) => {
    bytes += length;
    if (bytes > maxAnswerBytes) response.destroy();
  });
  // The answer is known; what happens to the rest of it changes nothing.
  response.on('error', () => undefined);
};
