import type { Entry, LeaseEntry, ScopeId } from '@phloem/protocol';

/** The leases that stand in the log as held, though the hub that granted them is gone. */
export function toUnendedLeases(past: readonly Entry[]): readonly LeaseEntry[] {
  const last = new Map<ScopeId, LeaseEntry>();
  for (const entry of past) if (entry.kind === 'lease') last.set(entry.scope, entry);
  return [...last.values()].filter(({ holder }) => holder !== null);
}
