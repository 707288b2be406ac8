import type { Author, DeviceValue, Position } from '@phloem/protocol';

/** An operator's hand on a device: for a while it goes before whatever is requested, and before fail-safe (DE4). */
export type Override = {
  readonly value: DeviceValue;
  readonly by: Author;
  readonly reason: string;
  readonly forMs: number;
  /** When it ends, in `up`. */
  readonly untilUp: number;
  /** The entry by which it stands. */
  readonly cause: Position;
};

/** What somebody asks for; the gate has checked it. */
export type OverrideOrder = Pick<Override, 'value' | 'by' | 'reason' | 'forMs'>;
