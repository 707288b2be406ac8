import type { Fault } from '@phloem/protocol';

/** How the requests of a foreign program stand. */
export type RequestsStatus = {
  readonly phase: 'resting' | 'dialing' | 'flowing' | 'closed';
  /** What the foreign program may do: nothing while it shows no life, or while another service holds the lease. */
  readonly control: 'no sign of life' | 'waiting for the lease' | 'in control';
  readonly error: { readonly code: Fault['code']; readonly message: string } | null;
  /** Why the hub has ended the link for good; null while it has not. */
  readonly endedBy: string | null;
  readonly counters: { readonly requests: number; readonly stale: number; readonly unreadable: number; readonly failures: number };
};
