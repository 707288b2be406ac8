import type { BusStatus, DeviceValue, EntryDraft, PointId, Reading, Reason } from '@phloem/protocol';
import type { Observable } from 'rxjs';
import type { DeviceSpec } from '../site/site.ts';
import type { SensorDraft, SentValue } from './readings/field-readings.ts';

/**
 * How a write on the bus ended. `ambiguous` is a time-out or a broken link: it may or may not have been done. `refused`
 * was certainly not done; with `isRetryable` it never left (no link, a silent unit, a busy bus) and may be tried again; with
 * `isConfiguration` the unit knows no such register or value, and will not know it the next time either.
 */
export type WriteOutcome =
  | { readonly kind: 'echoed' }
  | { readonly kind: 'refused'; readonly why: string; readonly isRetryable?: boolean; readonly isConfiguration?: boolean }
  | { readonly kind: 'ambiguous'; readonly why: string }
  /** The guard said no when the request's turn had come: nothing was sent. */
  | { readonly kind: 'withdrawn' };

/** What a device says of itself. */
export type ReadBackOutcome =
  | { readonly kind: 'value'; readonly value: DeviceValue }
  /** No value: it does not answer, or what it answers is none (`isAnswered`), such as a number outside of its range. */
  | { readonly kind: 'silent'; readonly why: Reason; readonly isAnswered?: true }
  /** It answers, but where it stands nobody can know yet. */
  | { readonly kind: 'unplaced'; readonly why: Reason };

/** Takes what sources send into the readings of the field, where it is corrected, judged and derived from like what a bus brings. */
export interface SentReadings {
  /** Frames of readings that were measured so long ago; ready to be appended. */
  take(values: ReadonlyMap<PointId, SentValue>, ageMs: number): readonly SensorDraft[];
  /** What was known of points before this start, and how old it is: it turns stale by that. */
  recall(point: PointId, reading: Reading, ageMs: number): void;
  /** Returns what takes back all that was taken since: where it could not be kept. */
  mark(): () => void;
}

/**
 * What goes along with a write. `mayStill` is asked once more in the moment before the request goes out on the bus (CO4):
 * where it says no, nothing is sent and the outcome is `withdrawn`. `isUrgent` lets a safe state overtake every other
 * write (FB2).
 */
export type WriteGuard = { readonly mayStill?: () => boolean; readonly isUrgent?: boolean };

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
  /** What sources send; a field that takes nothing has none. */
  readonly sent?: SentReadings;
  /** How each bus answers; replays the newest of each. */
  readonly status$: Observable<BusStatus>;
  write(device: DeviceSpec, value: DeviceValue, guard?: WriteGuard): Promise<WriteOutcome>;
  readBack(device: DeviceSpec): Promise<ReadBackOutcome>;
  /** Closes the sockets; every promise under way settles. */
  close(): Promise<void>;
}
