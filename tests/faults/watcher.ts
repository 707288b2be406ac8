import { canonicalJson, type Entry, type Epoch, type Lsn } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink } from '@phloem/reconnect';
import { Subject, type Observable } from 'rxjs';

/** One entry as a watcher was given it. */
export type Seen = { readonly epoch: Epoch; readonly lsn: Lsn; readonly text: string };

/** A viewer over `@phloem/reconnect` that keeps all that it is given, in the order in which it came. */
export type Watcher = AsyncDisposable & {
  readonly seen: readonly Seen[];
  /** Ranges that the hub said it no longer has. */
  readonly lost: readonly (readonly [Lsn, Lsn])[];
  readonly entries$: Observable<Entry>;
};

/** Follows the log of `epoch` from its beginning. */
export const openWatcher = ({
  url,
  nodeId,
  token,
  epoch,
}: {
  readonly url: string;
  readonly nodeId: string;
  readonly token: string;
  readonly epoch: Epoch;
}): Watcher => {
  const seen: Seen[] = [];
  const lost: (readonly [Lsn, Lsn])[] = [];
  const entries$ = new Subject<Entry>();
  const link = openLink({
    transport: createSocketIoTransport({ url }),
    clock: monotonicClock,
    random: Math.random,
    nodeId,
    run: `${nodeId}-${process.pid}-${Date.now()}`,
    role: 'viewer',
    token,
    software: 'phloem-faults',
    profile: 'control',
    subscriptions: [{ sub: 'all', mode: 'every', filter: {}, cursor: { epoch, lsn: 0 } }],
  });
  const subscription = link.batches$('all').subscribe((batch) => {
    if (batch.kind === 'lost') lost.push(batch.lost);
    if (batch.kind !== 'entries') return;
    for (const entry of batch.entries) {
      seen.push({ epoch: batch.epoch, lsn: entry.lsn, text: canonicalJson(entry) });
      entries$.next(entry);
    }
  });
  return {
    seen,
    lost,
    entries$,
    [Symbol.asyncDispose]: async () => {
      subscription.unsubscribe();
      await link.close();
    },
  };
};
