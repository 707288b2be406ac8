import { createHash } from 'node:crypto';
import type { NotificationChannel } from '@phloem/rules';
import type { SendOutcome } from '../send.ts';
import type { Message } from '../to-message.ts';

export type EmailChannel = Extract<NotificationChannel, { kind: 'email' }>;
export type EmailParts = {
  readonly password: string | null;
  readonly timeoutMs: number;
  /** Certificates to trust beside those of the system. */
  readonly ca?: string | undefined;
};

const defaultPort = { tls: 465, starttls: 587, none: 25 } as const;

/**
 * Sends a message by SMTP, over a connection of its own. With `starttls` a server that does not offer it gets neither password nor
 * message. The id of the message is its Message-ID, so that mail servers and programs know a repeat.
 */
export const sendEmail = async (channel: EmailChannel, address: string, message: Message, parts: EmailParts): Promise<SendOutcome> => {
  const { createTransport } = await import('nodemailer');
  const { host, encryption = 'starttls', port = defaultPort[encryption], from, user } = channel;
  const { timeoutMs, ca, password } = parts;
  const transport = createTransport({
    host,
    port,
    secure: encryption === 'tls',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    ...(ca !== undefined && { tls: { ca } }),
  });
  const id = createHash('sha256').update(`${message.id} ${address}`).digest('hex').slice(0, 32);
  try {
    await transport.sendMail({
      from,
      to: address,
      subject: message.subject,
      text: message.text,
      messageId: `<${id}@${from.split('@')[1] ?? 'phloem'}>`,
      priority: message.priority === 'P1' ? 'high' : 'normal',
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return { kind: 'delivered' };
  } catch (error) {
    const { responseCode, code } = error as { readonly responseCode?: number; readonly code?: string };
    // A server that refuses this very address refuses it the next time as well.
    const isFinal = code === 'EENVELOPE' && responseCode !== undefined && responseCode >= 500;
    return { kind: 'failed', error: `${host}: ${error instanceof Error ? error.message : String(error)}`, isFinal };
  } finally {
    transport.close();
  }
};
