import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { BridgeRecord, Target } from '@phloem/bridge';
import { Fault, isFault } from '@phloem/protocol';
import { toWebhook } from '../to-webhook.ts';
import { parseSecrets, sign } from './sign.ts';

/** Where webhooks go. */
export type WebhookOptions = {
  readonly url: string;
  /** One or two secrets in the form of Standard Webhooks, separated by white space. */
  readonly secrets: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long a receiver may take to answer. Default: 15 s. */
  readonly timeoutMs?: number;
};

/** Claims that an address belongs to the link itself. */
const isLinkLocal = (address: string): boolean => /^((::ffff:)?169\.254\.|::ffff:a9fe:|fe[89ab][0-9a-f]:)/i.test(address);

/**
 * Opens a target that posts each record to a server, signed by the rules of Standard Webhooks. It cannot say what the server has:
 * each record comes at least once and in order, always with the same `webhook-id`.
 *
 * @throws Fault `bridge/refused` when the secret has another form or the address is link-local, `bridge/unreachable`.
 */
export const openWebhookTarget = async ({ url, secrets, now, timeoutMs = 15_000 }: WebhookOptions): Promise<Target> => {
  const keys = parseSecrets(secrets);
  await mustBeElsewhere(new URL(url).hostname);
  const ending = new AbortController();

  const post = async (record: BridgeRecord): Promise<void> => {
    const { id, body } = toWebhook(record, now());
    const seconds = Math.floor(now() / 1000);
    const response = await explain(
      fetch(url, {
        method: 'POST',
        body,
        redirect: 'manual',
        signal: AbortSignal.any([ending.signal, AbortSignal.timeout(timeoutMs)]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'phloem-webhook',
          'webhook-id': id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': sign(keys, id, seconds, body),
        },
      }),
    );
    await response.body?.cancel();
    judge(response.status);
  };

  return {
    position: async () => 'unknown',
    put: async ({ records }) => {
      for (const record of records) await post(record);
    },
    close: async () => ending.abort(),
  };
};

/** @throws Fault by the status of an answer; 2xx alone is an acknowledgement. */
const judge = (status: number): void => {
  if (status >= 200 && status < 300) return;
  if (status === 410) throw new Fault('bridge/gone', 'the receiver answered 410: it wants no more webhooks');
  if (status >= 300 && status < 400) throw new Fault('bridge/refused', `the receiver answered ${status}: redirects are not followed`);
  if (status === 429 || status >= 500) throw new Fault('bridge/unreachable', `the receiver answered ${status}`);
  throw new Fault('bridge/refused', `the receiver answered ${status}`);
};

/** Addresses of the link serve machines their own credentials in many clouds; nothing is ever posted there. */
const mustBeElsewhere = async (hostname: string): Promise<void> => {
  const host = hostname.replace(/^\[|\]$/g, '');
  const found = isIP(host) > 0 ? [{ address: host }] : await explain(lookup(host, { all: true }));
  const local = found.find(({ address }) => isLinkLocal(address));
  if (local !== undefined) throw new Fault('bridge/refused', `${hostname} is at ${local.address}, a link-local address`);
};

const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error) || !(error instanceof Error)) throw error;
    const why = error.name === 'TimeoutError' ? 'did not answer in time' : toCause(error);
    throw new Fault('bridge/unreachable', `the receiver of webhooks: ${why}`, { cause: error });
  }
};

/** `fetch failed` says nothing; what it was is its cause. */
const toCause = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);
