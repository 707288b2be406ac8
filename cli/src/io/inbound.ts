import type { RequestsStatus } from '@phloem/bridge';
import type { AutomationCode, BridgeReport, FaultCode } from '@phloem/protocol';
import { monotonicClock, type Link, type LinkOptions } from '@phloem/reconnect';
import { parseDuration } from '@phloem/rules';
import { BehaviorSubject, filter, map, type Observable } from 'rxjs';
import { toAutomationCode } from '../bridge/automation-standing.ts';

/** What such a bridge says of itself, beside what is reported of every bridge. */
export type InboundStatus = Pick<BridgeReport, 'phase' | 'counters'> & {
  readonly error: { readonly code: FaultCode; readonly message: string } | null;
  readonly line: string;
  /** How the foreign automation stands; null where the bridge takes no requests, or has not looked yet. */
  readonly automation: AutomationCode | null;
};

export type RunningInbound = {
  readonly status$: Observable<InboundStatus>;
  /** Why the hub has ended it for good; never where it goes on. */
  readonly ended$: Observable<string>;
  readonly close: () => Promise<void>;
};

/** Statuses of a bridge that takes requests, each with how the foreign automation stands. */
export const followAutomation = (
  status$: Observable<RequestsStatus>,
  toStatus: (status: RequestsStatus, automation: AutomationCode | null) => InboundStatus,
): Observable<InboundStatus> => {
  let known: AutomationCode | null = null;
  return status$.pipe(
    map((status) => {
      known = toAutomationCode(status, known);
      return toStatus(status, known);
    }),
  );
};

/** How a bridge makes its links: with a name and a token that are its own. */
export type OpenBridgeLink = (options: Pick<LinkOptions, 'role' | 'subscriptions' | 'lease'>) => Link;

/** How often a database is asked for new rows. A file answers within microseconds, a server takes a round trip. */
export const defaultPoll = { sqlite: '20ms', postgresql: '250ms', mariadb: '250ms' } as const;

/** A duration of a document that was checked. */
export const toMs = (text: string): number => parseDuration(text) ?? 0;

/** Why a link has been ended for good. */
export const toEnd = (link: Link): Observable<string> =>
  link.status$.pipe(
    filter(({ phase }) => phase === 'closed'),
    map(({ why }) => why ?? 'without a reason'),
  );

/** What the clock of the hub shows, as far as the link knows. */
export const followHubClock = (link: Link): (() => number) => {
  const offset = new BehaviorSubject<number | null>(null);
  link.status$.pipe(map(({ hubClock }) => hubClock?.atOffsetMs ?? null)).subscribe((ms) => offset.next(ms ?? offset.value));
  return () => (offset.value === null ? Date.now() : monotonicClock.now() + offset.value);
};
