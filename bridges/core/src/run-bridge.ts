import { Fault, isFault, type Filter, type NodeId, type Position } from '@phloem/protocol';
import { openLink, pauseAfter, type Batch as HubBatch, type Link, type LinkStatus, type Transport } from '@phloem/reconnect';
import { BehaviorSubject, map, Subject, Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import { toBridgeStatus, type BridgeStatus } from './bridge-status.ts';
import type { Batch } from './record.ts';
import { RetryLater } from './retry-later.ts';
import {
  restingBridge,
  stepBridge,
  type BridgeEffect,
  type BridgeError,
  type BridgeEvent,
  type BridgePolicy,
  type Fill,
} from './step-bridge.ts';
import type { OpenTarget, Target, TargetPosition } from './target.ts';

/** What a bridge is made of. */
export type BridgeOptions = {
  readonly transport: Transport;
  /** Timers and `now()`, which must never be set back. */
  readonly clock: SchedulerLike;
  /** Milliseconds since 1970, until the hub has said what time it is. */
  readonly wallNow: () => number;
  readonly random: () => number;
  readonly nodeId: NodeId;
  readonly run: string;
  readonly token: string;
  readonly software: string;
  readonly filter: Filter;
  readonly openTarget: OpenTarget;
  readonly fill: Fill;
  /** `durable` reads only what a power cut of the hub cannot take back. */
  readonly upTo: 'durable' | 'immediate';
  /** The most records of one `put`; 64 if omitted. */
  readonly batchSize?: number;
  /** The pauses after failures; up to 5 s if omitted. */
  readonly backOff?: { readonly baseMs: number; readonly capMs: number };
  /** How long a connection and the answer to a batch may take. Default: 5 s and 10 s. */
  readonly dialTimeoutMs?: number;
  readonly putTimeoutMs?: number;
};

/** A bridge that runs until `close`, until another writer takes over its target, or until the hub ends it for good. */
export interface Bridge {
  /** How it stands; begins with the newest status. */
  readonly status$: Observable<BridgeStatus>;
  status(): BridgeStatus;
  /** Ends both connections. What the target has not acknowledged is sent again at the next start. */
  close(): Promise<void>;
}

const defaultBackOff = { baseMs: 100, capMs: 5000 };

/** Runs a bridge: reads every entry of the hub's log from where the target ends, and hands it to the target. */
export const runBridge = (options: BridgeOptions): Bridge => {
  const { clock, fill, random, batchSize = 64, backOff = defaultBackOff } = options;
  const policy: BridgePolicy = { fill, batchSize, pauseAfter: (failures) => pauseAfter(failures, backOff, random) };
  const link = openLink({ ...options, role: 'relay', profile: 'browser', commits: 'by-reader', subscriptions: [] });
  const linkStatus = new BehaviorSubject<LinkStatus | null>(null);
  const changes = new Subject<void>();
  const { happen, state } = createMachine(
    policy,
    (effect) => perform(effect),
    () => changes.next(),
  );
  /** What belongs to the present connection to the target; nothing of an earlier one is heard any more. */
  let connection = new Connection(options, () => undefined);
  const reading = new LogReading(link, options, (batch) => happen({ kind: 'received', batch }));
  let resting = new Subscription();

  const hubNow = (): number => {
    const offset = linkStatus.value?.hubClock?.atOffsetMs;
    return offset === undefined ? options.wallNow() : clock.now() + offset;
  };
  const perform = (effect: BridgeEffect): void => {
    switch (effect.do) {
      case 'dial':
        connection = new Connection(options, happen);
        return connection.dial(hubNow);
      case 'rest':
        resting = timer(effect.ms, clock).subscribe(() => happen({ kind: 'rested' }));
        return;
      case 'subscribe':
        return reading.open(effect.cursor, state().attempt);
      case 'put':
        return connection.put(effect.batch);
      case 'commit':
        return reading.commit(effect.cursor);
      case 'leave':
        reading.end();
        connection.end();
        return;
      default:
        return effect satisfies never;
    }
  };

  const following = link.status$.subscribe((status) => {
    linkStatus.next(status);
    if (status.phase === 'closed') {
      happen({
        kind: 'close',
        error: { code: 'auth/unauthorised', message: `the hub ended the link: ${status.why ?? 'without a reason'}` },
      });
    }
  });
  happen({ kind: 'rested' });

  const status = (): BridgeStatus => toBridgeStatus(state(), linkStatus.value?.head ?? null, hubNow());
  const status$ = new BehaviorSubject(status());
  following.add(changes.pipe(map(status)).subscribe(status$));
  return {
    status,
    status$: status$.asObservable(),
    close: async () => {
      happen({ kind: 'close', error: null });
      resting.unsubscribe();
      following.unsubscribe();
      status$.complete();
      await Promise.all([connection.ended, link.close()]);
    },
  };
};

/** Steps through events one after the other: what happens while one is handled waits its turn. */
const createMachine = (policy: BridgePolicy, perform: (effect: BridgeEffect) => void, changed: () => void) => {
  const events: BridgeEvent[] = [];
  let state = restingBridge;
  let isStepping = false;
  const happen = (event: BridgeEvent): void => {
    events.push(event);
    if (isStepping) return;
    isStepping = true;
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      const step = stepBridge(state, next, policy);
      ({ state } = step);
      for (const effect of step.effects) perform(effect);
    }
    isStepping = false;
    changed();
  };
  return { happen, state: () => state };
};

/** An expected failure as the machine takes it. Anything else is a mistake of the target's code, and is thrown. */
const toError = (error: unknown): BridgeError => {
  if (!isFault(error)) throw error;
  const { code, message } = error;
  return error instanceof RetryLater ? { code, message, retryAfterMs: error.afterMs } : { code, message };
};

/** The subscription to the log: a new one for each connection to the target, so that nothing late about one is taken for the next. */
class LogReading {
  readonly #link: Link;
  readonly #options: Pick<BridgeOptions, 'filter' | 'nodeId' | 'upTo'>;
  readonly #received: (batch: HubBatch) => void;
  #sub = 'bridge-0';
  #batches = new Subscription();

  constructor(link: Link, options: Pick<BridgeOptions, 'filter' | 'nodeId' | 'upTo'>, received: (batch: HubBatch) => void) {
    this.#link = link;
    this.#options = options;
    this.#received = received;
  }

  open(cursor: Position | null, attempt: number): void {
    const { filter, nodeId, upTo } = this.#options;
    this.#sub = `bridge-${attempt}`;
    this.#link.subscribe({ sub: this.#sub, mode: 'every', filter, cursor, name: nodeId, ...(upTo === 'durable' && { upTo }) });
    this.#batches = this.#link.batches$(this.#sub).subscribe(this.#received);
  }

  commit({ epoch, lsn }: Position): void {
    this.#link.commit({ sub: this.#sub, epoch, cursor: lsn, term: null, isBare: true, commands: [], alarms: [], values: [] });
  }

  end(): void {
    this.#batches.unsubscribe();
    this.#link.unsubscribe(this.#sub);
  }
}

/** One connection to the target: a new client, and the deadline of whatever it is asked. */
class Connection {
  readonly #options: BridgeOptions;
  readonly #happen: (event: BridgeEvent) => void;
  #target: Target | null = null;
  #isOver = false;
  #deadline = new Subscription();
  ended: Promise<void> = Promise.resolve();

  constructor(options: BridgeOptions, happen: (event: BridgeEvent) => void) {
    this.#options = options;
    this.#happen = happen;
  }

  dial(hubNow: () => number): void {
    const open = async (): Promise<TargetPosition> => {
      const target = await this.#options.openTarget();
      if (this.#isOver) {
        await target.close();
        throw new Fault('bridge/unreachable', 'the connection came too late');
      }
      this.#target = target;
      return target.position();
    };
    this.#ask(open(), this.#options.dialTimeoutMs ?? 5000, (position) => ({ kind: 'opened', position, hubNow: hubNow() }));
  }

  put(batch: Batch): void {
    const target = this.#target;
    if (target === null) throw new Error('a batch for a target that is not connected');
    this.#ask(target.put(batch), this.#options.putTimeoutMs ?? 10_000, () => ({ kind: 'put' }));
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline.unsubscribe();
    const target = this.#target;
    if (target !== null) this.ended = target.close().catch((error: unknown) => void toError(error));
  }

  #ask<T>(asked: Promise<T>, timeoutMs: number, toEvent: (answer: T) => BridgeEvent): void {
    const settle = (event: BridgeEvent): void => {
      this.#deadline.unsubscribe();
      if (!this.#isOver) this.#happen(event);
    };
    this.#deadline = timer(timeoutMs, this.#options.clock).subscribe(() => {
      settle({ kind: 'failed', error: { code: 'bridge/unreachable', message: `the target did not answer within ${timeoutMs} ms` } });
    });
    asked.then(
      (answer) => settle(toEvent(answer)),
      (error: unknown) => settle({ kind: 'failed', error: toError(error) }),
    );
  }
}
