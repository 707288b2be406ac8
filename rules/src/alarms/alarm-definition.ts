import type { AlarmPriority, LocationId, PointId, Reason } from '@phloem/protocol';
import type { Guidance } from '../documents/alarm.ts';

/** An alarm that documents define: what is known of it before it is ever raised. */
export type AlarmDefinition = {
  readonly id: string;
  readonly priority: AlarmPriority;
  readonly guidance: Guidance | undefined;
  readonly isShelvable: boolean;
  /** The points behind its condition, and where these and the devices behind it are. */
  readonly points: readonly PointId[];
  readonly locations: readonly LocationId[];
};

/** How an alarm is found at one moment. `suppressed` says why it is kept from being active, where its condition holds. */
export type AlarmFinding = {
  readonly definition: AlarmDefinition;
  readonly isActive: boolean;
  readonly suppressed: string | null;
  /** Why it is active, with the values. */
  readonly why: Reason;
};
