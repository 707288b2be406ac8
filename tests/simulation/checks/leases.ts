import type { Entry, HubMessage, NodeMessage, ScopeId, Term } from '@phloem/protocol';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Witness } from '../engine/witness.ts';
import type { Wire } from '../parts/network.ts';

type Live = { readonly term: Term; aliveAt: number; workedAt: number };

/** How old the newest pulse may be that an engine at work has covered. */
const freshMs = 3000;
/** For the pulse's own second, and the way. */
const graceMs = 1500;

/** Who may command, by the log and by what the hub receives: IN6, LE2. */
export class Leases {
  readonly ttlMs = 3000;
  readonly #witness: Witness;
  readonly #loop: EventLoop;
  readonly #live = new Map<ScopeId, Live>();
  readonly #lastAlive = new Map<ScopeId, number>();
  readonly #told = new Map<Term, Wire>();
  #grants: readonly { readonly term: Term; readonly transaction: number }[] = [];
  #synced = 0;
  #highest: Term = 0;
  /** The highest term that anybody outside of the hub has seen. */
  #shown: Term = 0;

  constructor(witness: Witness, loop: EventLoop) {
    this.#witness = witness;
    this.#loop = loop;
  }

  /** A hub begins: what was granted before is over. */
  hubBegins(): void {
    this.#live.clear();
  }

  /** Everything up to this transaction survives a power cut. */
  synced(transaction: number): void {
    this.#synced = Math.max(this.#synced, transaction);
  }

  /** A grant that is lost counts no more, unless somebody has seen it: its term must never be given again. */
  lostPower(transactionsLeft: number): void {
    this.#synced = Math.min(this.#synced, transactionsLeft);
    this.#grants = this.#grants.filter(({ transaction }) => transaction <= transactionsLeft);
    this.#highest = Math.max(this.#shown, ...this.#grants.map(({ term }) => term));
  }

  entry(transaction: number, entry: Entry): void {
    if (entry.kind !== 'lease') return;
    const { scope, term, holder } = entry;
    if (holder === null) {
      this.#live.delete(scope);
      return;
    }
    if (this.#live.has(scope)) this.#witness.fail('IN6', `${holder} was granted ${scope} while ${this.#live.get(scope)?.term} was live`);
    if (term <= this.#highest) this.#witness.fail('IN6', `the term ${term} was granted after ${this.#highest}`);
    this.#highest = term;
    this.#grants = [...this.#grants, { term, transaction }];
    this.#live.set(scope, { term, aliveAt: this.#loop.now, workedAt: this.#loop.now });
    this.#lastAlive.set(scope, this.#loop.now);
    this.#witness.count('grants');
  }

  /** The terms that are live. */
  terms(): readonly Term[] {
    return [...this.#live.values()].map(({ term }) => term);
  }

  /** The scope's committed cursor has moved. */
  worked(scope: ScopeId): void {
    const live = this.#live.get(scope);
    if (live !== undefined) live.workedAt = this.#loop.now;
  }

  /**
   * Nobody holds a scope without working its entries off (LE2): with a pulse every second, an engine that has stood
   * still so long has not covered one of the last 3 s, and its lease was last renewed before. `since`: the hub is able.
   */
  look(since: number): void {
    for (const [scope, { term, workedAt }] of this.#live) {
      const still = this.#loop.now - Math.max(since, workedAt);
      if (still > this.ttlMs + freshMs + graceMs)
        this.#witness.fail('LE2', `term ${term} over ${scope} lives, and its engine has stood still for ${Math.round(still)} ms`);
    }
  }

  sent(wire: Wire, message: HubMessage): void {
    if (message.event === 'entries') {
      for (const entry of message.payload.entries) if (entry.kind === 'lease' && entry.holder !== null) this.#show(entry.term);
    }
    const grant = message.event === 'welcome' ? message.payload.lease : message.event === 'lease' ? message.payload : null;
    if (grant === null || grant.term === null) return;
    if (grant.term > this.#highest) this.#witness.fail('LE1', `the term ${grant.term} was told before it was written`);
    this.#show(grant.term);
    const other = this.#told.get(grant.term);
    if (other !== undefined && other !== wire)
      this.#witness.fail('IN6', `the term ${grant.term} was told to ${wire.title} and to ${other.title}`);
    this.#told.set(grant.term, wire);
  }

  #show(term: Term): void {
    const granted = this.#grants.find((grant) => grant.term === term);
    if (granted !== undefined && granted.transaction > this.#synced)
      this.#witness.fail('LE1', `the term ${term} was sent before it was on the disk`);
    this.#shown = Math.max(this.#shown, term);
  }

  received(_: Wire, message: NodeMessage): void {
    if (message.event !== 'heartbeat' || message.payload.term === undefined) return;
    for (const [scope, live] of this.#live) {
      if (live.term !== message.payload.term) continue;
      live.aliveAt = this.#loop.now;
      this.#lastAlive.set(scope, this.#loop.now);
    }
  }

  /** Claims that a lease of this term may be live: a sign of life of its holder is less than its time to live ago. */
  mayBeLive(scope: ScopeId, term: Term): boolean {
    const live = this.#live.get(scope);
    return live !== undefined && live.term === term && this.#loop.now - live.aliveAt < this.ttlMs;
  }

  /** The term that is live, by the log; null when none is. */
  termOf(scope: ScopeId): Term | null {
    return this.#live.get(scope)?.term ?? null;
  }

  /** When the holder of the scope last gave a sign of life, at the latest; 0 when that never was. */
  lastAlive(scope: ScopeId): number {
    return this.#lastAlive.get(scope) ?? 0;
  }
}
