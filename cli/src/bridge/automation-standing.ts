import type { RequestsStatus } from '@phloem/bridge';
import type { AutomationCode, BridgeReport } from '@phloem/protocol';

const codes = {
  'no sign of life': 'no-sign-of-life',
  'waiting for the lease': 'waiting-for-lease',
  'in control': 'in-control',
} as const satisfies Record<RequestsStatus['control'], AutomationCode>;

/** How the foreign automation stands; null before the bridge has looked, when nothing can be said of it. */
export const toAutomationCode = ({ phase, control }: Pick<RequestsStatus, 'phase' | 'control'>, before: AutomationCode | null = null) =>
  before === null && phase !== 'flowing' && control === 'no sign of life' ? null : codes[control];

/** A code, and when it was first seen by the clock of the bridge. */
export type Standing = { readonly code: AutomationCode; readonly at: number };

/** Pure: takes how the automation stands now. */
export const stepStanding = (before: Standing | null, code: AutomationCode | null, now: number): Standing | null => {
  if (code === null) return null;
  return before?.code === code ? before : { code, at: now };
};

/** As the hub gets it: it knows another clock. */
export const toReportedAutomation = (standing: Standing | null, now: number): BridgeReport['automation'] =>
  standing === null ? null : { code: standing.code, forMs: Math.max(0, Math.round(now - standing.at)) };
