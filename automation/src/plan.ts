import type {
  AlarmReport,
  DeviceId,
  DeviceValue,
  DocumentHash,
  Entry,
  Epoch,
  Lsn,
  ScopeId,
  ValueReport,
  CommandReason,
} from '@phloem/protocol';

/** What the engine requests for one device. `ordinal` distinguishes the decisions of one entry. */
export type Decision = {
  readonly device: DeviceId;
  readonly value: DeviceValue;
  readonly op: 'set' | 'momentary';
  readonly why: CommandReason;
  readonly cause: Lsn;
  readonly ordinal: number;
};

/** What one entry brings about. */
export type PlanStep<State> = {
  readonly state: State;
  readonly decisions: readonly Decision[];
  readonly alarms: readonly AlarmReport[];
  readonly values: readonly ValueReport[];
  readonly traces: readonly unknown[];
};

/** How a state came from one plan to the next: the nodes that go on, those that begin, and those that are gone. */
export type HandOver = { readonly carried: readonly string[]; readonly fresh: readonly string[]; readonly dropped: readonly string[] };

/** A bundle compiled against its site: the engine that the service runs over the log, as far as the service looks at it. */
export interface Plan<State = unknown> {
  readonly hash: DocumentHash;
  readonly scope: ScopeId;
  /** The engine's version. A state of another version is of another lineage. */
  readonly engine: string;
  start(): State;
  /** @throws Fault when the text is no state of this plan. */
  restore(text: string): State;
  /** Takes over, as far as it fits, what another plan has saved at the entry that switches. */
  takeOver(text: string): { readonly state: State; readonly handOver: HandOver };
  save(state: State): string;
  hashState(state: State): string;
  /** Pure; the state that is passed in is not used again. */
  step(state: State, entry: Entry, at: { readonly epoch: Epoch }): PlanStep<State>;
}

/** Makes a plan of what the hub holds under the hashes of a bundle and its site. Throws a Fault that says what is wrong. */
export type Compile = (bundle: unknown, site: unknown) => Plan;
