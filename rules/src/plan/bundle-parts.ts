import type { TSchema } from 'typebox';
import type { AlarmDocument } from '../documents/alarm.ts';
import { findProblems, kindOf } from '../documents/check.ts';
import { bundleKinds, type BundleDocument } from '../documents/kinds.ts';
import type { LeadLagDocument } from '../documents/lead-lag.ts';
import type { LoopDocument } from '../documents/loop.ts';
import { hintForName } from '../documents/problem.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { SetpointsDocument } from '../documents/setpoints.ts';
import type { SignalsDocument } from '../documents/signals.ts';
import { describeValue, type Path, type SourceDocument } from '../documents/source.ts';
import type { Scope, Slot } from '../expressions/scope.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import type { Builder, Placed } from './builder.ts';
import { compileSetpoints, type CompiledSetpoints } from './compile-setpoints.ts';
import { compileSignals, type CompiledSignals } from './compile-signals.ts';
import { createDaylight } from './daylight.ts';
import { runSteps, type Steps } from './steps.ts';

/** What may ask something of devices. */
export type ActingDocument = RuleDocument | LoopDocument | LeadLagDocument;
/** A document that reads signals and set-points. */
export type UsingDocument = ActingDocument | AlarmDocument;

/** What rules, loops and alarms of a bundle are compiled with. */
export type CompiledParts = {
  readonly signals: ReadonlyMap<string, CompiledSignals>;
  readonly setpoints: ReadonlyMap<string, CompiledSetpoints>;
  /** The day that a document means, by the set-points that it uses. */
  readonly clockOf: (used: string | undefined, source: SourceDocument) => SiteClock | undefined;
  /** The names that a document may use, by what it says under `use`. */
  readonly toScope: (placed: Placed<UsingDocument>) => Scope;
};

/** Compiles the signals and set-points of a bundle, which everything else of it reads. */
export const compileParts = (bundle: SortedDocuments, builder: Builder): CompiledParts => runSteps(compilePartsInSteps(bundle, builder));

/** The same, one document after the other. */
export function* compilePartsInSteps(bundle: SortedDocuments, builder: Builder): Steps<CompiledParts> {
  const signals = new Map<string, CompiledSignals>();
  const setpoints = new Map<string, CompiledSetpoints>();
  for (const placed of bundle.setpoints) {
    setpoints.set(placed.document.metadata.id, compileSetpoints(placed, builder));
    yield;
  }
  const clockOf = (used: string | undefined, source: SourceDocument): SiteClock | undefined => {
    const named = used === undefined ? undefined : setpoints.get(used);
    if (named !== undefined) return named.clock;
    // Anyone who names no set-points means the room's day, if there is but one.
    const [only] = setpoints.values();
    return setpoints.size === 1 && only !== undefined ? only.clock : createDaylight({}, source, builder);
  };
  for (const placed of bundle.signals) {
    const used = placed.document.spec.use?.setpoints;
    const own = used === undefined ? undefined : findSetpoints(used, ['spec', 'use', 'setpoints'], placed.source, setpoints, builder);
    signals.set(placed.document.metadata.id, compileSignals(placed, own, clockOf(used, placed.source), builder));
    yield;
  }
  return { signals, setpoints, clockOf, toScope: (placed) => toScope(placed, signals, setpoints, builder) };
}

/** The documents of a bundle by kind, each let in by its schema. */
export type SortedDocuments = {
  readonly signals: readonly Placed<SignalsDocument>[];
  readonly setpoints: readonly Placed<SetpointsDocument>[];
  readonly acting: readonly Placed<ActingDocument>[];
  readonly alarms: readonly Placed<AlarmDocument>[];
  /** The documents are a part of a bundle, for a test: what they name may be in the others. */
  readonly isPart: boolean;
};

/** Lets in what fits the schema of its kind; each id once. */
export const sortDocuments = (
  sources: readonly SourceDocument[],
  builder: Builder,
  known: Readonly<Record<string, TSchema>> = bundleKinds,
): SortedDocuments => runSteps(sortDocumentsInSteps(sources, builder, known));

/** The same, one document after the other. */
export function* sortDocumentsInSteps(
  sources: readonly SourceDocument[],
  builder: Builder,
  known: Readonly<Record<string, TSchema>> = bundleKinds,
): Steps<SortedDocuments> {
  const kinds = new Map(Object.entries(known));
  const signals: Placed<SignalsDocument>[] = [];
  const setpoints: Placed<SetpointsDocument>[] = [];
  const acting: Placed<ActingDocument>[] = [];
  const alarms: Placed<AlarmDocument>[] = [];
  const ids = new Set<string>();
  for (const source of sources) {
    yield;
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
    if (problems.length > 0) {
      builder.refuse(source, problems);
      continue;
    }
    const document = source.value as BundleDocument;
    const { id } = document.metadata;
    if (ids.has(id)) {
      builder.complain(source, ['metadata', 'id'], { expected: 'an id that no other document has', found: id });
      continue;
    }
    ids.add(id);
    if (document.kind === 'Signals') signals.push({ document, source });
    else if (document.kind === 'Setpoints') setpoints.push({ document, source });
    else if (document.kind === 'Alarm') alarms.push({ document, source });
    // Tests travel with the bundle; what they say is for `phloem rules test`.
    else if (document.kind !== 'RuleTest') acting.push({ document, source });
  }
  return { signals, setpoints, acting, alarms, isPart: false };
}

/** The names that a rule may use, by what it says under `use`. */
const toScope = (
  { document, source }: Placed<UsingDocument>,
  signals: ReadonlyMap<string, CompiledSignals>,
  setpoints: ReadonlyMap<string, CompiledSetpoints>,
  builder: Builder,
): Scope => {
  const names = new Map<string, Slot>();
  const inputs = new Set<string>();
  const clusters = new Map<string, readonly string[]>();
  const broken = new Set<string>();
  const { use } = document.spec;
  const wanted = use?.signals === undefined ? [] : typeof use.signals === 'string' ? [use.signals] : use.signals;
  for (const [i, id] of wanted.entries()) {
    const path = typeof use?.signals === 'string' ? ['spec', 'use', 'signals'] : ['spec', 'use', 'signals', i];
    const compiled = signals.get(id);
    if (compiled === undefined && builder.unread.has(id)) continue;
    if (compiled === undefined) {
      builder.complain(source, path, {
        expected: 'a Signals document of this bundle',
        found: id,
        hint: hintForName(id, [...signals.keys()]),
      });
      continue;
    }
    for (const name of compiled.broken) broken.add(name);
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
  const isUnread = [...wanted, ...(use?.setpoints === undefined ? [] : [use.setpoints])].some((id) => builder.unread.has(id));
  return builder.scope(names, inputs, clusters, (name) => isUnread || broken.has(name));
};

const findSetpoints = (
  id: string,
  path: Path,
  source: SourceDocument,
  setpoints: ReadonlyMap<string, CompiledSetpoints>,
  builder: Builder,
): CompiledSetpoints | undefined => {
  const found = setpoints.get(id);
  if (found === undefined && !builder.unread.has(id)) {
    builder.complain(source, path, {
      expected: 'a Setpoints document of this bundle',
      found: id,
      hint: hintForName(id, [...setpoints.keys()]),
    });
  }
  return found;
};
