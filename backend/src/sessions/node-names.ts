import { alarmIds, reasonOf, type Hello, type NodeId } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';
import type { HubView } from '../view/hub-view.ts';
import { judgeClaim, noClaims, type NameClaims } from './judge-claim.ts';

export type NodeNamesOptions = {
  readonly log: Pick<FrameLog, 'append'>;
  readonly view: Pick<HubView, 'alarmState'>;
  readonly now: () => number;
};

/** Watches that each node's name belongs to one process, and keeps the alarm for names that two processes use. */
export class NodeNames {
  readonly #options: NodeNamesOptions;
  readonly #claims = new Map<NodeId, NameClaims>();

  constructor(options: NodeNamesOptions) {
    this.#options = options;
  }

  /** Claims that a greeting comes from a second process of a name; `live` is the greeting of the session that has it now. */
  isDuplicate({ nodeId, run }: Hello, live: Hello | undefined): boolean {
    if (live === undefined || live.run === run) return false;
    const judged = judgeClaim(this.#claims.get(nodeId) ?? noClaims, { run, live: live.run, now: this.#options.now() });
    this.#claims.set(nodeId, judged.claims);
    return judged.isDuplicate;
  }

  raise(nodeId: NodeId): void {
    const alarm = alarmIds.duplicate(nodeId);
    if (this.#options.view.alarmState(alarm) !== 'cleared') return;
    const why = reasonOf('node/duplicate', { node: nodeId });
    this.#options.log.append([{ kind: 'alarm', alarm, state: 'active', priority: 'P2', by: { kind: 'hub' }, why }]);
  }

  /** Clears the alarm when no other process has the name; if one comes back, the alarm is raised again. */
  clear({ nodeId, run }: Hello, live: Hello | undefined): void {
    if (live !== undefined && live.run !== run) return;
    const alarm = alarmIds.duplicate(nodeId);
    if (this.#options.view.alarmState(alarm) === 'cleared') return;
    this.#options.log.append([{ kind: 'alarm', alarm, state: 'cleared', priority: 'P2', by: { kind: 'hub' } }]);
  }
}
