import type { DocumentHash, ScopeId } from '@phloem/protocol';
import type { AlarmWatchText } from '../store/hub-store.ts';

/** The alarms that documents define, at work: a fold over the log that raises and clears them. */
export interface AlarmWatch {
  /** Whether anyone who runs a scope's rules may raise and clear an alarm: only its own rules' (AL2). */
  mayReport(alarm: string, scope: ScopeId): boolean;
  /**
   * Compiles the alarms of a bundle before it becomes a live one, one document in each turn: the thread goes on meanwhile.
   * `nextTurn` resolves when everything else that waits has been served.
   */
  prepare(hash: DocumentHash, text: string, nextTurn: () => Promise<void>): Promise<void>;
  /** To be stored, and gone on from after a restart. */
  toStored(): AlarmWatchText;
  close(): void;
}
