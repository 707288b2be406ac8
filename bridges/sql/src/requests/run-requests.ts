import { isAlive, LeaseControl, seeLife, unknownLiveness, type Liveness, type RequestsStatus } from '@phloem/bridge';
import { isFault } from '@phloem/protocol';
import { pauseAfter, type Link } from '@phloem/reconnect';
import { BehaviorSubject, firstValueFrom, merge, Subject, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Engine } from '../dialects/engine.ts';
import { answerInTime } from '../answer-in-time.ts';
import type { SqlSession } from '../sql-session.ts';
import { toAnswer, toAnswerStatements } from './answers.ts';
import { toLife, toRequests, toRequestStatements, type RequestsMapping } from './request-statements.ts';

export type RequestsOptions = {
  readonly engine: Engine;
  readonly mapping: RequestsMapping;
  /** 64 hexadecimal digits that make the ids of the requests of this bridge its own. */
  readonly origin: string;
  readonly aliveWithinMs: number;
  readonly maxAgeMs: number | null;
  /** The table for answers; null for none. */
  readonly answers: string | null;
  readonly pollMs: number;
  readonly openSession: () => Promise<SqlSession>;
  /** Opens a link of the role `automation` that asks for the lease of the scope, with `requestSubscriptions`. */
  readonly openLink: () => Link;
  readonly clock: SchedulerLike;
  readonly random: () => number;
};

export interface RequestsBridge {
  readonly status$: Observable<RequestsStatus>;
  close(): Promise<void>;
}

const backOff = { baseMs: 100, capMs: 2000 };
const answerMs = 2000;

/**
 * Hands what the rows of a table ask for to the hub, under the lease of a scope, for as long as the program that writes them shows that it
 * lives. When it does not, the link is closed: the lease is free at once, and the fail-safe of the hub takes over.
 */
export const runRequests = (options: RequestsOptions): RequestsBridge => {
  const runner = new Runner(options);
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

class Runner {
  readonly #options: RequestsOptions;
  readonly status$ = new BehaviorSubject<RequestsStatus>({
    phase: 'dialing',
    control: 'no sign of life',
    error: null,
    endedBy: null,
    counters: { requests: 0, stale: 0, unreadable: 0, failures: 0 },
  });
  readonly #closed$ = new Subject<void>();
  #isClosed = false;
  #session: SqlSession | null = null;
  #life: Liveness = unknownLiveness;
  #hub: LeaseControl | null = null;
  /** The rows that were too old at the last look. */
  #stale: ReadonlySet<string> = new Set();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      try {
        await this.#turn();
        failures = 0;
        this.#tell({ phase: 'flowing', error: null });
        await this.#pause(this.#options.pollMs);
      } catch (error) {
        if (!isFault(error)) throw error;
        if (this.#isClosed) break;
        await this.#endSession();
        await this.#followLife();
        failures += 1;
        this.#count({ failures: 1 });
        this.#tell({ phase: 'resting', error: { code: error.code, message: error.message } });
        await this.#pause(pauseAfter(failures, backOff, this.#options.random));
      }
    }
    await this.#endSession();
    await this.#hub?.close();
    this.#tell({ phase: 'closed' });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed$.next();
    await this.#endSession();
  }

  async #turn(): Promise<void> {
    const { engine, mapping, clock, aliveWithinMs, maxAgeMs, answers } = this.#options;
    const session = await this.#connect();
    const statements = toRequestStatements(engine, mapping);
    const [life] = await this.#ask(session.query<Record<string, unknown>>(statements.life));
    const { text, ageMs } = toLife(mapping, life);
    this.#life = seeLife(this.#life, text, ageMs, clock.now(), aliveWithinMs);
    await this.#followLife();
    const hub = this.#hub;
    if (hub === null) return;
    const rows = await this.#ask(session.query<Record<string, unknown>>(statements.rows));
    const { requests, unreadable, stale } = toRequests(mapping, rows, maxAgeMs, this.#stale);
    this.#stale = stale;
    // What was read while the program still lived is not acted on after it has died.
    if (isAlive(this.#life, clock.now(), aliveWithinMs)) this.#count({ requests: hub.request(requests) });
    this.#set({ stale: stale.size, unreadable: unreadable.length });
    this.#tell({ control: hub.isInControl ? 'in control' : 'waiting for the lease' });
    if (answers === null) return;
    const { put } = toAnswerStatements(engine, answers);
    for (const device of hub.changed()) {
      await this.#ask(session.query(put, toAnswer(device)));
      hub.answered(device);
    }
  }

  async #connect(): Promise<SqlSession> {
    if (this.#session !== null) return this.#session;
    const { engine, answers, openSession } = this.#options;
    const opening = openSession();
    try {
      this.#session = await this.#ask(opening);
    } catch (error) {
      opening.then((late) => late.close()).catch(() => undefined);
      throw error;
    }
    if (answers !== null) await this.#ask(this.#session.query(toAnswerStatements(engine, answers).prepare));
    return this.#session;
  }

  /** The link lives as long as the program does. */
  async #followLife(): Promise<void> {
    const lives = isAlive(this.#life, this.#options.clock.now(), this.#options.aliveWithinMs);
    if (lives) this.#hub ??= this.#openControl();
    else if (this.#hub !== null) {
      const hub = this.#hub;
      this.#hub = null;
      await hub.close();
    }
    if (!lives) this.#tell({ control: 'no sign of life' });
  }

  #openControl(): LeaseControl {
    const { origin, openLink, mapping } = this.#options;
    return new LeaseControl({
      origin,
      openLink,
      toWhy: ({ version }) => `requested in ${mapping.table} at ${version}`,
      onEnd: (why) => this.#tell({ endedBy: why }),
    });
  }

  async #ask<T>(asked: Promise<T>): Promise<T> {
    return answerInTime(asked, answerMs, this.#options.clock);
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#isClosed) await firstValueFrom(merge(timer(ms, this.#options.clock), this.#closed$));
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }

  #tell(parts: Partial<RequestsStatus>): void {
    this.status$.next({ ...this.status$.value, ...parts });
  }

  #count({ requests = 0, failures = 0 }: { readonly requests?: number; readonly failures?: number }): void {
    const { counters } = this.status$.value;
    this.#tell({ counters: { ...counters, requests: counters.requests + requests, failures: counters.failures + failures } });
  }

  /** How many rows are so at the moment. */
  #set(parts: { readonly stale: number; readonly unreadable: number }): void {
    this.#tell({ counters: { ...this.status$.value.counters, ...parts } });
  }
}
