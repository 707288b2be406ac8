import type { BusStatus, DeviceValue, EntryDraft } from '@phloem/protocol';
import type { Observable } from 'rxjs';
import type { DeviceSpec } from '../site/site.ts';

/**
 * How a write on the bus ended. `ambiguous` is a time-out or a broken link: it may or may not have been done. `refused`
 * was certainly not done; with `isRetryable` it never left (no link, a silent unit, a busy bus) and may be tried again.
 */
export type WriteOutcome =
  | { readonly kind: 'echoed' }
  | { readonly kind: 'refused'; readonly why: string; readonly isRetryable?: boolean }
  | { readonly kind: 'ambiguous'; readonly why: string }
  /** The guard said no when the request's turn had come: nothing was sent. */
  | { readonly kind: 'withdrawn' };

/** What a device says of itself. */
export type ReadBackOutcome = { readonly kind: 'value'; readonly value: DeviceValue } | { readonly kind: 'silent'; readonly why: string };

/**
 * The field as the rest of the hub sees it: frames come out, and a device can be written and read back. Only the
 * device gate writes. Writes overtake polls; each promise settles within the bus's deadlines.
 */
export interface FieldPort {
  /** Sensor frames, and frames that mark points stale or bad; ready to be appended. Cold: subscribing starts the polls. */
  readonly frames$: Observable<Extract<EntryDraft, { kind: 'sensor' }>>;
  /** What each polled device reported, whether it changed or not. */
  readonly deviceReports$: Observable<{ readonly device: DeviceSpec; readonly outcome: ReadBackOutcome }>;
  /**
   * Alarms of buses, units and addresses, each when it changes and once at the start; ready to be appended where they
   * are news. A field that watches over nothing has none.
   */
  readonly alarms$?: Observable<Extract<EntryDraft, { kind: 'alarm' }>>;
  /** How each bus answers; replays the newest of each. */
  readonly status$: Observable<BusStatus>;
  /**
   * `mayStill` is asked once more in the moment before the request goes out on the bus (CO4): where it says no, nothing
   * is sent and the outcome is `withdrawn`. `isUrgent` lets a safe state overtake every other write (FB2).
   */
  write(
    device: DeviceSpec,
    value: DeviceValue,
    guard?: { readonly mayStill?: () => boolean; readonly isUrgent?: boolean },
  ): Promise<WriteOutcome>;
  readBack(device: DeviceSpec): Promise<ReadBackOutcome>;
  /** Closes the sockets; every promise under way settles. */
  close(): Promise<void>;
}
