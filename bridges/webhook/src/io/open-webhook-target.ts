import { isIP } from 'node:net';
import { RetryLater, type BridgeRecord, type Target } from '@phloem/bridge';
import { Fault, isFault } from '@phloem/protocol';
import { toWebhook } from '../to-webhook.ts';
import { createLookup, mustBeElsewhere, type Resolve } from './create-lookup.ts';
import { openPost, toHost, type Answer } from './post.ts';
import { parseSecrets, sign } from './sign.ts';
import { toPauseMs } from './to-pause-ms.ts';

/** Where webhooks go. */
export type WebhookOptions = {
  readonly url: string;
  /** One or two secrets in the form of Standard Webhooks, separated by white space. */
  readonly secrets: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long a receiver may take to answer. Default: 15 s. */
  readonly timeoutMs?: number;
  /** A name may lead to this machine. An address that names this machine itself always may. */
  readonly isLoopbackAllowed?: boolean;
  /** Default: the resolver of the operating system. */
  readonly resolve?: Resolve;
};

/** Names by which a configuration means this machine. */
const isThisMachine = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Opens a target that posts each record to a server, signed by the rules of Standard Webhooks. It cannot say what the server has:
 * each record comes at least once and in order, always with the same `webhook-id`.
 *
 * @throws Fault `bridge/refused` when the secret has another form or nothing may be posted to the address.
 */
export const openWebhookTarget = async (options: WebhookOptions): Promise<Target> => {
  const { secrets, now, timeoutMs = 15_000, isLoopbackAllowed = false, resolve } = options;
  const keys = parseSecrets(secrets);
  const url = new URL(options.url);
  const host = toHost(url);
  const allowed = { isLoopbackAllowed: isLoopbackAllowed || isThisMachine(host), ...(resolve !== undefined && { resolve }) };
  if (isIP(host) > 0) mustBeElsewhere(host, host, allowed);
  const ending = new AbortController();
  const { post, close } = openPost(url, createLookup(allowed));

  const send = async (record: BridgeRecord): Promise<void> => {
    const { id, body } = toWebhook(record, now());
    const seconds = Math.floor(now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'phloem-webhook',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': sign(keys, id, seconds, body),
    };
    judge(await explain(post(body, headers, AbortSignal.any([ending.signal, AbortSignal.timeout(timeoutMs)]))), now());
  };

  return {
    position: async () => 'unknown',
    put: async ({ records }) => {
      for (const record of records) await send(record);
    },
    close: async () => {
      ending.abort();
      close();
    },
  };
};

/** @throws Fault by the status of an answer; 2xx alone is an acknowledgement. */
const judge = ({ status, headers }: Answer, now: number): void => {
  if (status >= 200 && status < 300) return;
  if (status === 410) throw new Fault('bridge/gone', 'the receiver answered 410: it wants no more webhooks');
  if (status >= 300 && status < 400) throw new Fault('bridge/refused', `the receiver answered ${status}: redirects are not followed`);
  const pauseMs = status === 429 || status === 503 ? toPauseMs(headers, now) : null;
  if (pauseMs !== null) {
    throw new RetryLater('bridge/unreachable', `the receiver answered ${status} and asks to wait ${Math.ceil(pauseMs / 1000)} s`, pauseMs);
  }
  if (status === 429 || status >= 500) throw new Fault('bridge/unreachable', `the receiver answered ${status}`);
  throw new Fault('bridge/refused', `the receiver answered ${status}`);
};

const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error) || !(error instanceof Error)) throw error;
    throw new Fault('bridge/unreachable', `the receiver of webhooks: ${toCause(error)}`, { cause: error });
  }
};

/** An abort gives its reason as the cause. A host with several addresses fails with a code and no message. */
const toCause = (error: Error): string => {
  if (error.cause instanceof Error && error.cause.name === 'TimeoutError') return 'did not answer in time';
  const code = 'code' in error ? String(error.code) : error.name;
  return error.message === '' ? code : error.message;
};
