import type { Heartbeat, NodeMessage, Welcome } from '@phloem/protocol';
import { receiveHeartbeat, startPulse, stepPulse, type Pulse } from './heartbeat-judge.ts';
import { keepSample, toHubClock, toRoundTrip, type ClockSample } from './hub-clock.ts';
import type { LinkStatus } from './link.ts';
import type { Commits } from './run-commits.ts';
import type { RunningLease } from './run-lease.ts';

/** What the heartbeat of a connection needs of it. */
export type HeartbeatContext = {
  readonly now: () => number;
  readonly after: (ms: number, task: () => void) => void;
  readonly send: (message: NodeMessage) => void;
  /** Ends the connection. */
  readonly drop: (why: string) => void;
  readonly emitStatus: (change: Partial<LinkStatus>) => void;
  readonly lease: RunningLease;
  readonly commits: Commits;
};

/**
 * The heartbeat of one connection from its welcome on: it proves both ways, renews the lease, and compares the clocks.
 * `dialedAt` bounds how long the welcome was under way.
 */
export class RunningHeartbeat {
  readonly #context: HeartbeatContext;
  readonly #terms: Welcome['heartbeat'];
  #pulse: Pulse;
  #samples: readonly ClockSample[];
  /** The newest heartbeat of ours that the hub has answered. */
  #answered = 0;

  constructor(context: HeartbeatContext, { heartbeat, at, up }: Pick<Welcome, 'heartbeat' | 'at' | 'up'>, dialedAt: number) {
    const now = context.now();
    this.#context = context;
    this.#terms = heartbeat;
    this.#pulse = startPulse(now);
    // The way there and back took as long as the dial at the most; better looks follow with the first echo.
    this.#samples = [{ roundTripMs: now - dialedAt, at, up, receivedAt: now }];
  }

  /** The number of the newest heartbeat of ours. */
  get newest(): number {
    return this.#pulse.n;
  }

  get answered(): number {
    return this.#answered;
  }

  get hubClock(): LinkStatus['hubClock'] {
    return toHubClock(this.#samples);
  }

  /** Sends a heartbeat, and the next one after it. */
  tick(): void {
    const { now, after, send, drop, lease, commits } = this.#context;
    const { everyMs, deadMs } = this.#terms;
    const beat = stepPulse(this.#pulse, now(), this.#terms);
    if (beat.verdict === 'dead') return drop(`no echo for ${deadMs} ms`);
    this.#pulse = beat.pulse;
    // Who has slept gives up what it held before it reads what has come meanwhile.
    if (beat.verdict === 'own-pause') lease.emit();
    const { term } = lease;
    commits.beat(beat.beat.n);
    send({ event: 'heartbeat', payload: { ...beat.beat, ...(term === null ? {} : { term }), lagMs: beat.lagMs } });
    return after(everyMs, () => this.tick());
  }

  receive(heartbeat: Heartbeat): void {
    const { now: readClock, drop, emitStatus, lease, commits } = this.#context;
    const lost = commits.hear(heartbeat);
    if (lost !== null) return drop(lost);
    const now = readClock();
    const heard = receiveHeartbeat(this.#pulse, heartbeat, now);
    this.#pulse = heard.pulse;
    this.#answered = Math.max(this.#answered, heartbeat.echo?.n ?? 0);
    const { at, up, head, durable, committed } = heartbeat;
    if (heard.roundTripMs !== null && at !== undefined && up !== undefined) {
      this.#samples = keepSample(this.#samples, { roundTripMs: heard.roundTripMs, at, up, receivedAt: now });
      emitStatus({ roundTripMs: toRoundTrip(this.#samples), hubClock: this.hubClock });
    }
    emitStatus({
      ...(head === undefined ? {} : { head }),
      ...(durable === undefined ? {} : { durable }),
      ...(committed === undefined ? {} : { committed }),
    });
    if (heard.provenAt !== null) lease.renew(heard.provenAt);
    return undefined;
  }
}
