import type { Entry, Epoch, Lsn } from '@phloem/protocol';
import type { Seen } from './watcher.ts';

/** A line of an engine's record: where a run began, or an entry that it stepped. */
export type Stepped =
  | { readonly run: string; readonly started: { readonly epoch: Epoch; readonly lsn: Lsn }; readonly at: number }
  | { readonly run: string; readonly epoch: Epoch; readonly lsn: Lsn };

/** A write that the simulator heard, as its ledger has it. */
export type SimulatorWrite = {
  readonly n: number;
  readonly wallMs: number;
  readonly unit: number;
  readonly address: number;
  readonly values: readonly number[];
  readonly outcome: 'done' | 'refused' | 'unheard';
};

/** Where a device is written. */
export type DevicePlace = {
  readonly device: string;
  readonly unit: number;
  readonly address: number;
  readonly scale: number;
  /** The number of each mode, of a device that has them. */
  readonly modes?: Readonly<Record<string, number>>;
  /** Of a device that takes single pulses. */
  readonly isMomentary?: boolean;
  /** How fast its value may change, in its unit a second. */
  readonly slewPerS?: number;
  /** Whether what stands is written again and again. */
  readonly isRefreshed?: boolean;
};

/** A process that was killed, and when. */
export type Kill = { readonly who: string; readonly place: string; readonly at: number };

/** All that is known after a run. */
export type Facts = {
  readonly log: readonly Entry[];
  readonly epoch: Epoch;
  /** Ids of commands that the store says have not ended. */
  readonly open: readonly string[];
  readonly engines: readonly { readonly name: string; readonly lines: readonly Stepped[] }[];
  readonly watchers: readonly { readonly name: string; readonly seen: readonly Seen[] }[];
  /** The newest entry when the hub was asked to end. What it appends while it goes down is sent at its next start. */
  readonly headAtEnd: number;
  readonly writes: readonly SimulatorWrite[];
  readonly devices: readonly DevicePlace[];
  readonly kills: readonly Kill[];
};

/** What broke a promise: which, and where. */
export type Breach = {
  readonly kind: 'lost' | 'doubled' | 'late' | 'wrong' | 'endless' | 'order';
  readonly who: string;
  readonly says: string;
};
