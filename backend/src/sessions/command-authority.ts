import { Fault, type Author, type Commit, type Heartbeat, type LeaseGrant } from '@phloem/protocol';
import { createReportGate, type ReportGateParts } from '../alarms/report-gate.ts';
import type { NamedCursors } from '../cursors/named-cursors.ts';
import type { DeviceGate } from '../devices/device-gate.ts';
import type { LeaseService } from '../leases/lease-service.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';
import type { Session } from './session.ts';

/** What decides over leases, and over what nodes may commit under them. */
export type CommandAuthorityOptions = ReportGateParts & {
  readonly store: HubStore;
  readonly leases: LeaseService;
  readonly gate: DeviceGate;
  readonly view: HubView;
  readonly cursors: NamedCursors;
};

/** How far a session has committed, and how far the scope that it asked for. */
export type Committed = { readonly subscriptions: Record<string, number>; readonly scope: number | null };

/** The part of a hub that lets nodes command: a relay, which only passes the log on, has none. */
export class CommandAuthority {
  readonly #options: CommandAuthorityOptions;
  readonly #reports: ReturnType<typeof createReportGate>;

  constructor(options: CommandAuthorityOptions) {
    this.#options = options;
    this.#reports = createReportGate(options);
  }

  /** The answer to the lease that a greeting asks for; null when it asks for none. */
  grant(session: Session): LeaseGrant | null {
    return session.scope === null ? null : this.#options.leases.request(session.id, session.hello.nodeId, session.scope);
  }

  /** A heartbeat of the holder renews its lease. */
  renew(session: Session, heartbeat: Heartbeat): void {
    if (heartbeat.term === undefined || session.scope === null) return;
    this.#options.leases.renew(session.id, heartbeat.term, this.committed(session).scope);
  }

  /** The session has ended: its lease is free. */
  release(session: Session): void {
    this.#options.leases.release(session.id);
  }

  committed(session: Session): Committed {
    const scope = session.scope === null ? null : (this.#options.store.cursors.get(session.scope)?.lsn ?? null);
    return { subscriptions: Object.fromEntries([...session.every].map(([sub, reader]) => [sub, reader.committed])), scope };
  }

  /**
   * Takes a commit: moves the cursor of its subscription and, under a lease, records commands, alarms and values with the
   * cursor of the scope in one transaction.
   *
   * @throws Fault `protocol/unexpected`, `protocol/invalid` or `auth/forbidden` for a commit that cannot be.
   */
  commit(session: Session, commit: Commit): void {
    const { store, leases } = this.#options;
    const reader = session.every.get(commit.sub);
    if (reader === undefined) throw new Fault('protocol/unexpected', `there is no subscription ${commit.sub} to commit`);
    if (commit.epoch !== store.log.epoch) throw new Fault('protocol/invalid', `the epoch ${commit.epoch} is not the log's`);
    if (commit.term === undefined && commit.commands.length + commit.alarms.length + commit.values.length > 0) {
      throw new Fault('auth/forbidden', 'commands, alarms and values come under a term');
    }
    if (!reader.commit(commit.cursor)) {
      throw new Fault('protocol/invalid', `the cursor ${commit.cursor} is not between ${reader.committed} and ${reader.covered}`);
    }
    if (reader.cursorName !== null) this.#options.cursors.commit(reader.cursorName, commit.cursor);
    if (commit.term === undefined) return;
    const lease = leases.current(commit.term);
    if (lease?.session === session.id) this.#record(session, commit, lease);
    else session.send({ event: 'lease', payload: { scope: session.scope ?? 'none', term: null, holder: null, ttlMs: 0 } });
  }

  #record(session: Session, commit: Commit, { term, scope }: { readonly term: number; readonly scope: string }): void {
    const { store, gate, view } = this.#options;
    const { nodeId } = session.hello;
    store.transact(() => {
      gate.accept(commit.commands, { term, scope, nodeId });
      const by: Author = { kind: 'node', id: nodeId };
      const alarms = this.#reports.accept(commit.alarms, scope, nodeId);
      // Values of rules that have been replaced since are of no interest; the new rules report all of their own.
      const values = commit.cursor < view.switchedAt(scope) ? [] : commit.values;
      if (alarms.length + values.length > 0) {
        store.log.append([
          ...alarms.map((alarm) => ({ kind: 'alarm' as const, ...alarm, by })),
          ...values.map((value) => ({ kind: 'value' as const, ...value, by })),
        ]);
      }
      store.cursors.set(scope, { epoch: commit.epoch, lsn: commit.cursor });
    });
    gate.flush();
  }
}
