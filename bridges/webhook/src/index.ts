export { openWebhookTarget, type WebhookOptions } from './io/open-webhook-target.ts';
