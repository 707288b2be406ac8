import type { LeaseGrant, Term } from '@phloem/protocol';
import { Subscription } from 'rxjs';
import { applyGrant, renewLease, startLease, toLeaseStatus, type LeaseState } from './lease-clock.ts';
import type { LeaseStatus } from './link.ts';

/** What the lease of a connection needs of it. */
export type LeaseContext = {
  readonly now: () => number;
  readonly after: (ms: number, task: () => void) => Subscription;
  readonly emit: (status: LeaseStatus) => void;
};

/** The lease of one connection: reported when it changes, and when it ends by the clock of this node. */
export class RunningLease {
  readonly #context: LeaseContext;
  #state: LeaseState;
  #expiry = new Subscription();

  constructor(context: LeaseContext) {
    this.#context = context;
    this.#state = startLease(context.now());
  }

  /** Whether this node may command at this moment, by its own clock. */
  now(): LeaseStatus {
    return toLeaseStatus(this.#state, this.#context.now());
  }

  get term(): Term | null {
    return this.#state.grant?.term ?? null;
  }

  /** Takes what the hub grants; returns whether it is a new term. It is reported by `emit`. */
  apply(grant: LeaseGrant): boolean {
    const isNew = grant.term !== null && grant.term !== this.term;
    this.#state = applyGrant(this.#state, grant);
    return isNew;
  }

  /** The hub has answered a heartbeat that left at this moment. */
  renew(sentAt: number): void {
    if (this.#state.grant === null) return;
    this.#state = renewLease(this.#state, sentAt);
    this.emit();
  }

  /** Reports how it stands, and does so again when it ends. */
  emit(): void {
    const status = this.now();
    this.#context.emit(status);
    this.#expiry.unsubscribe();
    if (status.state === 'held') this.#expiry = this.#context.after(status.untilAt - this.#context.now(), () => this.emit());
  }
}
