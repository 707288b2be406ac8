import { createHmac } from 'node:crypto';
import type { NotificationChannel } from '@phloem/rules';
import type { SendOutcome } from '../send.ts';
import type { Message } from '../to-message.ts';

type HttpChannel<K> = Extract<NotificationChannel, { kind: K }>;
export type HttpParts = { readonly secret: string; readonly timeoutMs: number; readonly now: () => number };

/** Posts a message, signed as Standard Webhooks: `id.timestamp.body`. The id stays the same over repeats, the time does not. */
export const sendWebhook = async (
  { url }: HttpChannel<'webhook'>,
  message: Message,
  { secret, timeoutMs, now }: HttpParts,
): Promise<SendOutcome> => {
  const key = Buffer.from(/^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secret)?.[1] ?? '', 'base64');
  if (key.length < 24) {
    const hint = 'write one with: echo "whsec_$(openssl rand -base64 32)"';
    return { kind: 'failed', error: `the secret of a webhook is whsec_ and at least 24 bytes in base64; ${hint}`, isFinal: false };
  }
  const { id, subject, text, priority, link, notices } = message;
  const body = JSON.stringify({
    type: 'phloem.notification',
    data: {
      subject,
      text,
      priority,
      link,
      alarms: notices.map(({ kind, alarm, episode, priority: own, raised, cleared }) => ({
        kind,
        alarm,
        episode,
        priority: own,
        raised,
        cleared,
      })),
    },
  });
  const seconds = Math.floor(now() / 1000);
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return post(url, body, timeoutMs, { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` });
};

const ntfyPriority = { P1: 5, P2: 4, P3: 3, P4: 2 } as const;

/** Publishes a message to a topic of ntfy. */
export const sendNtfy = (
  { url }: HttpChannel<'ntfy'>,
  topic: string,
  message: Message,
  { secret, timeoutMs }: Pick<HttpParts, 'secret' | 'timeoutMs'>,
): Promise<SendOutcome> => {
  const isOver = message.notices.every(({ kind }) => kind === 'resolved');
  const body = JSON.stringify({
    topic,
    title: message.subject,
    message: message.text,
    priority: isOver ? 3 : ntfyPriority[message.priority],
    tags: [isOver ? 'white_check_mark' : 'warning'],
    ...(message.link !== null && { click: message.link }),
  });
  return post(url, body, timeoutMs, secret === '' ? {} : { authorization: `Bearer ${secret}` });
};

const post = async (url: string, body: string, timeoutMs: number, headers: Readonly<Record<string, string>>): Promise<SendOutcome> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      // What answers with another address could be made to lead anywhere.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    // What it says does not matter, and may never end.
    await response.body?.cancel();
    if (response.ok) return { kind: 'delivered' };
    return { kind: 'failed', error: `${new URL(url).host} answered ${response.status}`, isFinal: response.status === 410 };
  } catch (error) {
    return { kind: 'failed', error: toText(error, url, timeoutMs), isFinal: false };
  }
};

const toText = (error: unknown, url: string, timeoutMs: number): string => {
  const { host } = new URL(url);
  if (error instanceof DOMException && error.name === 'TimeoutError') return `${host} did not answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  return `${host} cannot be reached${cause === '' ? '' : `: ${cause}`}`;
};
