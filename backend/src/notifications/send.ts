import type { Recipient } from './notification-plan.ts';
import type { Message } from './to-message.ts';

/** What came of an attempt. `isFinal`: no other attempt will do better. */
export type SendOutcome = { readonly kind: 'delivered' } | { readonly kind: 'failed'; readonly error: string; readonly isFinal: boolean };

/** Sends a message once, within ten seconds. Delivered means that the channel has taken it over. What rejects is a bug, and counts as a failure. */
export type Send = (recipient: Recipient, message: Message) => Promise<SendOutcome>;
