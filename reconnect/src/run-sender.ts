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
import type { Link, SourceAnswer } from './link.ts';
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
export const openSender = ({ link, clock, source }: SenderOptions): IngestSender => {
  const { sources } = link;
  const send = (message: NodeMessage): void => sources.send(message);
  const attached = new ReplaySubject<SourceProgress>(1);
  const waiting = new Map<number, Waiting>();
  const running = new Subscription();
  let state: SenderState = idleSender;
  let rest = new Subscription();
  let keys = 0;

  const rejectAll = (among: Iterable<number>, fault: Fault): void => {
    for (const key of among) {
      waiting.get(key)?.reject(fault);
      waiting.delete(key);
    }
  };
  const perform = (effect: SenderEffect): void => {
    switch (effect.do) {
      case 'send': {
        const { seq, frames, position } = effect.message;
        return send({ event: 'ingest', payload: { source, seq, frames: [...frames], ...(position !== undefined && { position }) } });
      }
      case 'resolve':
        waiting.get(effect.key)?.resolve(effect.outcome);
        waiting.delete(effect.key);
        return;
      case 'reject':
        return rejectAll(effect.keys, toFault(effect.fault));
      case 'tell':
        return attached.next({ seq: effect.seq, position: effect.position, lost: effect.lost });
      case 'rest':
        rest = timer(restMs, clock).subscribe(() => happen({ type: 'rested' }));
        return;
      case 'ask':
        return send({ event: 'attach', payload: { source } });
      default:
        return effect satisfies never;
    }
  };
  const happen = (event: SenderEvent): void => {
    const step = stepSender(state, event);
    // The state first: a hub in the same process answers before `send` returns.
    ({ state } = step);
    step.effects.forEach(perform);
  };

  const take = ({ event, payload }: SourceAnswer): void => {
    const read: SenderEvent =
      event === 'attached' ? { type: 'attached', answer: parseAttached(payload) } : { type: 'ingested', answer: parseIngested(payload) };
    if (read.answer.source === source) happen(read);
  };
  const end = (): void => {
    rest.unsubscribe();
    attached.complete();
    rejectAll(waiting.keys(), new Fault('net/unreachable', 'the link was closed before the hub had answered'));
    running.unsubscribe();
  };

  running.add(
    sources.answers$.subscribe({
      next: (answer) => {
        try {
          take(answer);
        } catch (error) {
          if (!isFault(error)) throw error;
          sources.drop(`${error.code}: ${error.message}`);
        }
      },
      complete: () => end(),
    }),
  );
  running.add(
    link.status$
      .pipe(
        map(({ phase, attempt, welcome }) => (phase === 'ready' ? { attempt, version: welcome?.protocol ?? null } : null)),
        distinctUntilChanged((a, b) => a?.attempt === b?.attempt),
      )
      .subscribe((ready) => {
        rest.unsubscribe();
        happen({ type: 'cut' });
        if (ready === null) return;
        if (ready.version !== null && ready.version.minor >= sinceMinor) return send({ event: 'attach', payload: { source } });
        const message = `the hub speaks phloem/${formatVersion(ready.version)} and takes no readings: update it to phloem/1.${sinceMinor}`;
        happen({
          type: 'attached',
          answer: { source, seq: 0, position: null, window: 1, fault: { code: 'protocol/version', message, retry: false, expected: null } },
        });
      }),
  );

  return {
    attached$: attached.asObservable(),
    send: (frames, position) =>
      new Promise((resolve, reject) => {
        if (running.closed) return reject(new Fault('net/unreachable', 'the link is closed'));
        if (waiting.size >= maxWaiting)
          return reject(new Fault('ingest/busy', `${maxWaiting} messages of ${source} wait for their answer`));
        keys += 1;
        waiting.set(keys, { resolve, reject });
        happen({ type: 'put', key: keys, frames, position });
      }),
    get waiting() {
      return waiting.size;
    },
  };
};
