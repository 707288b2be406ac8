import type { DocumentHash, Entry, Epoch, InterlockEntry, ScopeId } from '@phloem/protocol';
import type { EngineState } from '../plan/memory.ts';
import type { FollowOptions, FollowState, Program } from '../replay/follow-log.ts';
import type { ModelDevice } from '../replay/model-gate.ts';
import type { Recent } from '../replay/recent.ts';
import type { Moment } from './claim.ts';
import type { CoverageState, WindowEvent } from './coverage.ts';
import type { Moves } from './influence.ts';
import type { ReconcileState } from './reconcile.ts';
import type { Devices, Side } from './side.ts';

/** Entries of one epoch, in the order of the log. */
export type BacktestBatch = { readonly epoch: Epoch; readonly entries: readonly Entry[] };

export type BacktestOptions = {
  readonly candidate: DocumentHash;
  /** The bundle to compare with; null: what was live at each entry. */
  readonly baseline: DocumentHash | null;
  readonly compile: FollowOptions['compile'];
  /** Says which live bundle is the one to compare with, by the places that it commands. */
  readonly isMeant: (scope: ScopeId) => boolean;
  /** The window by the wall clock: from the first moment, up to before the last. */
  readonly from: number;
  readonly to: number;
  /** How long bundles run before anything is counted. */
  readonly warmUpMs: number;
  readonly moves: Moves;
  /** What is known before the first entry of the source. */
  readonly start: {
    readonly from: Pick<FollowState, 'scope' | 'site' | 'bundle'>;
    /** The state of a checkpoint right before the first entry. */
    readonly resume: { readonly program: Program; readonly run: EngineState } | null;
    /** What each instrument and device reported last before the first entry. */
    readonly recent: readonly Entry[];
    /** The entry before the first. */
    readonly after: number;
    /** Whether nothing came before it that the state does not hold: then decisions can be compared with the recorded ones. */
    readonly isExact: boolean;
  };
};

/** All that a back-test keeps while it runs. */
export type Pass = {
  readonly options: BacktestOptions;
  phase: 'before' | 'warming' | 'counting' | 'over';
  /** What was live, with devices as they are recorded: its decisions must be those of the log. */
  readonly recorded: Side;
  readonly live: Side;
  readonly candidate: Side;
  readonly baseline: Side | null;
  /** Devices as the log says they were. */
  devices: Map<string, ModelDevice>;
  recent: Recent;
  unremembered: Entry[];
  readonly interlocks: Map<string, InterlockEntry>;
  coverage: CoverageState;
  readonly events: WindowEvent[];
  readonly reconcile: ReconcileState;
  readonly bundles: { readonly hash: DocumentHash; readonly at: number }[];
  runningSince: number | null;
  first: Moment | null;
  last: Moment | null;
  /** The devices of all sides when they were last compared. */
  seen: readonly (Devices | undefined)[];
};
