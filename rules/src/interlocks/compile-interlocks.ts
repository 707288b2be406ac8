import type { AlarmReport, DeviceId, DeviceValue, Entry, Reason } from '@phloem/protocol';
import { findProblems, kindOf } from '../documents/check.ts';
import type { InterlocksDocument } from '../documents/interlocks.ts';
import { interlockKinds } from '../documents/kinds.ts';
import { hintForName } from '../documents/problem.ts';
import type { SignalsDocument } from '../documents/signals.ts';
import type { SourceDocument } from '../documents/source.ts';
import type { Scope, Slot } from '../expressions/scope.ts';
import { createOrigins, type Origins } from '../plan/behind.ts';
import { Builder, type Placed } from '../plan/builder.ts';
import { compileSignals, type CompiledSignals } from '../plan/compile-signals.ts';
import { createDaylight } from '../plan/daylight.ts';
import { formatDeviceValue } from '../plan/device-value.ts';
import { createEngine } from '../plan/engine.ts';
import type { EngineState } from '../plan/memory.ts';
import type { SiteModel } from '../site-model.ts';
import { compileInterlock, phaseIn, type CompiledInterlock } from './compile-interlock.ts';
import { resumeLatch, type InterlockLatchState, type InterlockPhase } from './interlock-latch.ts';
import { restrictValue, type RestrictedValue } from './restriction.ts';

/** What is known of the interlocks after an entry. Opaque. */
export type InterlockState = EngineState;

/** An interlock that changed, for the log. */
export type InterlockChange = {
  readonly id: string;
  readonly device: DeviceId;
  readonly state: InterlockPhase;
  readonly why: Reason;
};

/** The interlocks of a site, ready to be enforced. */
export type InterlockPlan = {
  readonly start: () => InterlockState;
  /** The state with which to go on after a restart: what was folded from the log until then, and nobody has watched since. */
  readonly resume: (state: InterlockState) => InterlockState;
  /**
   * Pure. Takes the log's entries in order, its own `interlock` entries included: those show a fresh start how it stood,
   * and one with `state: 'clear'` by an operator lets a latch go.
   */
  readonly step: (state: InterlockState, entry: Entry) => InterlockStep;
  /** What of a request is left, as of this state. To be asked again right before each write. */
  readonly restrict: (state: InterlockState, device: DeviceId, request: DeviceValue) => RestrictedValue;
  /** Whether an operator may let an interlock go now: it is latched, and its condition has been clear for long enough. */
  readonly isResettable: (state: InterlockState, id: string) => boolean;
  /** How each interlock stands, in the order of the documents. */
  readonly phases: (state: InterlockState) => readonly InterlockChange[];
  /** What the interlocks of a device rest on. */
  readonly originsOf: (device: DeviceId) => Origins;
  /** The devices that an interlock can touch. */
  readonly devices: readonly DeviceId[];
  /** The alarms that they may raise. */
  readonly alarms: readonly string[];
};

/** What an entry led to. */
export type InterlockStep = {
  readonly state: InterlockState;
  readonly changes: readonly InterlockChange[];
  readonly alarms: readonly AlarmReport[];
  /** Devices whose restrictions may be others now: their standing request has to be looked at again. */
  readonly touched: readonly DeviceId[];
};

/**
 * Compiles the Interlocks of a site and the Signals that they read.
 *
 * @throws DocumentFault `document/invalid` with every problem: what cannot be enforced is refused, and so are two
 * interlocks that can contradict each other on one device.
 */
export const compileInterlocks = (sources: readonly SourceDocument[], site: SiteModel): InterlockPlan => {
  const builder = new Builder(site);
  const { signals, interlocks } = sortDocuments(sources, builder);
  const compiled = new Map<string, CompiledSignals>();
  for (const placed of signals) {
    const clock = createDaylight({}, placed.source, builder);
    compiled.set(placed.document.metadata.id, compileSignals(placed, undefined, clock, builder));
  }
  const all = interlocks.flatMap((placed) => {
    const scope = toScope(placed, compiled, builder);
    return placed.document.spec.interlocks.flatMap((declared, i) => compileInterlock(declared, i, placed, scope, builder) ?? []);
  });
  checkContradictions(all, builder);
  const parts = {
    steps: builder.finish(),
    slots: builder.slots,
    nodes: builder.nodes,
    inputs: [...compiled.values()].flatMap((each) => each.planInputs),
    watched: [],
  };
  const engine = createEngine(parts);
  const toOrigins = createOrigins(parts);
  const devices = [...new Set(all.map((each) => each.device))];
  return {
    devices,
    originsOf: (device) => toOrigins(all.filter((each) => each.device === device).map(({ slot }) => slot)),
    alarms: all.flatMap(({ id, action }) => (action.alarm === undefined ? [] : [id])),
    start: () => engine.start([]),
    resume: (state) => {
      const { arena } = state;
      const log: unknown[] = [];
      for (const { latch } of all) {
        log.push(arena.nodes, latch.index, arena.nodes[latch.index]);
        arena.nodes[latch.index] = resumeLatch(arena.nodes[latch.index] as InterlockLatchState, latch.rule);
      }
      return state.advance(log, state);
    },
    step: (state, entry) => {
      const before = all.map((each) => phaseIn(state, each.slot));
      engine.pass(state, entry);
      const next = engine.finish(state, entry);
      const isTick = next.ticked !== state.ticked;
      const changed = all.flatMap((each, i) => {
        const [from, to] = [before[i] ?? 'clear', phaseIn(next, each.slot)];
        return from === to ? [] : [{ ...each, from, to }];
      });
      // A limit that comes down by a ramp is another one at every tick.
      const ramping = all.filter((each) => isTick && each.isRamping(next));
      return {
        state: next,
        changes: changed.map((each) => ({ id: each.id, device: each.device, state: each.to, why: each.explain(next) })),
        alarms: changed.flatMap((each) => each.alarm(each.from, each.to) ?? []),
        touched: [...new Set([...changed, ...ramping].map((each) => each.device))],
      };
    },
    restrict: (state, device, request) => {
      const model = builder.devices.get(device);
      if (model === undefined) return { value: request, by: [], why: null, isContradicted: false };
      const active = all.filter((each) => each.device === device && phaseIn(state, each.slot) !== 'clear');
      return restrictValue(
        model,
        request,
        active.map((each) => each.restrict(state)),
      );
    },
    isResettable: (state, id) => all.find((each) => each.id === id)?.isResettable(state) === true,
    phases: (state) =>
      all.map((each) => ({ id: each.id, device: each.device, state: phaseIn(state, each.slot), why: each.explain(state) })),
  };
};

const sortDocuments = (sources: readonly SourceDocument[], builder: Builder) => {
  const signals: Placed<SignalsDocument>[] = [];
  const interlocks: Placed<InterlocksDocument>[] = [];
  const ids = new Set<string>();
  for (const source of sources) {
    const kind = kindOf(source);
    if (kind !== 'Signals' && kind !== 'Interlocks') {
      builder.complain(source, ['kind'], {
        expected: 'Signals or Interlocks',
        found: kind,
        hint: hintForName(kind, Object.keys(interlockKinds)),
      });
      continue;
    }
    const problems = findProblems(interlockKinds[kind], source);
    if (problems.length > 0) {
      builder.refuse(source, problems);
      continue;
    }
    const document = source.value as SignalsDocument | InterlocksDocument;
    if (ids.has(document.metadata.id)) {
      builder.complain(source, ['metadata', 'id'], { expected: 'an id that no other document has', found: document.metadata.id });
    }
    ids.add(document.metadata.id);
    if (document.kind === 'Signals') signals.push({ document, source });
    else interlocks.push({ document, source });
  }
  return { signals, interlocks };
};

const toScope = (
  { document, source }: Placed<InterlocksDocument>,
  signals: ReadonlyMap<string, CompiledSignals>,
  builder: Builder,
): Scope => {
  const names = new Map<string, Slot>();
  const inputs = new Set<string>();
  const clusters = new Map<string, readonly string[]>();
  const broken = new Set<string>();
  const used = document.spec.use?.signals ?? [];
  for (const id of typeof used === 'string' ? [used] : used) {
    const found = signals.get(id);
    if (found === undefined && !builder.unread.has(id)) {
      const hint = hintForName(id, [...signals.keys()]);
      builder.complain(source, ['spec', 'use', 'signals'], { expected: 'a Signals document of the site', found: id, hint });
    }
    for (const [name, slot] of found?.names ?? []) names.set(name, slot);
    for (const [name, members] of found?.clusters ?? []) clusters.set(name, members);
    for (const name of found?.inputs ?? []) inputs.add(name);
    for (const name of found?.broken ?? []) broken.add(name);
  }
  const isUnread = (typeof used === 'string' ? [used] : used).some((id) => builder.unread.has(id));
  return builder.scope(names, inputs, clusters, (name) => isUnread || broken.has(name));
};

/** Two that force, or deny, opposite things on one device: anyone who wrote them has to say which one is right. */
const checkContradictions = (all: readonly CompiledInterlock[], builder: Builder): void => {
  for (const [i, each] of all.entries()) {
    const other = all.slice(0, i).find((before) => before.device === each.device && isOpposite(before, each));
    if (other === undefined) continue;
    const tell = ({ id, action, fixed }: CompiledInterlock): string =>
      `${id} (${fixed === undefined ? `denies ${action.deny?.value}` : `forces ${formatDeviceValue(fixed, builder.devices.get(each.device))}`})`;
    builder.complain(each.source, each.path, {
      expected: `interlocks on ${each.device} that cannot contradict each other`,
      found: `${tell(other)} and ${tell(each)}`,
      atKey: true,
    });
  }
};

const isOpposite = (a: CompiledInterlock, b: CompiledInterlock): boolean => {
  if (a.fixed !== undefined && b.fixed !== undefined) return a.fixed !== b.fixed;
  const [denyA, denyB] = [a.action.deny?.value, b.action.deny?.value];
  return denyA !== undefined && denyB !== undefined && denyA !== denyB;
};
