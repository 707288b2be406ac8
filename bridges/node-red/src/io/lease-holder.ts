import { Fault, isFault, type HttpLeaseAnswer, type Term } from '@phloem/protocol';
import type { FlowNode } from '../node-red.ts';
import type { createAsk } from './ask-hub.ts';
import { forgetState, keepState, readState } from './kept-state.ts';

/** A lease lasts 3 s. */
const renewEveryMs = 800;
const leaseAnswerMs = 2000;
/** Where the node keeps that it is in use. Another start of Node-RED does not continue it. */
const key = 'phloemLease';
const thisStart = crypto.randomUUID();

type Kept = { readonly start: string; readonly scope: string; readonly usedAt: number };

export type LeaseHolderParts = {
  readonly node: FlowNode;
  readonly ask: ReturnType<typeof createAsk>;
  /** The locations, as the hub names their scope; empty when the flows request nothing. */
  readonly scope: string;
  /** How long after the last request of a flow the lease is still renewed. */
  readonly keepMs: number;
};

/**
 * Holds the lease of a scope while flows request device states, and gives it back when they have stopped: then the fail-safe of the hub
 * applies. A deploy does not end it.
 */
export class LeaseHolder {
  readonly #parts: LeaseHolderParts;
  readonly #timer: NodeJS.Timeout;
  #usedAt: number | null = null;
  #term: Term | null = null;
  #asking: Promise<Term> | null = null;
  #isClosed = false;

  constructor(parts: LeaseHolderParts) {
    this.#parts = parts;
    const kept = readState(parts.node, key) as Kept | undefined;
    if (kept?.start === thisStart && kept.scope === parts.scope) this.#usedAt = kept.usedAt;
    this.#timer = setInterval(() => void this.#renew(), renewEveryMs);
    void this.#renew();
  }

  get term(): Term | null {
    return this.#term;
  }

  /**
   * The term of the lease, which a request has just used.
   *
   * @throws Fault `command/term` when another service holds it, `auth/forbidden`, `net/unreachable`.
   */
  async use(): Promise<Term> {
    const { node, scope } = this.#parts;
    if (scope === '') {
      throw new Fault('auth/forbidden', 'the hub node names no locations for requests: enter those whose devices flows may command');
    }
    this.#usedAt = performance.now();
    keepState(node, key, { start: thisStart, scope, usedAt: this.#usedAt } satisfies Kept);
    return this.#term ?? (await this.#hold());
  }

  /** The hub says that the lease is lost. */
  lose(): void {
    this.#term = null;
  }

  async close(isRemoved: boolean): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#asking?.catch(() => undefined);
    if (!isRemoved) return;
    forgetState(this.#parts.node, key);
    await this.#release();
  }

  async #renew(): Promise<void> {
    if (this.#isClosed || this.#usedAt === null || this.#asking !== null) return;
    if (performance.now() - this.#usedAt > this.#parts.keepMs) {
      this.#usedAt = null;
      return this.#release();
    }
    // A hub that is away, or another holder, is asked again at the next turn; a request says why it fails.
    await this.#hold().catch(ignoreFault);
  }

  async #hold(): Promise<Term> {
    this.#asking ??= this.#askForLease().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #askForLease(): Promise<Term> {
    const { ask, scope } = this.#parts;
    try {
      const { term, holder } = await ask<HttpLeaseAnswer>(`/leases/${scope}`, { method: 'PUT', body: {} }, leaseAnswerMs);
      this.#term = term;
      if (term !== null) return term;
      throw new Fault('command/term', `${holder ?? 'another service'} holds the lease of ${scope}; stop it, or wait until it is free`);
    } catch (error) {
      this.#term = null;
      throw error;
    }
  }

  async #release(): Promise<void> {
    if (this.#term === null) return;
    this.#term = null;
    // The lease ends by itself after 3 s.
    await this.#parts.ask(`/leases/${this.#parts.scope}`, { method: 'DELETE' }, leaseAnswerMs).catch(ignoreFault);
  }
}

const ignoreFault = (error: unknown): void => {
  if (!isFault(error)) throw error;
};
