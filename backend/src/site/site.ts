import type {
  ClusterId,
  DeviceFeedback,
  DeviceId,
  DeviceShape,
  DeviceValue,
  DocumentHash,
  LocationId,
  MeasurementId,
  Millis,
  NodeId,
  PointId,
  Quantity,
  SourceId,
} from '@phloem/protocol';
import type { UnitQuirks } from './unit-quirks.ts';
import type { DeviceLimitSet } from '@phloem/rules';
import type { RegisterPlace } from './register.ts';

/** How a bus is reached: Modbus TCP; RTU through a gateway that passes bytes on; RTU on a serial line of this machine. */
export type BusTransport =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'rtu-over-tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'rtu';
      readonly path: string;
      readonly baudRate: number;
      readonly parity: 'none' | 'even' | 'odd';
      readonly stopBits: 1 | 2;
    };

/** A serial line or a host that speaks Modbus. */
export type BusSpec = {
  readonly id: string;
  readonly transport: BusTransport;
  readonly connectTimeoutMs: Millis;
  readonly answerTimeoutMs: Millis;
  /** The pause between an answer and the next request; none when left out. */
  readonly requestGapMs?: Millis;
  /** The pause between connecting and the first request; none when left out. */
  readonly connectDelayMs?: Millis;
  /** The pause after a broadcast; what its kind of line takes when left out. */
  readonly broadcastDelayMs?: Millis;
};

/** How a number becomes one in the canonical unit: canonical = number × factor + offset. */
export type UnitConversion = { readonly factor: number; readonly offset: number };

/** A program that sends readings, and the node whose token may do so. */
export type SourceSpec = { readonly id: SourceId; readonly title: string; readonly node: NodeId };

/** A named value of the site: read from a register, sent by a source, or derived in the hub from other points of its cluster. */
export type PointSpec = {
  readonly id: PointId;
  readonly location: LocationId;
  readonly cluster: ClusterId;
  readonly measurement: MeasurementId;
  readonly quantity: Quantity;
  readonly title: string;
  readonly decimals: number;
  readonly intervalMs: Millis;
  /** Outside of it a value is `bad`; within the quantity's own range. */
  readonly range: { readonly min: number; readonly max: number };
  /** How far past its range a value may be and still be meant: it is clamped, and `uncertain`. Nowhere when left out. */
  readonly margin?: { readonly below: number; readonly above: number };
  /** By more than this a value cannot move in such a time, in the canonical unit; what does is `bad`. */
  readonly rateLimit?: { readonly change: number; readonly perMs: Millis };
  /**
   * The register is a counter, and the point its running total: over wraps (`wrapsAt` is in raw counts; null where it never
   * does) and restarts, which are distinguished by the most that it can count, in the canonical unit.
   */
  readonly totalise?: { readonly wrapsAt: number | null; readonly maxRate?: { readonly change: number; readonly perMs: Millis } };
  readonly source:
    | ({ readonly kind: 'register'; readonly instrument: string } & RegisterPlace)
    | ({ readonly kind: 'ingest'; readonly source: SourceId } & UnitConversion)
    | { readonly kind: 'derived'; readonly formula: DerivedFormula; readonly inputs: readonly PointId[]; readonly offset: number };
};

/** What the hub can work out by itself; the inputs are, in order, those that the formula names. */
export type DerivedFormula = 'vpd_air' | 'vpd_leaf' | 'dew_point' | 'absolute_humidity' | 'enthalpy' | 'dli';

/** What moves an actuator by two relays: one opens, the other closes, and how long they take from end to end. */
export type ThreePointSpec = {
  readonly closing: { readonly write: RegisterPlace; readonly readBack: RegisterPlace };
  readonly travel: Millis;
  /** Both relays stay off for this long before the direction changes. */
  readonly reversePause: Millis;
};

/** Something that acts, with where it is written and where it is read back. */
export type DeviceSpec = DeviceShape &
  DeviceLimitSet & {
    readonly id: DeviceId;
    readonly location: LocationId;
    readonly title: string;
    readonly write: RegisterPlace;
    readonly readBack: RegisterPlace;
    /** Of a three-point actuator, whose `write` and `readBack` are those of the relay that opens. */
    readonly threePoint?: ThreePointSpec;
    /** How often it is read when nothing is written. */
    readonly pollMs: Millis;
    readonly failSafe:
      | { readonly after: Millis; readonly value: DeviceValue }
      | { readonly after: Millis; readonly hold: string; readonly maxHold: Millis; readonly then: DeviceValue };
    readonly restart: 'automatic' | 'manual';
    /** How far a read-back may be from what was written; worked out from the registers where not said. */
    readonly tolerance?: number;
    /** The time in which it follows; worked out from kind and registers where not said. */
    readonly settle?: Millis;
    /** How often the value that stands is written again. */
    readonly refresh?: Millis;
    /** `minOff` holds against everybody, and a restart counts as a stop. */
    readonly protectCompressor?: boolean;
    /** The longest override; 24 h where not said. */
    readonly maxOverride?: Millis;
    /** What shows whether it runs. */
    readonly feedback?: DeviceFeedback;
    /** Rated power in watts; null when not said. */
    readonly power: number | null;
    readonly merge: 'exclusive' | 'any-on' | 'all-on' | 'max' | 'min' | 'mean';
  };

/** What is there: made from the documents of a folder, checked, and named by their hash. */
export type Site = {
  readonly hash: DocumentHash;
  readonly title: string;
  readonly timeZone: string;
  readonly isDemonstration: boolean;
  readonly locations: readonly { readonly id: LocationId; readonly title: string }[];
  readonly buses: readonly BusSpec[];
  readonly points: readonly PointSpec[];
  readonly devices: readonly DeviceSpec[];
  /** Programs that send readings. Where there are any. */
  readonly sources?: readonly SourceSpec[];
  /** Of units that have any. */
  readonly quirks?: readonly UnitQuirks[];
  /** Checked documents of the kind Interlocks, and the Signals that these read. Where there are any. */
  readonly interlocks?: readonly unknown[];
  /** Checked documents of the kinds Alarm and Setpoints, and the Signals that these read. Where there are any. */
  readonly alarms?: readonly unknown[];
};
