import {
  createOpenParse,
  Fault,
  faults,
  formatVersion,
  isFault,
  sourceEvents,
  type FaultCode,
  type IngestFault,
  type IngestFrame,
  type IngestOutcome,
  type NodeMessage,
  type SourceId,
} from '@phloem/protocol';
import { distinctUntilChanged, map, ReplaySubject, Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { SourceChannel, Link, SourceAnswer } from './link.ts';
import { idleSender, stepSender, type SenderEffect, type SenderEvent, type SenderState } from './step-sender.ts';

/** How far the hub has a source, as it says on each connection. */
export type SourceProgress = {
  /** The last number that the hub has taken; 0 before the first. */
  readonly seq: number;
  /** What came with it as `position`; null where nothing did. */
  readonly position: string | null;
  /** Numbers that had been answered and that the hub does not know any more: it runs on an older copy of its data. */
  readonly lost: readonly [number, number] | null;
};

/** Sends the readings of one source, each message once in effect, whatever happens to the connection. */
export interface IngestSender {
  /** How far the hub has the source; begins with the newest. A program that keeps nothing itself goes on at its `position`. */
  readonly attached$: Observable<SourceProgress>;
  /**
   * Sends frames as one message, and resolves when the hub has them on disk. It is sent again after each cut until it is answered, as
   * long as this program runs. `position` is kept with it, and emitted by `attached$`.
   *
   * Rejects with a Fault: `ingest/busy` when too much waits already, `protocol/version` when the hub is older, and what the hub
   * says otherwise. A rejected message was not taken.
   */
  send(frames: readonly IngestFrame[], position?: string): Promise<IngestOutcome>;
  /** How many messages wait for their answer. */
  readonly waiting: number;
}

/** What a sender is made of. */
export type SenderOptions = {
  /** A link of the role `ingest`. */
  readonly link: Pick<Link, 'status$' | 'sources'>;
  /** The clock of the link. */
  readonly clock: SchedulerLike;
  readonly source: SourceId;
};

const parseAttached = createOpenParse(sourceEvents.attached, 'attached');
const parseIngested = createOpenParse(sourceEvents.ingested, 'ingested');

type Waiting = { readonly resolve: (outcome: IngestOutcome) => void; readonly reject: (fault: Fault) => void };

/** More messages than this wait only where the sender does not wait for its answers. */
const maxWaiting = 1024;
/** How long nothing is sent after the hub has said that it is busy. */
const restMs = 500;
/** The minor version that knows sources. */
const sinceMinor = 1;

const isFaultCode = (code: string): code is FaultCode => Object.hasOwn(faults, code);

/** A code of a later version is a refusal like any other. */
const toFault = ({ code, message }: Pick<IngestFault, 'code' | 'message'>): Fault =>
  new Fault(isFaultCode(code) ? code : 'protocol/unexpected', message);

/** Opens the sender of one source, over all connections of a link. It ends with the link, and then rejects what waits. */
export const openSender = (parts: SenderOptions): IngestSender => new RunningSender(parts);

class RunningSender implements IngestSender {
  readonly #clock: SenderOptions['clock'];
  readonly #source: SenderOptions['source'];
  readonly #sources: SourceChannel;
  readonly #attached = new ReplaySubject<SourceProgress>(1);
  readonly #waiting = new Map<number, Waiting>();
  readonly #running = new Subscription();
  #state: SenderState = idleSender;
  #rest = new Subscription();
  #keys = 0;
  readonly attached$: IngestSender['attached$'];

  constructor({ link, clock, source }: SenderOptions) {
    this.#clock = clock;
    this.#source = source;
    const { sources } = link;
    this.#sources = sources;
    this.#running.add(
      this.#sources.answers$.subscribe({
        next: (answer) => {
          try {
            this.#take(answer);
          } catch (error) {
            if (!isFault(error)) throw error;
            this.#sources.drop(`${error.code}: ${error.message}`);
          }
        },
        complete: () => this.#end(),
      }),
    );
    this.#running.add(
      link.status$
        .pipe(
          map(({ phase, attempt, welcome }) => (phase === 'ready' ? { attempt, version: welcome?.protocol ?? null } : null)),
          distinctUntilChanged((a, b) => a?.attempt === b?.attempt),
        )
        .subscribe((ready) => {
          this.#rest.unsubscribe();
          this.#happen({ kind: 'cut' });
          if (ready === null) return;
          if (ready.version !== null && ready.version.minor >= sinceMinor) return this.#send({ event: 'attach', payload: { source } });
          const message = `the hub speaks phloem/${formatVersion(ready.version)} and takes no readings: update it to phloem/1.${sinceMinor}`;
          this.#happen({
            kind: 'attached',
            answer: {
              source,
              seq: 0,
              position: null,
              window: 1,
              fault: { code: 'protocol/version', message, retry: false, expected: null },
            },
          });
        }),
    );
    this.attached$ = this.#attached.asObservable();
  }

  send(frames: readonly IngestFrame[], position?: string): Promise<IngestOutcome> {
    return new Promise((resolve, reject) => {
      if (this.#running.closed) return reject(new Fault('net/unreachable', 'the link is closed'));
      if (this.#waiting.size >= maxWaiting)
        return reject(new Fault('ingest/busy', `${maxWaiting} messages of ${this.#source} wait for their answer`));
      this.#keys += 1;
      this.#waiting.set(this.#keys, { resolve, reject });
      this.#happen({ kind: 'put', key: this.#keys, frames, position });
    });
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  #send(message: NodeMessage): void {
    this.#sources.send(message);
  }

  #rejectAll(among: Iterable<number>, fault: Fault): void {
    for (const key of among) {
      this.#waiting.get(key)?.reject(fault);
      this.#waiting.delete(key);
    }
  }

  #perform(effect: SenderEffect): void {
    switch (effect.do) {
      case 'send': {
        const { seq, frames, position } = effect.message;
        return this.#send({
          event: 'ingest',
          payload: { source: this.#source, seq, frames: [...frames], ...(position !== undefined && { position }) },
        });
      }
      case 'resolve':
        this.#waiting.get(effect.key)?.resolve(effect.outcome);
        this.#waiting.delete(effect.key);
        return;
      case 'reject':
        return this.#rejectAll(effect.keys, toFault(effect.fault));
      case 'tell':
        return this.#attached.next({ seq: effect.seq, position: effect.position, lost: effect.lost });
      case 'rest':
        this.#rest = timer(restMs, this.#clock).subscribe(() => this.#happen({ kind: 'rested' }));
        return;
      case 'ask':
        return this.#send({ event: 'attach', payload: { source: this.#source } });
      default:
        return effect satisfies never;
    }
  }

  #happen(event: SenderEvent): void {
    const step = stepSender(this.#state, event);
    // The state first: a hub in the same process answers before `send` returns.
    ({ state: this.#state } = step);
    step.effects.forEach((effect) => this.#perform(effect));
  }

  #take({ event, payload }: SourceAnswer): void {
    const read: SenderEvent =
      event === 'attached' ? { kind: 'attached', answer: parseAttached(payload) } : { kind: 'ingested', answer: parseIngested(payload) };
    if (read.answer.source === this.#source) this.#happen(read);
  }

  #end(): void {
    this.#rest.unsubscribe();
    this.#attached.complete();
    this.#rejectAll(this.#waiting.keys(), new Fault('net/unreachable', 'the link was closed before the hub had answered'));
    this.#running.unsubscribe();
  }
}
