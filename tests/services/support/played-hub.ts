import { runBridge, type Bridge, type BridgeOptions, type OpenTarget } from '@phloem/bridge';
import { sampleEntry } from '@phloem/bridge/testing';
import { monotonicClock, type Transport, type TransportEvent } from '@phloem/reconnect';
import { epochA, toWelcome } from '@phloem/reconnect/testing';
import { Observable, type Subscriber } from 'rxjs';
import { until } from '../../support/until.ts';

/** A bridge to a real target, with a hub that the test plays: the test makes its log grow. */
export type PlayedBridge = AsyncDisposable & {
  readonly bridge: Bridge;
  /** Appends so many entries. */
  append(count: number): number;
  /** Waits until the bridge stands still for this reason. */
  untilFailed(code: string, text?: RegExp): Promise<void>;
};

/** Deadlines that a busy machine keeps, and pauses that a test can wait for. */
const quick = { backOff: { baseMs: 50, capMs: 300 }, dialTimeoutMs: 20_000, putTimeoutMs: 20_000 } as const;

/** The bridge fills its target from the first entry, or from its own place where only the hub knows that. */
export const playBridge = (openTarget: OpenTarget, more: Partial<BridgeOptions> = {}): PlayedBridge => {
  let head = 0;
  let sent: number | null = null;
  let sub = '';
  let node: Subscriber<TransportEvent> | null = null;
  const say = (event: string, payload: unknown): void =>
    node?.next({ kind: 'message', event, payload: JSON.parse(JSON.stringify(payload)) });
  const pump = (): void => {
    if (sent === null || sent >= head) return;
    const [prev, count] = [sent, head - sent];
    sent = head;
    const entries = Array.from({ length: count }, (_, index) => sampleEntry(1, prev + index + 1));
    say('entries', { sub, epoch: epochA, prev, last: head, entries });
  };
  const transport: Transport = {
    dial: () =>
      new Observable((subscriber) => {
        node = subscriber;
        const send = (message: { readonly event: string; readonly payload: unknown }): void => {
          const { payload } = message;
          if (message.event === 'unsubscribe') sent = null;
          if (message.event !== 'subscribe') return;
          const asked = payload as { readonly sub: string; readonly cursor: { readonly lsn: number } | null };
          queueMicrotask(() => {
            [sub, sent] = [asked.sub, asked.cursor?.lsn ?? 0];
            say('subscribed', { sub, from: sent });
            pump();
          });
        };
        subscriber.next({ kind: 'open', channel: { send, bufferedBytes: () => 0 } });
        const log = { epoch: epochA, first: 1, head, lineage: [] };
        // A played hub sends no heartbeats.
        const heartbeat = { everyMs: 600_000, deadMs: 3_600_000, leaseMs: 3_600_000 };
        queueMicrotask(() => say('welcome', toWelcome({ durable: head, log, heartbeat })));
      }),
  };
  const bridge = runBridge({
    transport,
    clock: monotonicClock,
    wallNow: () => 1_800_000_000_000,
    random: () => 0.5,
    nodeId: 'bridge-1',
    run: 'run-00000001',
    token: 'secret',
    software: 'test/1',
    filter: {},
    openTarget,
    fill: 'first',
    upTo: 'immediate',
    ...quick,
    ...more,
  });
  return {
    bridge,
    append: (count) => {
      head += count;
      pump();
      return head;
    },
    untilFailed: async (code, text = /./) => {
      const isIt = ({ error }: ReturnType<Bridge['status']>): boolean => error?.code === code && text.test(error.message);
      await until(`the bridge to fail with ${code} ${String(text)}`, () => bridge.status(), isIt, 120_000);
    },
    [Symbol.asyncDispose]: () => bridge.close(),
  };
};
