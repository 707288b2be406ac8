import { Fault, type CursorAnswer, type CursorName, type Lsn, type NodeId, type Position, type Role } from '@phloem/protocol';
import { mayHave } from '../access/permissions.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { resolveCursor, type ResolvedCursor } from '../log/resolve-cursor.ts';
import type { HubStore, NamedCursor } from '../store/hub-store.ts';
import { isLost } from './cursor-alarms.ts';

/** A session, as far as cursors are concerned. */
export type CursorUser = {
  readonly hello: { readonly nodeId: NodeId };
  readonly actsAs: Role;
};

/** The cursors that the hub keeps for nodes, each for the node that made it. */
export class NamedCursors {
  readonly #store: Pick<HubStore, 'log' | 'clock' | 'namedCursors'>;

  constructor(store: Pick<HubStore, 'log' | 'clock' | 'namedCursors'>) {
    this.#store = store;
  }

  /**
   * Where a subscription under this name begins: at the cursor that the node names, else where it was committed last, else at
   * the head. What cannot be had any more stays uncommitted until the node knows of it.
   *
   * @throws Fault `auth/forbidden`, `cursor/foreign`.
   */
  open({ hello: { nodeId }, actsAs }: CursorUser, name: CursorName, cursor: Position | null, log: FrameLog): ResolvedCursor {
    if (!mayHave(actsAs, 'namedCursor')) throw new Fault('auth/forbidden', `the role ${actsAs} has no named cursors`);
    const { namedCursors } = this.#store;
    const stored = namedCursors.get(name);
    if (stored !== null && stored.node !== nodeId)
      throw new Fault('cursor/foreign', `the cursor ${name} belongs to the node ${stored.node}`);
    const { epoch, lsn } = cursor ?? stored ?? { epoch: log.epoch, lsn: log.head };
    if (stored?.epoch !== epoch || stored.lsn !== lsn) this.#put({ name, node: nodeId, epoch, lsn });
    const resolved = resolveCursor({ epoch, lsn }, log);
    return stored === null && cursor === null ? { ...resolved, why: 'new' } : resolved;
  }

  /** The node has worked off everything up to `lsn`. */
  commit(name: CursorName, lsn: Lsn): void {
    const stored = this.#store.namedCursors.get(name);
    // An administrator may have removed it.
    if (stored !== null) this.#put({ ...stored, epoch: this.#store.log.epoch, lsn });
  }

  /** All of them, by name; `inUse` claims that a session reads by one. */
  list(inUse: (name: CursorName) => boolean, isBehind: (cursor: NamedCursor) => boolean): readonly CursorAnswer[] {
    const { log, namedCursors } = this.#store;
    return namedCursors.list().map((cursor) => ({
      name: cursor.name,
      node: cursor.node,
      epoch: cursor.epoch,
      lsn: cursor.lsn,
      lag: Math.max(0, log.head - resolveCursor(cursor, log).from),
      committedAt: cursor.committedAt,
      isConnected: inUse(cursor.name),
      state: isLost(cursor, log) ? ('lost' as const) : isBehind(cursor) ? ('behind' as const) : ('good' as const),
    }));
  }

  /**
   * Forgets a cursor.
   *
   * @throws Fault `cursor/unknown`, `cursor/in-use`.
   */
  remove(name: CursorName, inUse: (name: CursorName) => boolean): void {
    if (this.#store.namedCursors.get(name) === null) throw new Fault('cursor/unknown', `the hub keeps no cursor ${name}`);
    if (inUse(name)) throw new Fault('cursor/in-use', `a connected node reads by the cursor ${name}; stop it first, or revoke its token`);
    this.#store.namedCursors.remove(name);
  }

  #put(cursor: Omit<NamedCursor, 'committedAt'>): void {
    this.#store.namedCursors.put({ ...cursor, committedAt: this.#store.clock.at() });
  }
}
