import {
  isFault,
  type BundleEntry,
  type DocumentHash,
  type Entry,
  type Epoch,
  type Fault,
  type InterlockEntry,
  type ScopeId,
  type SiteEntry,
} from '@phloem/protocol';
import type { InterlockPlan, InterlockState } from '../interlocks/compile-interlocks.ts';
import type { EngineState } from '../plan/memory.ts';
import type { Plan } from '../plan/plan.ts';
import type { HandOver } from '../plan/saved-state.ts';
import type { SiteModel } from '../site-model.ts';
import { beginPlan, toGrant } from './begin-plan.ts';
import { createReplay, type Replay, type ReplayState, type Taken } from './create-replay.ts';
import { toReplay, type Recent } from './recent.ts';

/** A bundle that was compiled for a site, and the interlocks of that site. */
export type Program = { readonly plan: Plan; readonly site: SiteModel; readonly interlocks?: InterlockPlan };

export type FollowOptions = {
  readonly gate: 'recorded' | 'modelled';
  /** The bundle that runs, whatever is live; null: the live bundle of each entry. */
  readonly pinned: DocumentHash | null;
  /** Says of a live bundle whether it is the one to follow, by the places that it commands. */
  readonly isMeant: (scope: ScopeId) => boolean;
  /** @throws Fault when a document is missing or does not fit. */
  readonly compile: (bundle: DocumentHash, site: DocumentHash) => Program;
};

/** What is known at an entry beside what the plan remembers. */
export type FollowContext = {
  readonly epoch: Epoch;
  /** What each instrument and device reported last, up to this entry. */
  readonly recent: () => Recent;
  /** The interlocks that are not clear. */
  readonly interlocks: () => readonly InterlockEntry[];
};

type Running = { readonly program: Program; readonly replay: Replay; readonly state: ReplayState };

/** What runs between two entries. Immutable. */
export type FollowState = {
  readonly scope: ScopeId | null;
  readonly site: DocumentHash | null;
  readonly bundle: DocumentHash | null;
  /** Null while nothing runs. */
  readonly running: Running | null;
};

export type FollowStep = {
  readonly state: FollowState;
  /** What the plan was given, and what came of it. */
  readonly taken: readonly Taken[];
  /** Another plan runs since this entry, or none, with what went wrong. */
  readonly switched: { readonly fault: Fault | null; readonly handOver: HandOver | null } | null;
};

export type Follower = {
  /** Nothing runs yet. */
  readonly start: () => FollowState;
  /** Goes on in the state of a checkpoint. */
  readonly resume: (from: Pick<FollowState, 'scope' | 'site' | 'bundle'>, program: Program, run: EngineState) => FollowState;
  /** Begins in the middle of the log, as a bundle begins that is switched to there. `saved` is what the plan before it remembers. */
  readonly begin: (
    from: Pick<FollowState, 'scope' | 'site' | 'bundle'>,
    saved: string | null,
    at: Pick<Entry, 'lsn' | 'at' | 'up'>,
    context: FollowContext,
  ) => FollowStep;
  /** Pure. */
  readonly step: (state: FollowState, entry: Entry, context: FollowContext) => FollowStep;
};

/**
 * Runs over the log what was live at each of its entries, or one bundle all the way: at an entry that switches, the plan, the
 * interlocks and the devices go over to the new documents.
 */
export const createFollower = (options: FollowOptions): Follower => {
  const { gate, pinned, compile } = options;
  const run = (program: Program, start: Partial<ReplayState>): Running => {
    const { plan, site, interlocks } = program;
    const replay = createReplay({ plan, site, gate, start, ...(interlocks === undefined ? {} : { interlocks }) });
    return { program, replay, state: replay.start() };
  };
  const begin = (
    next: Omit<FollowState, 'running'>,
    before: { readonly saved: string | null; readonly running: Running | null },
    at: Pick<Entry, 'lsn' | 'at' | 'up'>,
    context: FollowContext,
  ): FollowStep => {
    const { site, bundle } = next;
    if (site === null || bundle === null) return stop(next, null);
    try {
      const program = compile(bundle, site);
      const begun = beginPlan(program.plan, before.saved, { recent: context.recent(), epoch: context.epoch });
      const running = run(program, { run: begun.state, ...toGuard(program, gate, context), ...toDevices(before.running) });
      const { state, taken } = running.replay.step(running.state, toGrant(program.plan.scope, at), context.epoch);
      return { state: { ...next, running: { ...running, state } }, taken, switched: { fault: null, handOver: begun.handOver } };
    } catch (error) {
      if (!isFault(error)) throw error;
      return stop(next, error);
    }
  };
  return {
    start: () => ({ scope: null, site: null, bundle: pinned, running: null }),
    resume: ({ scope, site, bundle }, program, state) => ({ scope, site, bundle, running: run(program, { run: state }) }),
    begin: ({ scope, site, bundle }, saved, at, context) => begin({ scope, site, bundle }, { saved, running: null }, at, context),
    step: (state, entry, context) => {
      const { running } = state;
      if (entry.kind === 'site' || entry.kind === 'bundle') {
        const next = follow(state, entry, options);
        if (next === null) return { state, taken: [], switched: null };
        const saved = running === null ? null : running.program.plan.save(running.state.run);
        return begin(next, { saved, running }, entry, context);
      }
      if (running === null) return { state, taken: [], switched: null };
      const step = running.replay.step(running.state, entry, context.epoch);
      return { state: { ...state, running: { ...running, state: step.state } }, taken: step.taken, switched: null };
    },
  };
};

const stop = ({ scope, site, bundle }: Omit<FollowState, 'running'>, fault: Fault | null): FollowStep => ({
  state: { scope, site, bundle, running: null },
  taken: [],
  switched: { fault, handOver: null },
});

/** What runs after an entry that may switch; null where it concerns others. */
const follow = (
  { scope, site, bundle }: FollowState,
  entry: SiteEntry | BundleEntry,
  { pinned, isMeant }: FollowOptions,
): Omit<FollowState, 'running'> | null => {
  if (entry.kind === 'site') return { scope, site: entry.hash, bundle };
  if (pinned !== null || entry.mode === 'shadow' || (scope === null ? !isMeant(entry.scope) : scope !== entry.scope)) return null;
  if (entry.mode === 'withdrawn') return bundle === entry.hash ? { scope, site, bundle: null } : null;
  return { scope: entry.scope, site, bundle: entry.hash };
};

const toDevices = (running: Running | null): Pick<ReplayState, 'devices'> | Record<string, never> =>
  running === null ? {} : { devices: running.state.devices };

/** Interlocks that begin here know what was reported last, and how they stood. */
const toGuard = (
  { interlocks }: Program,
  gate: FollowOptions['gate'],
  { recent, interlocks: standing }: FollowContext,
): { readonly guard?: InterlockState } => {
  if (interlocks === undefined || gate === 'recorded') return {};
  const known: readonly Entry[] = [...toReplay(recent()), ...standing()].toSorted((a, b) => a.lsn - b.lsn);
  return { guard: known.reduce((guard, entry) => interlocks.step(guard, entry).state, interlocks.start()) };
};
