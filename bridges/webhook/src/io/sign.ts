import { createHmac } from 'node:crypto';
import { Fault } from '@phloem/protocol';

/** A secret as Standard Webhooks write it: `whsec_` and 24 to 64 bytes in base64. */
const secretPattern = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;

/**
 * The keys of a file of secrets: the one in use, and while it is being changed the one before it.
 *
 * @throws Fault `bridge/refused`.
 */
export const parseSecrets = (text: string): readonly Buffer[] => {
  const keys = text.split(/\s+/).flatMap((secret) => {
    const key = Buffer.from(secretPattern.exec(secret)?.[1] ?? '', 'base64');
    return key.length >= 24 && key.length <= 64 ? [key] : [];
  });
  if (keys.length === 0 || keys.length > 2 || keys.length !== text.split(/\s+/).length) {
    const hint = 'write one with: echo "whsec_$(openssl rand -base64 32)"';
    throw new Fault(
      'bridge/refused',
      `the secret of a webhook is whsec_ and 24 to 64 bytes in base64, one or two on lines of their own; ${hint}`,
    );
  }
  return keys;
};

/** The value of `webhook-signature`: one signature for each key. `seconds` is the time of this attempt. */
export const sign = (keys: readonly Buffer[], id: string, seconds: number, body: string): string =>
  keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`).join(' ');
