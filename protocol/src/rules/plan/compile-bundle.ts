import { toLocation, toScopeId } from '../../name-parts.ts';
import type { TSchema } from 'typebox';
import { hashContent, sourcesOf, type BundleContent } from '../bundle.ts';
import { findProblems, kindOf } from '../documents/check.ts';
import { bundleKinds, type BundleDocument } from '../documents/kinds.ts';
import type { LoopDocument } from '../documents/loop.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { SetpointsDocument } from '../documents/setpoints.ts';
import type { SignalsDocument } from '../documents/signals.ts';
import { hintForName } from '../documents/problem.ts';
import { describeValue, type Path, type SourceDocument } from '../documents/source.ts';
import type { Scope, Slot } from '../expressions/scope.ts';
import type { SiteModel } from '../site-model.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { addArbiter, type PlanArbiter } from './arbiter.ts';
import { Builder, type Placed } from './builder.ts';
import { compileLoop } from './compile-loop.ts';
import { compileRule } from './compile-rule.ts';
import { compileSetpoints, type CompiledSetpoints } from './compile-setpoints.ts';
import { compileSignals, type CompiledSignals } from './compile-signals.ts';
import { createDaylight } from './daylight.ts';
import { createOutlook } from './outlook.ts';
import { createPlan, type Plan } from './plan.ts';
import type { RequestSlot } from './request.ts';

/**
 * Makes the plan of a bundle for a site: everything is read, resolved, checked and put in order once, so that a step
 * only computes.
 *
 * @throws DocumentFault `document/invalid` with every problem, each at its place in the files that the bundle was read
 * from, or in its JSON when it came by hash.
 */
export const compileBundle = (content: BundleContent, site: SiteModel): Plan => {
  const builder = new Builder(site);
  const bundle = sortDocuments(sourcesOf(content), builder);
  const signals = new Map<string, CompiledSignals>();
  const setpoints = new Map<string, CompiledSetpoints>();
  for (const placed of bundle.setpoints) setpoints.set(placed.document.metadata.id, compileSetpoints(placed, builder));
  const clockOf = (used: string | undefined, source: SourceDocument): SiteClock | undefined => {
    const named = used === undefined ? undefined : setpoints.get(used);
    if (named !== undefined) return named.clock;
    // Whoever names no set-points means the room's day, if there is but one.
    const [only] = setpoints.values();
    return setpoints.size === 1 && only !== undefined ? only.clock : createDaylight({}, source, builder);
  };
  for (const placed of bundle.signals) {
    const used = placed.document.spec.use?.setpoints;
    const own = used === undefined ? undefined : findSetpoints(used, ['spec', 'use', 'setpoints'], placed.source, setpoints, builder);
    signals.set(placed.document.metadata.id, compileSignals(placed, own, clockOf(used, placed.source), builder));
  }
  const requests: RequestSlot[] = [];
  for (const placed of bundle.acting) {
    const { document, source } = placed;
    const scope = toScope(placed, signals, setpoints, builder);
    const clock = clockOf(document.spec.use?.setpoints, source);
    const asked =
      document.kind === 'Rule'
        ? compileRule({ document, source }, { scope, clock }, builder)
        : compileLoop({ document, source }, scope, builder);
    requests.push(...asked);
    checkExclusive(asked, requests, source, builder);
  }

  // The scope is where it commands; every device there is its business, those that no rule mentions included.
  const commanded = new Set(requests.map((request) => toLocation(request.device)));
  const arbiters: PlanArbiter[] = site.devices
    .filter((device) => commanded.has(toLocation(device.id)))
    .map((device) =>
      addArbiter(
        device,
        requests.filter((request) => request.device === device.id),
        builder,
      ),
    );
  return createPlan({
    hash: hashContent(content),
    scope: toScopeId([...commanded]),
    steps: builder.finish(),
    slots: builder.slots,
    nodes: builder.nodes,
    shown: builder.shown,
    watched: [
      ...builder.shown.map(({ slot }) => slot),
      ...arbiters.flatMap(({ slot, requests: own }) => [slot, ...own.flatMap((request) => request.blockedBySlots)]),
    ],
    inputs: [...signals.values()].flatMap((compiled) => compiled.planInputs),
    arbiters,
    query: toQueryScope(signals, setpoints, builder),
    ...createOutlook({
      signals,
      setpoints,
      acting: bundle.acting.map(({ document }) => document),
      declared: bundle.signals.map(({ document }) => document),
      builder,
    }),
  });
};

type Sorted = {
  readonly signals: readonly Placed<SignalsDocument>[];
  readonly setpoints: readonly Placed<SetpointsDocument>[];
  readonly acting: readonly Placed<RuleDocument | LoopDocument>[];
};

const kinds: ReadonlyMap<string, TSchema> = new Map(Object.entries(bundleKinds));

/** Lets in what fits the schema of its kind; each id once. */
const sortDocuments = (sources: readonly SourceDocument[], builder: Builder): Sorted => {
  const signals: Placed<SignalsDocument>[] = [];
  const setpoints: Placed<SetpointsDocument>[] = [];
  const acting: Placed<RuleDocument | LoopDocument>[] = [];
  const ids = new Set<string>();
  for (const source of sources) {
    const kind = kindOf(source);
    const schema = kinds.get(kind);
    if (schema === undefined) {
      const found = kind === '' ? describeValue(undefined) : kind;
      builder.complain(source, ['kind'], {
        expected: `a kind of a bundle: ${[...kinds.keys()].join(', ')}`,
        found,
        hint: hintForName(kind, [...kinds.keys()]),
      });
      continue;
    }
    const problems = findProblems(schema, source);
    builder.problems.push(...problems);
    if (problems.length > 0) continue;
    const document = source.value as BundleDocument;
    const { id } = document.metadata;
    if (ids.has(id)) {
      builder.complain(source, ['metadata', 'id'], { expected: 'an id that no other document has', found: id });
      continue;
    }
    ids.add(id);
    if (document.kind === 'Signals') signals.push({ document, source });
    else if (document.kind === 'Setpoints') setpoints.push({ document, source });
    // Tests travel with the bundle; what they say is for `phloem rules test`.
    else if (document.kind !== 'RuleTest') acting.push({ document, source });
  }
  return { signals, setpoints, acting };
};

/** The names that a rule may use, by what it says under `use`. */
const toScope = (
  { document, source }: Placed<RuleDocument | LoopDocument>,
  signals: ReadonlyMap<string, CompiledSignals>,
  setpoints: ReadonlyMap<string, CompiledSetpoints>,
  builder: Builder,
) => {
  const names = new Map<string, Slot>();
  const inputs = new Set<string>();
  const clusters = new Map<string, readonly string[]>();
  const { use } = document.spec;
  const wanted = use?.signals === undefined ? [] : typeof use.signals === 'string' ? [use.signals] : use.signals;
  for (const [i, id] of wanted.entries()) {
    const path = typeof use?.signals === 'string' ? ['spec', 'use', 'signals'] : ['spec', 'use', 'signals', i];
    const compiled = signals.get(id);
    if (compiled === undefined) {
      builder.complain(source, path, {
        expected: 'a Signals document of this bundle',
        found: id,
        hint: hintForName(id, [...signals.keys()]),
      });
      continue;
    }
    for (const [name, members] of compiled.clusters) clusters.set(name, members);
    for (const [name, slot] of compiled.names) {
      if (names.has(name)) builder.complain(source, path, { expected: 'each name once', found: `${name} in two Signals documents` });
      names.set(name, slot);
      if (compiled.inputs.has(name)) inputs.add(name);
    }
  }
  if (use?.setpoints !== undefined) {
    const found = findSetpoints(use.setpoints, ['spec', 'use', 'setpoints'], source, setpoints, builder);
    for (const [name, slot] of found?.names ?? []) names.set(`sp.${name}`, slot);
  }
  return builder.scope(names, inputs, clusters);
};

/** Every name of the bundle, for questions about a state: the first document that gives a name keeps it. */
const toQueryScope = (
  signals: ReadonlyMap<string, CompiledSignals>,
  setpoints: ReadonlyMap<string, CompiledSetpoints>,
  builder: Builder,
): Scope => {
  const names = new Map<string, Slot>();
  const inputs = new Set<string>();
  const clusters = new Map<string, readonly string[]>();
  for (const compiled of signals.values()) {
    for (const [name, members] of compiled.clusters) if (!clusters.has(name)) clusters.set(name, members);
    for (const [name, slot] of compiled.names) if (!names.has(name)) names.set(name, slot);
    for (const name of compiled.inputs) inputs.add(name);
  }
  for (const compiled of setpoints.values()) {
    for (const [name, slot] of compiled.names) if (!names.has(`sp.${name}`)) names.set(`sp.${name}`, slot);
  }
  return builder.scope(names, inputs, clusters);
};

const findSetpoints = (
  id: string,
  path: Path,
  source: SourceDocument,
  setpoints: ReadonlyMap<string, CompiledSetpoints>,
  builder: Builder,
): CompiledSetpoints | undefined => {
  const found = setpoints.get(id);
  if (found === undefined) {
    builder.complain(source, path, {
      expected: 'a Setpoints document of this bundle',
      found: id,
      hint: hintForName(id, [...setpoints.keys()]),
    });
  }
  return found;
};

/** Two writers of one level on a device that lets only one write can never be settled: both are named. */
const checkExclusive = (asked: readonly RequestSlot[], all: readonly RequestSlot[], source: SourceDocument, builder: Builder): void => {
  for (const request of asked) {
    if (builder.devices.get(request.device)?.merge !== 'exclusive') continue;
    const other = all.find(
      (each) => each !== request && each.device === request.device && each.level === request.level && each.rule !== request.rule,
    );
    if (other === undefined) continue;
    const hint = 'give the device another merge policy, or one of the two another level';
    const found = `${other.rule} and ${request.rule} (level ${request.level})`;
    builder.complain(source, request.path, { expected: `one writer for ${request.device}, whose merge is exclusive`, found, hint });
  }
};
