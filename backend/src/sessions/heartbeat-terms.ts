import type { HeartbeatTerms, Role } from '@phloem/protocol';
import { isService } from '../access/permissions.ts';

/** The paces there are: links that command, and links that show. */
export const heartbeatPaces = { control: { everyMs: 500, deadMs: 2000 }, browser: { everyMs: 5000, deadMs: 15_000 } } as const;

/** How often a session of this role says that it lives, and when it is given up. */
export const heartbeatTermsOf = (role: Role, leaseMs: number): HeartbeatTerms => ({
  ...(isService(role) ? heartbeatPaces.control : heartbeatPaces.browser),
  leaseMs,
});
