import type { NamedValues } from '@phloem/protocol';
import type { Dimension } from '../units/dimension.ts';
import type { Maybe } from '../nodes/node.ts';

/** A value of an expression. */
export type Scalar = number | boolean | string;

/** Where a name's value is kept, and what it is. */
export type Slot = {
  readonly slot: number;
  readonly dimension: Dimension;
  /** It counts: its value is always a whole number. */
  readonly isWhole?: boolean;
  /** What its values are called, for people: expressions compare the number. */
  readonly names?: NamedValues;
};
/** Where a device's state is kept. */
export type DeviceSlots = { readonly actual: number; readonly applied: number; readonly dimension: Dimension };

/** The names that an expression may use. */
export type Scope = {
  /** A signal or an input (`vpd`), or a set-point (`sp.vpd`). */
  readonly find: (name: string) => Slot | undefined;
  /** A name that is declared and could not be made ready: its own problem is reported where it stands. */
  readonly isBroken?: (name: string) => boolean;
  /** An input alone: it has an age and a quality. */
  readonly isInput: (name: string) => boolean;
  /** The members of a cluster, which stands for the list of them. */
  readonly findCluster?: (name: string) => readonly string[] | undefined;
  readonly findDevice: (id: string) => DeviceSlots | undefined;
  /** All names, for hints. */
  readonly names: () => readonly string[];
  readonly devices: () => readonly string[];
};

/** What an expression reads when it is evaluated. The arrays go by slot; `reported` and `qualities` are of inputs. */
export type EvaluationContext = {
  readonly values: readonly Maybe<Scalar>[];
  readonly reported: readonly (number | null)[];
  readonly qualities: readonly string[];
  readonly up: number;
};
