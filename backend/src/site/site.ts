import type {
  ClusterId,
  DeviceFeedback,
  DeviceId,
  DeviceValue,
  DocumentHash,
  LocationId,
  MeasurementId,
  Millis,
  PointId,
  Quantity,
} from '@phloem/protocol';

/** Where bits and words are kept in a unit. */
export type RegisterTable = 'coil' | 'discrete' | 'holding' | 'input';
/** How words make a value. */
export type RegisterType = 'bit' | 'u16' | 's16' | 'u32' | 's32' | 'f32' | 'f64';
/** `big` is high word first (ABCD); `little` is low word first (CDAB). */
export type WordOrder = 'big' | 'little';

/** One value in a unit's registers, and how it becomes a number in the quantity's canonical unit. */
export type Register = {
  readonly table: RegisterTable;
  /** As on the wire: 0 to 65535. */
  readonly address: number;
  readonly type: RegisterType;
  readonly wordOrder: WordOrder;
  /** canonical = raw × scale + offset. */
  readonly scale: number;
  readonly offset: number;
  /** Raw values by which the instrument says "no value". */
  readonly sentinels: readonly number[];
};

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
};

/** Where a register is on the buses. */
export type RegisterPlace = { readonly bus: string; readonly unit: number; readonly register: Register };

/** A named value of the site: read from a register, or derived in the hub from other points of its cluster. */
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
  /** By more than this a value cannot move in such a time, in the canonical unit; what does is `bad`. */
  readonly rateLimit?: { readonly change: number; readonly perMs: Millis };
  readonly source:
    | ({ readonly kind: 'register'; readonly instrument: string } & RegisterPlace)
    | { readonly kind: 'derived'; readonly formula: DerivedFormula; readonly inputs: readonly PointId[]; readonly offset: number };
};

/** What the hub can work out by itself; the inputs are, in order, those that the formula names. */
export type DerivedFormula = 'vpd_air' | 'vpd_leaf' | 'dew_point' | 'absolute_humidity' | 'enthalpy' | 'dli';

/** What must be heeded when a unit is read: how much it takes at once, and what must not be read by the way. */
export type UnitQuirks = {
  readonly bus: string;
  readonly unit: number;
  /** Registers or bits in one request; null for what Modbus allows. */
  readonly maxBlock: number | null;
  /** Registers that are cleared by being read, and that nobody asked for. */
  readonly avoid: readonly { readonly table: RegisterTable; readonly address: number; readonly count: number }[];
  /** Registers that are cleared by being read and that a point reads: not more often than it asks; none when left out. */
  readonly cleared?: readonly { readonly table: RegisterTable; readonly address: number; readonly count: number }[];
};

/** Something that acts, with where it is written and where it is read back. */
export type DeviceSpec = {
  readonly id: DeviceId;
  readonly location: LocationId;
  readonly title: string;
  readonly kind: 'switch' | 'percent';
  readonly write: RegisterPlace;
  readonly readBack: RegisterPlace;
  /** How often it is read when nothing is written. */
  readonly pollMs: Millis;
  readonly failSafe:
    | { readonly after: Millis; readonly value: DeviceValue }
    | { readonly after: Millis; readonly hold: string; readonly maxHold: Millis; readonly then: DeviceValue };
  readonly comeBack: 'automatic' | 'operator';
  readonly minOn: Millis;
  readonly minOff: Millis;
  /** `minOff` holds against everybody, and a restart counts as a stop. */
  readonly protectCompressor?: boolean;
  /** The longest override; 24 h where not said. */
  readonly maxOverride?: Millis;
  /** What feels whether it runs. */
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
  /** Of units that have any. */
  readonly quirks?: readonly UnitQuirks[];
  /** Checked documents of the kind Interlocks, and the Signals that these read. Where there are any. */
  readonly interlocks?: readonly unknown[];
};
