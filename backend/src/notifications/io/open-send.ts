import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NotificationPlan } from '../notification-plan.ts';
import type { Send, SendOutcome } from '../send.ts';
import { sendEmail } from './send-email.ts';
import { sendNtfy, sendWebhook } from './send-http.ts';

export type SendParts = {
  readonly plan: Pick<NotificationPlan, 'channels'>;
  /** The data folder: secrets lie in its folder `secrets`. */
  readonly data: string;
  readonly now: () => number;
  readonly timeoutMs?: number;
  readonly ca?: string;
};

/** Makes what sends messages. A secret is read for each message, so that a new one is used at once. */
export const openSend =
  ({ plan, data, now, timeoutMs = 10_000, ca }: SendParts): Send =>
  async ({ channel: name, address }, message): Promise<SendOutcome> => {
    const channel = plan.channels[name];
    if (channel === undefined) return { kind: 'failed', error: `there is no channel ${name} any more`, isFinal: true };
    const secret = channel.secret === undefined ? '' : readSecret(data, channel.secret);
    if (typeof secret !== 'string') return { kind: 'failed', error: secret.why, isFinal: false };
    switch (channel.kind) {
      case 'email':
        return sendEmail(channel, address ?? '', message, { password: secret === '' ? null : secret, timeoutMs, ca });
      case 'webhook':
        return sendWebhook(channel, message, { secret, timeoutMs, now });
      case 'ntfy':
        return sendNtfy(channel, address ?? '', message, { secret, timeoutMs });
    }
  };

/** A secret, or why there is none. */
const readSecret = (data: string, name: string): string | { readonly why: string } => {
  const path = join(data, 'secrets', `${name}.secret`);
  try {
    if ((statSync(path).mode & 0o077) !== 0) return { why: `${path} can be read by others: run chmod 600 on it` };
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Whatever keeps it from being read, a person has to write it.
    return { why: `the secret ${name} is missing: write it into ${path}` };
  }
};
