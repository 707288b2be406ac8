import type { DocumentHash, Entry, Epoch, ScopeId } from '@phloem/protocol';
import { createFollower, type FollowContext, type FollowOptions } from '../replay/follow-log.ts';
import { idleDevice } from '../replay/model-gate.ts';
import { remember, toRecent } from '../replay/recent.ts';
import type { Moment } from './claim.ts';
import { isFirstRecorded, isSimulatedPast, noCoverage, stepCoverage, toWindowEvent } from './coverage.ts';
import type { BacktestBatch, BacktestOptions, Pass } from './pass.ts';
import { noteDecisions, noteLease, noteRecorded, startReconcile } from './reconcile.ts';
import { toResult, type BacktestProgress, type BacktestResult } from './result.ts';
import { compareSide, countSide, createSide, noteAlarms, stepSide, toCommanded, type Devices, type Side } from './side.ts';

/**
 * Runs a candidate and a baseline over recorded entries, and says where they differ and how far that is determined. Recorded readings
 * drive both, so a side is on its own only until its first difference that acts on what its rules read.
 *
 * Pure: it reads no clock, and yields after each batch. The result depends only on the entries and the documents.
 */
export function* runBacktest(batches: Iterable<BacktestBatch>, options: BacktestOptions): Generator<BacktestProgress, BacktestResult> {
  const pass = startPass(options);
  for (const { epoch, entries } of batches) {
    for (const entry of entries) {
      stepPass(pass, entry, epoch);
      if (pass.phase === 'over') return toResult(pass);
    }
    const last = entries.at(-1);
    if (last !== undefined) yield { lsn: last.lsn, at: last.at, phase: pass.phase, partial: () => toResult(pass) };
  }
  return toResult(pass);
}

const startPass = (options: BacktestOptions): Pass => {
  const { compile, isMeant, start, candidate, baseline } = options;
  const toSide = (gate: FollowOptions['gate'], pinned: DocumentHash | null): Side =>
    createSide(createFollower({ gate, pinned, compile, isMeant }));
  const recorded = toSide('recorded', null);
  recorded.state = { ...start.from, running: null };
  if (start.resume !== null) recorded.state = recorded.follower.resume(start.from, start.resume.program, start.resume.run);
  return {
    options,
    phase: 'before',
    recorded,
    live: toSide('modelled', null),
    candidate: toSide('modelled', candidate),
    baseline: baseline === null ? null : toSide('modelled', baseline),
    devices: new Map(),
    recent: toRecent(start.recent),
    unremembered: [],
    interlocks: new Map(),
    coverage: noCoverage,
    events: [],
    reconcile: startReconcile(),
    bundles: [],
    runningSince: null,
    first: null,
    last: null,
    seen: [],
  };
};

const stepPass = (pass: Pass, entry: Entry, epoch: Epoch): void => {
  const { from, to, warmUpMs } = pass.options;
  if (entry.at >= to) {
    pass.phase = 'over';
    return;
  }
  if (isFirstRecorded(entry, pass.coverage.last?.lsn ?? null)) leaveSimulatedPast(pass);
  const context = toContext(pass, epoch);
  if (pass.phase === 'before' && entry.at >= from - warmUpMs) beginSides(pass, entry, context);
  stepRecorded(pass, entry, context);
  if (pass.phase !== 'before') for (const side of toSides(pass)) stepSide(side, entry, context, pass.phase === 'counting');
  noteTime(pass, entry);
  noteKnown(pass, entry);
  if (pass.phase === 'before') return;
  if (pass.candidate.state.running === null) pass.runningSince = null;
  else pass.runningSince ??= entry.at;
  if (pass.phase === 'warming' && entry.at >= from && pass.runningSince !== null && entry.at >= pass.runningSince + warmUpMs) {
    pass.phase = 'counting';
    pass.first = toMoment(entry);
  }
  if (pass.phase === 'counting') count(pass, toMoment(entry));
};

const toMoment = ({ lsn, at, up }: Entry): Moment => ({ lsn, at, up });

const toSides = ({ live, candidate, baseline }: Pass): readonly Side[] =>
  baseline === null ? [live, candidate] : [live, candidate, baseline];

const toContext = (pass: Pass, epoch: Epoch): FollowContext => ({
  epoch,
  recent: () => {
    pass.recent = remember(pass.recent, pass.unremembered);
    pass.unremembered = [];
    return pass.recent;
  },
  interlocks: () => [...pass.interlocks.values()],
});

/** Every side takes over what was live, as a bundle does that is promoted at this entry. */
const beginSides = (pass: Pass, entry: Entry, context: FollowContext): void => {
  const { scope, site, bundle, running } = pass.recorded.state;
  const saved = running === null ? null : running.program.plan.save(running.state.run);
  for (const side of toSides(pass)) {
    const own = side === pass.live ? bundle : side.state.bundle;
    const step = side.follower.begin({ scope, site, bundle: own }, saved, entry, context);
    side.state = step.state;
    noteAlarms(side, step.taken, false);
    // A candidate that fits nothing has no result. What was live then is what it was.
    if (side !== pass.live && step.switched !== null && step.switched.fault !== null) throw step.switched.fault;
  }
  pass.phase = 'warming';
};

/** What was recorded knows nothing of the simulated past: the service began with an empty log. */
const leaveSimulatedPast = (pass: Pass): void => {
  pass.recorded.state = { ...pass.options.start.from, running: null };
  pass.unremembered = [];
  pass.recent = toRecent([]);
};

const stepRecorded = (pass: Pass, entry: Entry, context: FollowContext): void => {
  const { recorded, reconcile, options } = pass;
  const isRecorded = !isSimulatedPast(entry);
  if (isRecorded) {
    noteLease(reconcile, entry, recorded.state.scope, context.epoch);
    noteRecorded(reconcile, entry, options.start.after);
  }
  const { state, taken, switched } = recorded.follower.step(recorded.state, entry, context);
  recorded.state = state;
  const decisions = taken.flatMap(({ result }) => result.decisions);
  if (isRecorded && decisions.length > 0 && state.bundle !== null)
    noteDecisions(reconcile, entry, decisions, { bundle: state.bundle, epoch: context.epoch });
  if (switched === null) return;
  if (state.bundle !== null) pass.bundles.push({ hash: state.bundle, at: entry.at });
  if (switched.fault !== null) pass.events.push({ ...toMoment(entry), kind: 'unusable', about: switched.fault.message });
};

const noteTime = (pass: Pass, entry: Entry): void => {
  const { options, recorded } = pass;
  const { scope } = recorded.state;
  const isMeant = (other: ScopeId): boolean => (scope === null ? options.isMeant(other) : other === scope);
  const isCounting = pass.phase === 'counting';
  const event = isCounting ? toWindowEvent(pass.coverage, entry, isMeant) : null;
  if (event !== null) pass.events.push(event);
  pass.coverage = stepCoverage(pass.coverage, entry, { isCounting, isMeant });
  if (isCounting) pass.last = toMoment(entry);
};

const proofs: ReadonlySet<string> = new Set(['confirmed', 'discrepancy', 'safe']);

const noteKnown = (pass: Pass, entry: Entry): void => {
  if (entry.kind !== 'pulse') pass.unremembered.push(entry);
  if (pass.unremembered.length > 10_000) toContext(pass, '').recent();
  if (entry.kind === 'interlock') {
    if (entry.state === 'clear') pass.interlocks.delete(entry.id);
    else pass.interlocks.set(entry.id, entry);
  }
  if (entry.kind === 'device' && entry.value !== null && proofs.has(entry.phase)) {
    pass.devices = new Map([...pass.devices, [entry.device, { ...(pass.devices.get(entry.device) ?? idleDevice), applied: entry.value }]]);
  }
};

const count = (pass: Pass, moment: Moment): void => {
  const { live, candidate, baseline, coverage, options } = pass;
  const was: Devices = live.state.running?.state.devices ?? pass.devices;
  const sides = (baseline === null ? [candidate] : [candidate, baseline]).filter(({ state }) => state.running !== null);
  // Nearly all entries move no device.
  const seen = [was, ...sides.map(({ state }) => state.running?.state.devices)];
  if (seen.length === pass.seen.length && seen.every((devices, i) => devices === pass.seen[i])) return;
  pass.seen = seen;
  const { knownMs } = coverage.coverage;
  const devices = [...new Set([...toCommanded(candidate), ...toCommanded(baseline ?? live)])];
  countSide(live, devices, was, knownMs, moment);
  for (const side of sides) {
    countSide(side, devices, side.state.running?.state.devices ?? was, knownMs, moment);
    compareSide(side, was, { knownMs, moment, moves: options.moves });
  }
};
