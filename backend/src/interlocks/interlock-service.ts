import type { Author, DeviceId, DeviceValue, Lsn, Position, Reason } from '@phloem/protocol';
import type { InterlockPhase, RestrictedValue } from '@phloem/rules';
import type { Observable } from 'rxjs';

/** What interlocks leave of a value, and the entry that records it; null where they take nothing away. */
export type Restricted = RestrictedValue & { readonly cause: Position | null };

/** How one interlock stands. */
export type InterlockView = {
  readonly id: string;
  /** The devices that it can touch. */
  readonly devices: readonly DeviceId[];
  readonly state: InterlockPhase;
  readonly why: Reason;
  /** When it came to stand so, by the wall clock; null when that was never said. */
  readonly since: number | null;
  /** The entry that said so; 0 when that was never said. */
  readonly lsn: Lsn;
  /** Whether an operator may let it go now. */
  readonly isResettable: boolean;
};

/** The interlocks of the site at work: a fold over the log, asked before every write (DE3). */
export interface InterlockService {
  /** What is left of a value for a device, as of the newest entry. */
  restrict(device: DeviceId, value: DeviceValue): Restricted;
  /** To be called right before a write: if time alone has changed an interlock since the newest entry, this appends the change to the log. */
  refresh(): void;
  /** Devices for which something else may be left now. */
  readonly changes$: Observable<readonly DeviceId[]>;
  /** How each stands, in the order of the site. */
  status(): readonly InterlockView[];
  /**
   * Lets a latched interlock go, and says in the log who did.
   *
   * @throws Fault `interlock/unknown`; `interlock/held` while it is not latched, or its condition has not been clear for
   * long enough.
   */
  reset(id: string, by: Author): void;
  close(): void;
}
