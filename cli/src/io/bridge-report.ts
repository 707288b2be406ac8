import type { BridgeStatus } from '@phloem/bridge';
import type { BridgeReport } from '@phloem/protocol';
import type { BridgeDocument } from '@phloem/rules';
import { combineLatest, distinctUntilChanged, exhaustMap, map, timer, type Observable, type Subscription } from 'rxjs';
import { toStatusLine } from '../bridge/bridge-lines.ts';

type Reported = {
  readonly id: string;
  readonly document: BridgeDocument;
  readonly port: number;
  readonly token: string;
  readonly status$: Observable<BridgeStatus>;
};

const everyMs = 3000;
const answerMs = 2000;

const toReport = ({ metadata, spec }: BridgeDocument, { phase, error, counters }: BridgeStatus): BridgeReport => ({
  title: metadata.title?.slice(0, 200) ?? null,
  target: spec.target.kind,
  phase,
  error: error === null ? null : { code: error.code, message: error.message.slice(0, 1000) },
  counters,
});

/** Tells the hub how a bridge stands: every few seconds, and at once when that changes. Unsubscribe to end it. */
export const reportBridge = ({ id, document, port, token, status$ }: Reported): Subscription => {
  const send = async (report: BridgeReport): Promise<void> => {
    await fetch(`http://127.0.0.1:${port}/api/v1/bridges/${id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(answerMs),
    }).catch(() => undefined); // A hub that does not answer shows the bridge as silent; the next report comes in seconds.
  };
  let newest: BridgeStatus | null = null;
  const standing$ = status$.pipe(
    map((status) => {
      newest = status;
      return toStatusLine(status);
    }),
    distinctUntilChanged(),
  );
  return combineLatest([standing$, timer(0, everyMs)])
    .pipe(exhaustMap(async () => (newest === null ? undefined : send(toReport(document, newest)))))
    .subscribe();
};
