import type { ScopeId } from '@phloem/protocol';
import type { AlarmWatchText } from '../store/hub-store.ts';

/** The alarms that documents define, at work: a fold over the log that raises and clears them. */
export interface AlarmWatch {
  /** Whether anyone who runs a scope's rules may raise and clear an alarm: only its own rules' (AL2). */
  mayReport(alarm: string, scope: ScopeId): boolean;
  /** To be stored, and gone on from after a restart. */
  toStored(): AlarmWatchText;
  close(): void;
}
