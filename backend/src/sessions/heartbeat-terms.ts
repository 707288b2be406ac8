import type { HeartbeatTerms, Role } from '@phloem/protocol';

/** The paces there are: links that command, and links that show. */
export const heartbeatPaces = { control: { everyMs: 500, deadMs: 2000 }, browser: { everyMs: 5000, deadMs: 15_000 } } as const;

/** How often a session of this role says that it lives, and when it is given up. */
export const heartbeatTermsOf = (role: Role, leaseMs: number): HeartbeatTerms => ({
  ...(role === 'automation' || role === 'relay' || role === 'ingest' ? heartbeatPaces.control : heartbeatPaces.browser),
  leaseMs,
});
