import { exhaustMap, interval, mergeMap, Observable, startWith, Subject, Subscription, takeWhile, tap, type SchedulerLike } from 'rxjs';
import type { LeaseService } from '../leases/lease-service.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { HubView } from '../view/hub-view.ts';
import { heartbeatPaces } from './heartbeat-terms.ts';
import type { HubSessions } from './hub-sessions.ts';
import type { Connection, HubTransport } from './hub-transport.ts';

/** Four common ticks a second for the live views. */
const latestTickMs = 250;

export type RunSessionsOptions = {
  readonly transport: HubTransport;
  readonly sessions: HubSessions;
  readonly leases: LeaseService;
  readonly log: FrameLog;
  readonly view: HubView;
  /** Emits when more of the log is on disk. */
  readonly durable$: Observable<unknown>;
  readonly scheduler: SchedulerLike;
};

/** Brings the view up to the head of the log: it is a cursor like any other. */
export const catchUpView = (view: HubView, log: FrameLog): void => {
  for (;;) {
    const entries = log.read(Math.max(view.version, log.first - 1), { entries: 4096, bytes: 4 * 1024 * 1024 });
    if (entries.length === 0) return;
    for (const entry of entries) view.apply(entry);
  }
};

const follow$ = (sessions: HubSessions, connection: Connection): Observable<unknown> =>
  new Observable((subscriber) => {
    const handle = sessions.connect(connection);
    return connection.incoming$
      .pipe(
        tap({
          next: ({ event, payload, flaw }) => (flaw === undefined ? handle.receive(event, payload) : handle.refuse(flaw)),
          finalize: () => handle.closed(),
        }),
        startWith(null),
      )
      .subscribe(subscriber);
  });

/** So many panels are served in a turn: a fraction of a millisecond, after which what commands has its chance. */
const panelsInTurn = 10;

/** Connects sessions to transport, log, clock and leases. Unsubscribing stops all of it. */
export const runSessions = ({ transport, sessions, leases, log, view, durable$, scheduler }: RunSessionsOptions): Subscription => {
  const running = new Subscription();
  const wake$ = new Subject<void>();
  const wake = (): void => {
    if (sessions.hasDue) wake$.next();
  };
  const { turns$ = interval(0, scheduler) } = transport;
  const round$ = turns$.pipe(
    tap(() => sessions.serve(panelsInTurn)),
    takeWhile(() => sessions.hasDue),
  );
  // The running round wins: anyone who falls due meanwhile is served by it.
  running.add(wake$.pipe(exhaustMap(() => round$)).subscribe());
  running.add(
    log.head$.subscribe(() => {
      catchUpView(view, log);
      sessions.pump();
      wake();
    }),
  );
  running.add(
    durable$.subscribe(() => {
      sessions.pumpDurable();
      wake();
    }),
  );
  running.add(leases.grants$.subscribe(({ session, grant }) => sessions.emitLease(session, grant)));
  running.add(
    interval(latestTickMs, scheduler).subscribe(() => {
      sessions.tickLatest();
      wake();
    }),
  );
  for (const { everyMs } of Object.values(heartbeatPaces)) {
    running.add(
      interval(everyMs, scheduler).subscribe(() => {
        sessions.tickHeartbeat(everyMs);
        wake();
      }),
    );
  }
  running.add(transport.connections$.pipe(mergeMap((connection) => follow$(sessions, connection).pipe(tap(wake)))).subscribe());
  return running;
};
