import { toLocation, toScopeId } from '@phloem/protocol';
import { hashContent, sourcesOf, type BundleContent } from '../bundle.ts';
import type { SourceDocument } from '../documents/source.ts';
import type { Scope, Slot } from '../expressions/scope.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import type { SiteModel } from '../site-model.ts';
import { findAlarmProblems, toRuleAlarms } from '../alarms/compile-alarms.ts';
import { addArbiter, type PlanArbiter } from '../plan/arbiter.ts';
import { compileLeadLag } from '../plan/compile-lead-lag.ts';
import { Builder, type Placed } from '../plan/builder.ts';
import { compileParts, sortDocuments, type ActingDocument, type SortedDocuments } from '../plan/bundle-parts.ts';
import { compileLoop } from '../plan/compile-loop.ts';
import { compileRule } from '../plan/compile-rule.ts';
import type { CompiledSetpoints } from '../plan/compile-setpoints.ts';
import type { CompiledSignals } from '../plan/compile-signals.ts';
import { createForecast } from '../plan/forecast.ts';
import { createPlan, type Plan } from '../plan/plan.ts';
import type { RequestSlot } from '../plan/request.ts';

/**
 * Makes the plan of a bundle for a site: everything is read, resolved, checked and put in order once, so that a step
 * only computes. `isPart` says that the content is a part of a bundle, for a test: limits may have nothing to watch in it.
 *
 * @throws DocumentFault `document/invalid` with every problem, each at its place in the files that the bundle was read
 * from, or in its JSON when it came by hash.
 */
export const compileBundle = (content: BundleContent, site: SiteModel, { isPart = false }: { readonly isPart?: boolean } = {}): Plan => {
  const builder = new Builder(site);
  const bundle = { ...sortDocuments(sourcesOf(content), builder), isPart };
  const { signals, setpoints, clockOf, toScope } = compileParts(bundle, builder);
  builder.problems.push(...findAlarmProblems(bundle, site, builder.problems));
  const requests: RequestSlot[] = [];
  for (const placed of bundle.acting) {
    const { document, source } = placed;
    const scope = toScope(placed);
    const clock = clockOf(document.spec.use?.setpoints, source);
    const asked = compileActing({ document, source }, { scope, clock }, builder);
    requests.push(...asked);
    checkExclusive(asked, requests, source, builder);
  }

  checkSize(bundle, builder);
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
    // A bundle that only watches belongs to the places that it watches.
    scope: toScopeId(commanded.size > 0 ? [...commanded] : toWatched(bundle, signals)),
    alarms: toRuleAlarms(bundle, builder),
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
    ...createForecast({
      signals,
      setpoints,
      acting: bundle.acting.map(({ document }) => document),
      declared: bundle.signals.map(({ document }) => document),
      builder,
    }),
  });
};

/** So much is worked through at one reading in the worst case: more would hold up those who evaluate it. */
const mostNamed = 20_000;

const checkSize = ({ signals, setpoints, acting, alarms }: SortedDocuments, builder: Builder): void => {
  const [first] = [...signals, ...setpoints, ...acting, ...alarms];
  if (builder.made <= mostNamed || first === undefined) return;
  builder.complain(first.source, ['metadata', 'id'], {
    expected: `at most ${mostNamed} inputs, signals and set-points in one bundle`,
    found: `${builder.made}`,
    hint: 'make one bundle for each room, or for a few rooms',
  });
};

const compileActing = (
  { document, source }: Placed<ActingDocument>,
  context: { readonly scope: Scope; readonly clock: SiteClock | undefined },
  builder: Builder,
): readonly RequestSlot[] => {
  switch (document.kind) {
    case 'Rule':
      return compileRule({ document, source }, context, builder);
    case 'Loop':
      return compileLoop({ document, source }, context.scope, builder);
    case 'LeadLag':
      return compileLeadLag({ document, source }, context.scope, builder);
  }
};

const toWatched = ({ alarms, setpoints }: SortedDocuments, signals: ReadonlyMap<string, CompiledSignals>): readonly string[] =>
  alarms.length + setpoints.length === 0
    ? []
    : [...signals.values()].flatMap(({ planInputs }) => planInputs.map(({ point }) => toLocation(point)));

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
