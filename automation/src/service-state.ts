import type { DocumentHash, Position, ScopeId, Term } from '@phloem/protocol';
import { toRecent, type Recent } from '@phloem/rules';
import type { Plan } from './plan.ts';

/** What the service knows after an entry of the log. */
export type ServiceState = {
  /** The newest entry that was stepped, or before which the service begins. */
  readonly position: Position;
  /** The scope that it runs: given, or that of the first live bundle that it meets. */
  readonly scope: ScopeId | null;
  readonly site: DocumentHash | null;
  readonly bundle: DocumentHash | null;
  readonly plan: Plan | null;
  /** The plan's state; of no meaning without a plan. */
  readonly run: unknown;
  /** The term under which this node holds the scope, as the log says; null when it does not. */
  readonly term: Term | null;
  readonly recent: Recent;
};

/** A service that has stepped nothing yet. */
export const startService = (position: Position, scope: ScopeId | null): ServiceState => ({
  position,
  scope,
  site: null,
  bundle: null,
  plan: null,
  run: null,
  term: null,
  recent: toRecent([]),
});
