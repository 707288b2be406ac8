import type { CommandRecord } from '@phloem/backend';
import {
  toLocation,
  type DeviceId,
  type DeviceValue,
  type Entry,
  type Lsn,
  type NodeMessage,
  type Position,
  type ScopeId,
  type Term,
} from '@phloem/protocol';
import type { Witness } from '../engine/witness.ts';
import type { Wire } from '../parts/network.ts';
import type { Written } from '../parts/watched-disk.ts';
import type { DeviceKinds } from './device-kinds.ts';
import type { Leases } from './leases.ts';

type Stage = { readonly transaction: number; readonly record: CommandRecord };
type Commit = Extract<NodeMessage, { event: 'commit' }>['payload'];

const ends = new Set<string>(['confirmed', 'superseded', 'cancelled', 'failed', 'unknown']);
const maxWrites = { set: 3, momentary: 1 } as const;

/** How far in its life a command is, from accepted to read back. */
export const momentsOfCommands = [
  'no command open',
  'accepted, before INTENT',
  'INTENT stored, not on disk',
  'INTENT on disk, before the write',
  'written, before the outcome',
  'ended, not on disk',
] as const;
export type MomentOfCommand = (typeof momentsOfCommands)[number];

/** The life of every command, on the disk and on the wire: IN4, IN7, IN8, IN9, EV4. */
export class Commands {
  readonly #witness: Witness;
  readonly #leases: Leases;
  readonly #stages = new Map<string, Stage[]>();
  readonly #said = new Map<string, { readonly transaction: number; readonly phase: string }[]>();
  readonly #writes = new Map<string, number>();
  readonly #written = new Set<string>();
  readonly #cursors = new Map<ScopeId, { readonly term: Term | null; readonly lsn: Lsn }>();
  /** The terms under which an engine has begun, and whose cursor has not gone back since. */
  readonly #begunUnder = new Set<Term>();
  #commit: Commit | null = null;
  #synced = 0;

  constructor(witness: Witness, leases: Leases) {
    this.#witness = witness;
    this.#leases = leases;
  }

  written(transaction: number, { commands, cursors }: Written, entries: readonly Entry[]): void {
    for (const record of commands) this.#put(transaction, record);
    for (const entry of entries) this.#say(transaction, entry);
    for (const { scope, cursor } of cursors) {
      this.#covers(cursor.lsn);
      this.#leases.worked(scope);
      this.#goesOn(scope, cursor);
    }
  }

  synced(transaction: number): void {
    this.#synced = Math.max(this.#synced, transaction);
  }

  lostPower(transactionsLeft: number): void {
    this.#synced = Math.min(this.#synced, transactionsLeft);
    for (const [id, stages] of this.#stages)
      this.#stages.set(
        id,
        stages.filter(({ transaction }) => transaction <= transactionsLeft),
      );
    for (const [id, said] of this.#said)
      this.#said.set(
        id,
        said.filter(({ transaction }) => transaction <= transactionsLeft),
      );
  }

  received(_: Wire, message: NodeMessage): void {
    if (message.event === 'commit') this.#commit = message.payload;
  }

  /** A write goes out on the wire now; the command that it belongs to, or null when it is a refresh. */
  wrote(device: DeviceId, value: DeviceValue, kinds: DeviceKinds): CommandRecord | null {
    const open = [...this.#stages.values()].flatMap((stages) => {
      const newest = stages.at(-1);
      return newest !== undefined && newest.record.device === device && newest.record.stage === 'intent' ? [newest] : [];
    });
    const [intent] = open;
    if (open.length === 0 && kinds.isRefreshed(device)) return null;
    if (intent === undefined || open.length > 1) {
      this.#witness.fail('CO5', `${device} was written with ${open.length} INTENTs on the disk`);
      return null;
    }
    const { record, transaction } = intent;
    this.#witness.note(() => `wire: ${device} := ${value} for ${record.id}`);
    this.#witness.count(`writes of ${record.op}`);
    const isStep = record.value !== value && kinds.isStep(device, value, record.value);
    if (record.value !== value && !isStep) this.#witness.fail('CO5', `${device} was written ${value}, and its INTENT says ${record.value}`);
    if (transaction > this.#synced) this.#witness.fail('CO5', `${record.id} was written before its INTENT was on the disk`);
    this.#written.add(record.id);
    if (record.term === null) return record;
    if (!this.#leases.mayBeLive(toLocation(device), record.term)) {
      this.#witness.fail(
        'IN7',
        `${record.id} was written under term ${record.term}, while ${this.#leases.termOf(toLocation(device))} is live`,
      );
    }
    // The steps of a ramp, and what keeps a unit awake that is still on its way, are no further tries.
    if (isStep || kinds.isRepeat(device, value)) return record;
    const writes = (this.#writes.get(record.id) ?? 0) + 1;
    this.#writes.set(record.id, writes);
    if (writes > maxWrites[record.op]) this.#witness.fail('IN8', `${record.id} (${record.op}) was written ${writes} times`);
    return record;
  }

  /** Those that have not ended. */
  open(): readonly CommandRecord[] {
    return [...this.#stages.values()].flatMap((stages) => {
      const newest = stages.at(-1)?.record;
      return newest === undefined || newest.stage === 'ended' ? [] : [newest];
    });
  }

  /** The moments in which the commands are that have not ended, or of which the disk does not say so yet. */
  moments(): ReadonlySet<MomentOfCommand> {
    const moments = [...this.#stages.values()].flatMap((stages): readonly MomentOfCommand[] => {
      const newest = stages.at(-1);
      if (newest === undefined) return [];
      const { record, transaction } = newest;
      const isSynced = transaction <= this.#synced;
      if (record.stage === 'ended') return isSynced ? [] : ['ended, not on disk'];
      if (record.stage !== 'intent') return ['accepted, before INTENT'];
      if (this.#written.has(record.id)) return ['written, before the outcome'];
      return [isSynced ? 'INTENT on disk, before the write' : 'INTENT stored, not on disk'];
    });
    return new Set(moments.length === 0 ? ['no command open'] : moments);
  }

  /** At the end: each that was accepted has ended, and the log records that once. */
  close(): void {
    for (const { id, stage } of this.open()) this.#witness.fail('IN9', `${id} has not ended: ${stage}`);
    for (const [id, said] of this.#said) {
      const count = said.filter(({ phase }) => ends.has(phase)).length;
      if (said.some(({ phase }) => phase === 'requested') && count !== 1) this.#witness.fail('IN9', `the log says ${count} ends of ${id}`);
    }
    this.#witness.count('commands', this.#stages.size);
  }

  #put(transaction: number, record: CommandRecord): void {
    const stages = this.#stages.get(record.id) ?? [];
    const before = stages.at(-1)?.record;
    if (before?.stage === 'ended')
      this.#witness.fail('IN9', `${record.id} has ended as ${before.end}, and became ${record.end ?? record.stage}`);
    if (before !== undefined && record.stage === 'requested') this.#witness.fail('CO2', `${record.id} was accepted twice`);
    if (record.stage === 'intent' && stages.some((stage) => stage.record.stage === 'intent')) {
      this.#witness.fail('IN8', `${record.id} has a second INTENT`);
    }
    this.#stages.set(record.id, [...stages, { transaction, record }]);
  }

  #say(transaction: number, entry: Entry): void {
    if (entry.kind !== 'device' || entry.id === undefined) return;
    const said = this.#said.get(entry.id) ?? [];
    if (ends.has(entry.phase) && said.some(({ phase }) => ends.has(phase)))
      this.#witness.fail('IN9', `the log says a second end of ${entry.id}`);
    if (entry.phase === 'requested' && said.some(({ phase }) => phase === 'requested'))
      this.#witness.fail('CO2', `the log says twice that ${entry.id} was accepted`);
    this.#said.set(entry.id, [...said, { transaction, phase: entry.phase }]);
  }

  /** An engine has begun at a checkpoint: its cursor may be an older one. What the one before it sent may still be under way. */
  engineBegun(): void {
    for (const term of this.#leases.terms()) this.#begunUnder.add(term);
  }

  /** Under one term the scope's cursor never moves back, but once for an engine that began at an older checkpoint. */
  #goesOn(scope: ScopeId, { lsn }: Position): void {
    const term = this.#leases.termOf(scope);
    const before = this.#cursors.get(scope);
    const isBack = before !== undefined && before.term === term && lsn < before.lsn;
    if (isBack && (term === null || !this.#begunUnder.delete(term))) {
      this.#witness.fail('IN4', `the cursor of ${scope} went back from ${before.lsn} to ${lsn} under term ${term}`);
    }
    this.#cursors.set(scope, { term, lsn });
  }

  /** The scope's cursor is on the disk: so must be all that was committed with it. */
  #covers(cursor: number): void {
    if (this.#commit === null || this.#commit.cursor !== cursor) return;
    for (const { id } of this.#commit.commands) {
      if ((this.#stages.get(id)?.length ?? 0) === 0 && (this.#said.get(id)?.length ?? 0) === 0) {
        return this.#witness.fail('EV4', `the cursor ${cursor} is on the disk, and ${id}, which came with it, is not`);
      }
    }
  }
}
