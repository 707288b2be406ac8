import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  AlarmEntry,
  AlarmStatus,
  DeviceEntry,
  DeviceId,
  DeviceState,
  DeviceValue,
  Entry,
  LocationId,
  Lsn,
  PointId,
  PointState,
  Reading,
  RequestAnswer,
} from '@phloem/protocol';
import type { Observable } from 'rxjs';

/** A reading of a point, as an entry of the log has it. */
export type PointReading = Reading & {
  readonly point: PointId;
  /** The number of the entry. */
  readonly lsn: Lsn;
  /** When the hub recorded it, in milliseconds since 1970. */
  readonly at: number;
};

/** How a program requests a device state. */
export type RequestOptions = {
  /** For how many milliseconds after its cause the request may be accepted. */
  readonly ttlMs: number;
  /** The same id is the same request, however often it is made. Default: a new one. */
  readonly id?: string | undefined;
  /** `momentary` writes once and must not wait. Default: `set`. */
  readonly op?: 'set' | 'momentary' | undefined;
  /** The number of the entry that it was decided on. Default: the newest. */
  readonly cause?: Lsn | undefined;
  /** For people, in the log. */
  readonly reason?: string | undefined;
};

/** How a program asks over the HTTP interface. */
export type AskOptions = { readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | undefined; readonly body?: unknown };

/**
 * A hub with its automation service, inside this process. What the observables emit is shared with the hub: read it, and change
 * nothing.
 */
export interface Phloem extends AsyncDisposable {
  /** Where it listens; null where it does not. */
  readonly url: string | null;
  /** Every entry of the log from the subscription on, once and in order. */
  readonly entries$: Observable<Entry>;
  /** The readings in them. */
  readonly readings$: Observable<PointReading>;
  /** The steps of the life of commands in them: requested, written, confirmed … */
  readonly deviceStates$: Observable<DeviceEntry>;
  /** The changes of alarms in them. */
  readonly alarms$: Observable<AlarmEntry>;
  /** The newest entry. */
  readonly head: Lsn;
  /**
   * Every entry after this one, stored ones first. Where the log no longer has the next one it goes on at the oldest that it has:
   * the number of the first entry shows it.
   */
  entriesAfter(lsn: Lsn): Observable<Entry>;
  /** How every point stands now. */
  points(): readonly PointState[];
  /** How every device stands now. */
  devices(): readonly DeviceState[];
  /** Every alarm that is active, unacknowledged or shelved. */
  alarms(): readonly AlarmStatus[];
  /**
   * Requests a device state, under a lease of the device's location that this program then holds until `release`. Resolves when the
   * answer is on disk. An accepted request is not yet a confirmed state: `deviceStates$` reports that.
   *
   * @throws Fault `command/term` when another node holds the lease, such as the automation service that runs a bundle there;
   * `request/conflict`; `command/draining` when the instance has ended.
   */
  request(device: DeviceId, value: DeviceValue, options: RequestOptions): Promise<RequestAnswer>;
  /** Gives the lease of a location back. Its devices go to their safe states as when automation stops. */
  release(location: LocationId): Promise<void>;
  /**
   * Asks over the HTTP interface as the administrator, without a network: overrides, history, tokens and all else. Resolves to the
   * parsed answer, or to its text where it is no JSON.
   *
   * @throws Fault with the code of the answer.
   */
  ask(path: string, options?: AskOptions): Promise<unknown>;
  /** The path of a link that signs one person in. It works once. */
  createSignInPath(): string;
  /** Answers a request of a server of the program. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  /** Takes over a connection of a server of the program. Claims whether it was one of Phloem's; leave others alone. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Ends it in order; once, however often it is called. */
  close(how?: { readonly outputs: 'safe' | 'keep' }): Promise<void>;
}
