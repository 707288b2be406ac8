import { isFault, type Fault, type RequestAnswer, type Term } from '@phloem/protocol';
import { pauseAfter } from '@phloem/reconnect';
import { BehaviorSubject, firstValueFrom, merge, Subject, timer, type Observable, type SchedulerLike } from 'rxjs';
import { askInTime } from './ask-in-time.ts';
import { judgeRequest, toInvalid, toLate, toOutcome, toRefusal, type Verdict } from './judge-request.ts';
import { LeaseRenewal } from './run-lease-renewal.ts';
import { isFinished, type QueuedRequest, type RequestHub, type RequestOutcome, type RequestQueue } from './request-queue.ts';
import type { RequestsStatus } from './requests-status.ts';
import { isAlive, seeLife, unknownLiveness, type Liveness } from './step-liveness.ts';

export type RequestQueueOptions = {
  readonly openQueue: () => Promise<RequestQueue>;
  readonly hub: RequestHub;
  readonly aliveWithinMs: number;
  /** How old a request may become that does not say so itself, and the most that one may say. */
  readonly maxAgeMs: number;
  readonly clock: SchedulerLike;
  readonly random: () => number;
};

export interface RequestQueueBridge {
  readonly status$: Observable<RequestsStatus>;
  /** Gives the lease back. What was not settled stays in the queue. */
  close(): Promise<void>;
}

const backOff = { baseMs: 100, capMs: 2000 };
/** How long the queue and the hub may take to answer. */
const answerMs = 5000;
const lookEveryMs = 500;
const maxWaiting = 64;
const maxOpen = 256;

type Waiting = { readonly request: QueuedRequest; readonly takenAt: number };

/**
 * Hands the requests of a queue to the hub, under the lease of a scope, while the program that writes them shows that it lives. A message
 * leaves the queue when the hub has its request on disk, or has refused it; one that has become too old is never acted on.
 */
export const runRequestQueue = (options: RequestQueueOptions): RequestQueueBridge => {
  const runner = new QueueRunner(options);
  const ended = runner.run();
  return {
    status$: runner.status$.asObservable(),
    close: async () => {
      await runner.close();
      await ended;
      runner.status$.complete();
    },
  };
};

class QueueRunner {
  readonly #options: RequestQueueOptions;
  readonly status$ = new BehaviorSubject<RequestsStatus>({
    phase: 'dialing',
    control: 'no sign of life',
    error: null,
    endedBy: null,
    counters: { requests: 0, stale: 0, unreadable: 0, failures: 0 },
  });
  readonly #closed$ = new Subject<void>();
  #isClosed = false;
  #queue: RequestQueue | null = null;
  #life: Liveness = unknownLiveness;
  #lifeAt = Number.NEGATIVE_INFINITY;
  readonly #renewal: LeaseRenewal;
  /** What was announced on this connection; undefined while nothing was. */
  #announced: Term | null | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #waiting: readonly Waiting[] = [];
  readonly #open = new Map<string, RequestAnswer['phase'] | null>();

  constructor(options: RequestQueueOptions) {
    this.#options = options;
    const { hub, clock } = options;
    this.#renewal = new LeaseRenewal({ hub, clock, isAlive: () => this.#isAlive(), onChange: () => this.#tellControl() });
  }

  async run(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      try {
        await this.#turn();
        failures = 0;
      } catch (error) {
        if (!isFault(error)) throw error;
        if (this.#isClosed) break;
        await this.#endQueue();
        // Without the queue nobody sees whether the program lives; the time for that runs out.
        this.#tellControl();
        failures += 1;
        this.#count({ failures: 1 });
        this.#tell({ phase: 'resting', error: { code: error.code, message: error.message } });
        await this.#pause(pauseAfter(failures, backOff, this.#options.random));
      }
    }
    await this.#endQueue();
    await this.#renewal.close();
    this.#tell({ phase: 'closed' });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed$.next();
    await this.#endQueue();
  }

  async #turn(): Promise<void> {
    const { clock } = this.#options;
    const queue = await this.#connect();
    await this.#lookAtLife(queue);
    await this.#announce(queue);
    const room = maxWaiting - this.#waiting.length;
    // From before they were read: a process that stood still meanwhile makes no request look younger.
    const takenAt = clock.now();
    const taken = room > 0 ? await this.#ask(queue.take(room)) : [];
    this.#waiting = [...this.#waiting, ...taken.map((request) => ({ request, takenAt }))];
    const handled = this.#renewal.fault ?? (await this.#handleAll(queue));
    const followed = handled ?? (await this.#followOpen(queue));
    if (followed === null) this.#tell({ phase: 'flowing', error: null });
    else {
      this.#tell({ phase: 'resting', error: { code: followed.code, message: followed.message } });
      await this.#pause(backOff.baseMs);
    }
    if (this.#waiting.length >= maxWaiting) await this.#pause(backOff.baseMs);
  }

  async #connect(): Promise<RequestQueue> {
    if (this.#queue !== null) return this.#queue;
    const opening = this.#options.openQueue();
    try {
      this.#queue = await this.#ask(opening);
    } catch (error) {
      opening.then((late) => late.close()).catch(() => undefined);
      throw error;
    }
    this.#announced = undefined;
    for (const id of (await this.#ask(this.#queue.unfinished())).slice(-maxOpen)) this.#open.set(id, null);
    return this.#queue;
  }

  #isAlive(): boolean {
    const { clock, aliveWithinMs } = this.#options;
    return isAlive(this.#life, clock.now(), aliveWithinMs);
  }

  async #lookAtLife(queue: RequestQueue): Promise<void> {
    const { aliveWithinMs, clock } = this.#options;
    // From before it was read, as with requests.
    const askedAt = clock.now();
    this.#lifeAt = askedAt;
    const { text, ageMs } = await this.#ask(queue.life());
    // The first text may have been written long ago.
    const knownMs = ageMs !== 'unknown' ? ageMs : this.#life.text === null ? Number.POSITIVE_INFINITY : 0;
    this.#life = seeLife(this.#life, text, knownMs, askedAt, aliveWithinMs);
    this.#tellControl();
    if (this.#renewal.term === null) this.#renewal.wake();
  }

  /** Requests can take longer than a sign of life lasts. */
  async #lookAtLifeAgain(queue: RequestQueue): Promise<void> {
    if (this.#options.clock.now() - this.#lifeAt >= lookEveryMs) await this.#lookAtLife(queue);
  }

  async #announce(queue: RequestQueue): Promise<void> {
    const { term } = this.#renewal;
    if (this.#announced === term) return;
    await this.#ask(queue.announce({ isGranted: term !== null, term }));
    this.#announced = term;
  }

  /** In the order of the queue: a request that waits for the hub holds those behind it. Returns the failure of the hub. */
  async #handleAll(queue: RequestQueue): Promise<Fault | null> {
    while (this.#waiting.length > 0) {
      await this.#lookAtLifeAgain(queue);
      const [first, ...rest] = this.#waiting;
      if (first === undefined) return null;
      const { request } = first;
      let outcome: RequestOutcome | null;
      try {
        outcome = await this.#decide(first);
      } catch (error) {
        return toFault(error);
      }
      if (outcome === null) return null;
      await this.#ask(queue.settle(request, outcome));
      this.#waiting = rest;
      if (outcome.outcome === 'accepted' && !isFinished(outcome.phase)) this.#follow(outcome.id, outcome.phase);
    }
    return null;
  }

  /** What comes of a request now; null while it has to wait for the lease. */
  async #decide({ request, takenAt }: Waiting): Promise<RequestOutcome | null> {
    const { clock, maxAgeMs, hub } = this.#options;
    const { term } = this.#renewal;
    // The program learns of a grant before anything happens under it.
    const mayCommand = term !== null && term === this.#announced && this.#isAlive();
    const verdict: Verdict = judgeRequest(request, request.ageMs + clock.now() - takenAt, maxAgeMs, mayCommand);
    switch (verdict.kind) {
      case 'unreadable':
        this.#count({ unreadable: 1 });
        return toInvalid(request, verdict.why);
      case 'late': {
        // An earlier process may have handed it over in time, and ended before it wrote that down.
        const known = await this.#ask(hub.find(request.id));
        if (known !== null) return toOutcome(known);
        this.#count({ stale: 1 });
        return toLate(request, verdict.why);
      }
      case 'wait':
        return null;
      case 'send':
        return this.#send(request, verdict);
      default:
        return verdict satisfies never;
    }
  }

  async #send(request: QueuedRequest, { wanted, ttlMs }: Extract<Verdict, { kind: 'send' }>): Promise<RequestOutcome | null> {
    const { term } = this.#renewal;
    if (term === null) return null;
    try {
      const answer = await this.#ask(this.#options.hub.request(term, request.id, wanted, ttlMs));
      if (answer.outcome === 'accepted') this.#count({ requests: 1 });
      return toOutcome(answer);
    } catch (error) {
      const fault = toFault(error);
      if (fault.code === 'command/term') {
        this.#renewal.lose(term);
        return null;
      }
      if (fault.isRetryable || fault.code === 'net/unreachable' || fault.code === 'auth/unauthorised') throw fault;
      return toRefusal(request, fault.code, fault.message);
    }
  }

  /** Nobody waits for the end of more requests than this; newer ones matter more. */
  #follow(id: string, phase: RequestAnswer['phase']): void {
    this.#open.set(id, phase);
    const oldest = this.#open.keys().next();
    if (this.#open.size > maxOpen && oldest.done !== true) this.#open.delete(oldest.value);
  }

  async #followOpen(queue: RequestQueue): Promise<Fault | null> {
    const { clock, hub } = this.#options;
    if (clock.now() - this.#lookedAt < lookEveryMs) return null;
    this.#lookedAt = clock.now();
    for (const [id, phase] of this.#open) {
      await this.#lookAtLifeAgain(queue);
      let answer: RequestAnswer | null;
      try {
        answer = await this.#ask(hub.find(id));
      } catch (error) {
        return toFault(error);
      }
      if (answer !== null && answer.phase !== phase) await this.#ask(queue.update(toOutcome(answer)));
      if (answer === null || isFinished(answer.phase)) this.#open.delete(id);
      else this.#open.set(id, answer.phase);
    }
    return null;
  }

  async #ask<T>(asked: Promise<T>): Promise<T> {
    return askInTime(asked, answerMs, this.#options.clock);
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#isClosed) await firstValueFrom(merge(timer(ms, this.#options.clock), this.#closed$));
  }

  /** What is in hand stays in the queue, and comes again with the next connection. */
  async #endQueue(): Promise<void> {
    const queue = this.#queue;
    this.#queue = null;
    this.#waiting = [];
    await queue?.close();
  }

  #tellControl(): void {
    const isHeld = this.#renewal.term !== null;
    const control = !this.#isAlive() ? 'no sign of life' : isHeld ? 'in control' : 'waiting for the lease';
    if (control !== this.status$.value.control) this.#tell({ control });
  }

  #tell(parts: Partial<RequestsStatus>): void {
    this.status$.next({ ...this.status$.value, ...parts });
  }

  #count(parts: Partial<RequestsStatus['counters']>): void {
    const { counters } = this.status$.value;
    const { requests = 0, stale = 0, unreadable = 0, failures = 0 } = parts;
    this.#tell({
      counters: {
        requests: counters.requests + requests,
        stale: counters.stale + stale,
        unreadable: counters.unreadable + unreadable,
        failures: counters.failures + failures,
      },
    });
  }
}

const toFault = (error: unknown): Fault => {
  if (!isFault(error)) throw error;
  return error;
};
