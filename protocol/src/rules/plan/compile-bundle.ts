import { toLocation, toScopeId } from '../../names.ts';
import type { TSchema } from 'typebox';
import { hashContent, sourcesOf, type BundleContent } from '../bundle.ts';
import { findProblems, kindOf } from '../documents/check.ts';
import { bundleKinds, type RuleDocument, type SetpointsDocument, type SignalsDocument } from '../documents/kinds.ts';
import { hintForName } from '../documents/problem.ts';
import { describeValue, type SourceDocument } from '../documents/source.ts';
import type { Slot } from '../expressions/scope.ts';
import type { SiteModel } from '../site-model.ts';
import { addArbiter, checkWriters, type PlanArbiter } from './arbiter.ts';
import { Builder, type Placed } from './builder.ts';
import { compileRule, type RequestSlot } from './compile-rule.ts';
import { compileSetpoints } from './compile-setpoints.ts';
import { compileSignals, type CompiledSignals } from './compile-signals.ts';
import { createPlan, type Plan } from './plan.ts';

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
  for (const placed of bundle.signals) signals.set(placed.document.metadata.id, compileSignals(placed, builder));
  const setpoints = new Map<string, ReadonlyMap<string, Slot>>();
  for (const placed of bundle.setpoints) setpoints.set(placed.document.metadata.id, compileSetpoints(placed, builder));
  const requests: RequestSlot[] = [];
  for (const placed of bundle.rules) {
    const scope = toScope(placed, signals, setpoints, builder);
    requests.push(...compileRule(placed, scope, builder));
  }
  checkExclusive(requests, bundle.rules, builder);

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
    inputs: [...signals.values()].flatMap((compiled) => compiled.planInputs),
    arbiters,
  });
};

type Sorted = {
  readonly signals: readonly Placed<SignalsDocument>[];
  readonly setpoints: readonly Placed<SetpointsDocument>[];
  readonly rules: readonly Placed<RuleDocument>[];
};

const kinds: ReadonlyMap<string, TSchema> = new Map(Object.entries(bundleKinds));

/** Lets in what fits the schema of its kind; each id once. */
const sortDocuments = (sources: readonly SourceDocument[], builder: Builder): Sorted => {
  const signals: Placed<SignalsDocument>[] = [];
  const setpoints: Placed<SetpointsDocument>[] = [];
  const rules: Placed<RuleDocument>[] = [];
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
    const document = source.value as SignalsDocument | SetpointsDocument | RuleDocument;
    const { id } = document.metadata;
    if (ids.has(id)) {
      builder.complain(source, ['metadata', 'id'], { expected: 'an id that no other document has', found: id });
      continue;
    }
    ids.add(id);
    if (document.kind === 'Signals') signals.push({ document, source });
    else if (document.kind === 'Setpoints') setpoints.push({ document, source });
    else rules.push({ document, source });
  }
  return { signals, setpoints, rules };
};

/** The names that a rule may use, by what it says under `use`. */
const toScope = (
  { document, source }: Placed<RuleDocument>,
  signals: ReadonlyMap<string, CompiledSignals>,
  setpoints: ReadonlyMap<string, ReadonlyMap<string, Slot>>,
  builder: Builder,
) => {
  const names = new Map<string, Slot>();
  const inputs = new Set<string>();
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
    for (const [name, slot] of compiled.names) {
      if (names.has(name)) builder.complain(source, path, { expected: 'each name once', found: `${name} in two Signals documents` });
      names.set(name, slot);
      if (compiled.inputs.has(name)) inputs.add(name);
    }
  }
  if (use?.setpoints !== undefined) {
    const found = setpoints.get(use.setpoints);
    if (found === undefined) {
      const hint = hintForName(use.setpoints, [...setpoints.keys()]);
      builder.complain(source, ['spec', 'use', 'setpoints'], {
        expected: 'a Setpoints document of this bundle',
        found: use.setpoints,
        hint,
      });
    }
    for (const [name, slot] of found ?? []) names.set(`sp.${name}`, slot);
  }
  return builder.scope(names, inputs);
};

const checkExclusive = (requests: readonly RequestSlot[], rules: readonly Placed<RuleDocument>[], builder: Builder): void => {
  for (const device of builder.site.devices) {
    const mine = requests.filter((request) => request.device === device.id);
    for (const conflict of checkWriters(device, mine)) {
      const last = rules.findLast((rule) => mine.some((request) => request.rule === rule.document.metadata.id));
      if (last === undefined) continue;
      const at = last.document.spec.then.findIndex(({ request }) => request.device === device.id);
      const hint = 'give the device another merge policy, or one of the rules another level';
      builder.complain(last.source, ['spec', 'then', at, 'request', 'device'], {
        expected: `one writer for ${device.id}, whose merge is exclusive`,
        found: conflict,
        hint,
      });
    }
  }
};
