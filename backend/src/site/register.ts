import type { RegisterField, RegisterTypeName, WordOrderName } from '@phloem/protocol';

/** Where bits and words are kept in a unit. */
export type RegisterTable = 'coil' | 'discrete' | 'holding' | 'input';
/** How words make a value. */
export type RegisterType = RegisterTypeName;
/** The order of the bytes of a value: `ABCD` is the standard's, `CDAB` has the low word first, the others swap bytes. */
export type WordOrder = WordOrderName;

/** Two raw values that stand for on and off. */
export type OnOff = { readonly on: number; readonly off: number };

/** One value in a unit's registers, and how it becomes a number in the quantity's canonical unit. */
export type Register = {
  readonly table: RegisterTable;
  /** As on the wire: 0 to 65535. */
  readonly address: number;
  readonly type: RegisterType;
  readonly wordOrder: WordOrder;
  /** canonical = raw × scale + offset; 1 and 0 for bits. */
  readonly scale: number;
  readonly offset: number;
  /** Raw values by which the instrument says "no value". */
  readonly sentinels: readonly number[];
  /** Of a bit: 0 on the wire is on. */
  readonly invert?: boolean;
  /** The bits of the registers that are this value's own. */
  readonly field?: RegisterField;
  /** The raw values of on and off where they are not 1 and 0, and those that are written where these are others. */
  readonly states?: { readonly read: OnOff; readonly write: OnOff };
  /** How a field is written: by function 22, or with these bits in the rest of the registers. Without it it is only read. */
  readonly fieldWrite?: { readonly kind: 'mask' } | { readonly kind: 'constant'; readonly bits: number };
  /** Names of raw values; any other raw value is none. */
  readonly names?: Readonly<Record<string, number>>;
  /** Registers of the same table that are read in the same request, and what they do to the value. */
  readonly beside?: {
    /** Their values are added. */
    readonly plus?: readonly RegisterPart[];
    /** It holds the scale, which multiplies the register's own. */
    readonly scaleFrom?: {
      readonly part: RegisterPart;
      readonly as: 'decimals' | 'exponent' | 'divisor' | 'factor' | 'table';
      /** By raw number. */
      readonly scales?: readonly (readonly [raw: number, scale: number])[];
    };
    /** There is a value only while it holds one of these raw numbers, or none of those. */
    readonly validWhen?: { readonly part: RegisterPart; readonly is?: readonly number[]; readonly isNot?: readonly number[] };
  };
};

/** A register that is read with another one. */
export type RegisterPart = Pick<Register, 'address' | 'type' | 'wordOrder' | 'field' | 'scale' | 'sentinels'>;

/** Where a register is on the buses. */
export type RegisterPlace = { readonly bus: string; readonly unit: number; readonly register: Register };
