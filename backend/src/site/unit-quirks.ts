import type { Millis } from '@phloem/protocol';
import type { RegisterTable } from './register.ts';

/** Registers or bits that lie side by side. */
export type Stretch = { readonly table: RegisterTable; readonly address: number; readonly count: number };

/** How a unit must be asked: what its profiles say, with what the site says instead. */
export type UnitQuirks = {
  readonly bus: string;
  readonly unit: number;
  /** Registers or bits in one request; null for what Modbus allows. */
  readonly maxBlock: number | null;
  /** The same by table, where tables differ. */
  readonly maxBlocks?: Readonly<Partial<Record<RegisterTable, number>>>;
  /** Registers that are cleared by being read, and that nobody asked for. */
  readonly avoid: readonly Stretch[];
  /** Registers that are cleared by being read and that a point reads: not more often than it asks; none when left out. */
  readonly cleared?: readonly Stretch[];
  /** Whole blocks: of their table nothing is asked but these. */
  readonly blocks?: readonly Stretch[];
  /** Registers that must be read in one request. */
  readonly together?: readonly Stretch[];
  /** Registers that must be read by themselves. */
  readonly alone?: readonly Stretch[];
  /** `false`: a request covers nothing that nobody asked for. */
  readonly readGaps?: boolean;
  readonly readFunction?: 3 | 4;
  readonly writeCoils?: 5 | 15;
  readonly writeRegisters?: 6 | 16;
  readonly transactionId?: 'match' | 'any';
  /** The unit that its answers name. */
  readonly answersAs?: number;
  readonly requestGapMs?: Millis;
  readonly byteGapMs?: Millis;
  readonly answerTimeoutMs?: Millis;
  readonly pollDistanceMs?: Millis;
};

/** The quirks of one unit; undefined where it has none. */
export const findQuirks = (quirks: readonly UnitQuirks[] | undefined, bus: string, unit: number): UnitQuirks | undefined =>
  quirks?.find((candidate) => candidate.bus === bus && candidate.unit === unit);
