import type { BridgeStatus } from '@phloem/bridge';
import type { AutomationCode, BridgeReport } from '@phloem/protocol';
import { monotonicClock } from '@phloem/reconnect';
import { combineLatest, distinctUntilChanged, exhaustMap, map, timer, type Observable, type Subscription } from 'rxjs';
import { stepStanding, toReportedAutomation, type Standing } from '../bridge/automation-standing.ts';

/** What is reported of any bridge. */
type Reportable = Pick<BridgeStatus, 'phase' | 'error' | 'counters'> & {
  /** How the foreign automation stands; a bridge that takes no requests has none. */
  readonly automation?: AutomationCode | null;
};

type Reported<Status extends Reportable> = {
  readonly id: string;
  readonly title: string | null;
  /** What is at the other end. */
  readonly target: string;
  readonly direction: BridgeReport['direction'];
  readonly port: number;
  readonly token: string;
  readonly status$: Observable<Status>;
  /** Changes only with what people act on. */
  readonly toLine: (status: Status) => string;
};

const everyMs = 3000;
const answerMs = 2000;

type Named = Pick<Reported<Reportable>, 'title' | 'target' | 'direction'>;

const toReport = (
  { title, target, direction }: Named,
  { phase, error, counters }: Reportable,
  standing: Standing | null,
): BridgeReport => ({
  title: title?.slice(0, 200) ?? null,
  target,
  direction,
  automation: toReportedAutomation(standing, monotonicClock.now()),
  phase,
  error: error === null ? null : { code: error.code, message: error.message.slice(0, 1000) },
  counters,
});

/** Reports to the hub how a bridge stands: every few seconds, and at once when that changes. Unsubscribe to end it. */
export const reportBridge = <Status extends Reportable>({
  id,
  title,
  target,
  direction,
  port,
  token,
  status$,
  toLine,
}: Reported<Status>): Subscription => {
  const send = async (report: BridgeReport): Promise<void> => {
    await fetch(`http://127.0.0.1:${port}/api/v1/bridges/${id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(answerMs),
    }).catch(() => undefined); // A hub that does not answer shows the bridge as silent; the next report comes in seconds.
  };
  let newest: Status | null = null;
  let standing: Standing | null = null;
  const standing$ = status$.pipe(
    map((status) => {
      newest = status;
      standing = stepStanding(standing, status.automation ?? null, monotonicClock.now());
      return `${toLine(status)} ${standing?.code ?? ''}`;
    }),
    distinctUntilChanged(),
  );
  return combineLatest([standing$, timer(0, everyMs)])
    .pipe(exhaustMap(async () => (newest === null ? undefined : send(toReport({ title, target, direction }, newest, standing)))))
    .subscribe();
};
