import { plain } from '../units/dimension.ts';
import type { SignalDeclaration, SignalsDocument } from '../documents/signals.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path } from '../documents/source.ts';
import { functionNames } from '../expressions/functions.ts';
import type { Slot } from '../expressions/scope.ts';
import { unknown } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import type { Builder, Placed } from './builder.ts';
import { compileInputs, type PlanInput } from './compile-inputs.ts';
import { compileOperator } from './compile-operator.ts';
import type { OperatorContext } from './operator-parts.ts';
import type { CompiledSetpoints } from './compile-setpoints.ts';

/** What a Signals document gives to those that use it. */
export type CompiledSignals = {
  readonly names: ReadonlyMap<string, Slot>;
  readonly inputs: ReadonlySet<string>;
  /** Names that are declared and could not be compiled: each has a problem of its own. */
  readonly broken: ReadonlySet<string>;
  /** Names that stand for lists of others. */
  readonly clusters: ReadonlyMap<string, readonly string[]>;
  readonly planInputs: readonly PlanInput[];
};

const reserved: ReadonlySet<string> = new Set(['sp', 'true', 'false', 'null', 'in', ...functionNames]);

/**
 * Compiles inputs and signals. Signals may use one another in any order, so each is compiled after those that it uses;
 * a circle is refused, unless a `delay` breaks it.
 */
export const compileSignals = (
  placed: Placed<SignalsDocument>,
  setpoints: CompiledSetpoints | undefined,
  clock: SiteClock | undefined,
  builder: Builder,
): CompiledSignals => {
  const { document, source } = placed;
  const { inputs: declaredInputs, signals = {}, clusters: declaredClusters = {} } = document.spec;
  const names = new Map<string, Slot>();
  checkFree(placed, builder);
  const planInputs = compileInputs(placed, builder, names);
  const inputs = new Set(names.keys());
  const clusters = new Map(Object.entries(declaredClusters));
  checkMembers(placed, builder);
  const broken = new Set(Object.keys(declaredInputs).filter((name) => !names.has(name)));
  // Only expressions of this document see the set-points: those that use the document have set-points of their own.
  const visible = new Map<string, Slot>([...(setpoints?.names ?? [])].map(([name, slot]) => [`sp.${name}`, slot]));
  const scope = builder.scope(
    { get: (name) => names.get(name) ?? visible.get(name), keys: () => [...names.keys(), ...visible.keys()] },
    inputs,
    clusters,
    (name) => broken.has(name),
  );
  const context: SignalContext = { id: document.metadata.id, source, builder, scope, names, declared: signals, clock, broken, clusters };
  for (const [name, signal] of Object.entries(signals)) if (!reserved.has(name)) compileInOrder(name, signal, [], context);
  return { names, inputs, broken, clusters, planInputs };
};

/** What signals are compiled with; `names` and `broken` grow with each. */
type SignalContext = OperatorContext & {
  readonly names: Map<string, Slot>;
  readonly broken: Set<string>;
  readonly clusters: ReadonlyMap<string, readonly string[]>;
};

/** No name is a word of the language, and none is taken twice. */
const checkFree = ({ document, source }: Placed<SignalsDocument>, builder: Builder): void => {
  const { inputs, signals = {}, clusters = {} } = document.spec;
  for (const [part, declared] of Object.entries({ inputs, signals, clusters })) {
    for (const name of Object.keys(declared)) {
      const isTaken = (part !== 'inputs' && Object.hasOwn(inputs, name)) || (part === 'clusters' && Object.hasOwn(signals, name));
      if (!reserved.has(name) && !isTaken) continue;
      builder.complain(source, ['spec', part, name], {
        expected: 'a name that is free',
        found: isTaken ? `${name}, which is an input or a signal` : `the word ${name}`,
        atKey: true,
      });
    }
  }
};

/** The members of each cluster are inputs and signals of the document. */
const checkMembers = ({ document, source }: Placed<SignalsDocument>, builder: Builder): void => {
  const { inputs, signals = {}, clusters = {} } = document.spec;
  const known = [...Object.keys(inputs), ...Object.keys(signals)];
  for (const [cluster, members] of Object.entries(clusters)) {
    for (const [i, member] of members.entries()) {
      if (known.includes(member)) continue;
      builder.complain(source, ['spec', 'clusters', cluster, i], {
        expected: 'an input or a signal of this document',
        found: member,
        hint: hintForName(member, known),
      });
    }
  }
};

/** Compiles a signal after those that it uses. `open` are the signals that wait for it. */
const compileInOrder = (name: string, signal: SignalDeclaration, open: readonly string[], context: SignalContext): void => {
  const { id, source, builder, names, declared, broken, clusters } = context;
  if (names.has(name) || broken.has(name)) return;
  if (open.includes(name)) {
    const circle = [...open.slice(open.indexOf(name)), name].join(' → ');
    const problem = { expected: 'signals without a circle', found: circle, hint: 'a delay breaks a circle', atKey: true };
    builder.complain(source, ['spec', 'signals', name], problem);
    // Known as something from now on, so that one circle is one problem.
    names.set(name, { slot: builder.addSlot(`${id}/${name}#circle`, plain), dimension: plain });
    return;
  }
  for (const other of mentionedBy(signal).flatMap((each) => [each, ...(clusters.get(each) ?? [])])) {
    const used = Object.hasOwn(declared, other) ? declared[other] : undefined;
    if (used !== undefined) compileInOrder(other, used, [...open, name], context);
  }
  if (!names.has(name)) compileSignal(name, signal, context);
};

/** Compiles a signal of which all that it uses is compiled. */
const compileSignal = (name: string, signal: SignalDeclaration, context: SignalContext): void => {
  const { source, builder, names, broken } = context;
  const id = `${context.id}/${name}`;
  const path: Path = ['spec', 'signals', name];
  const compiled = compileOperator(name, signal, path, context);
  if (compiled === undefined) {
    broken.add(name);
    return;
  }
  const { dimension, isWhole = false, reads, isTimed, evaluate, after = reads } = compiled;
  if (signal.inputs !== undefined) {
    const read = [...names].flatMap(([each, { slot }]) => (reads.includes(slot) ? [each] : []));
    checkListed(signal.inputs, read, path, { source, builder });
  }
  const slot = builder.addSlot(id, dimension, unknown, { from: reads });
  names.set(name, { slot, dimension, isWhole });
  builder.addStep({ id, reads, after, writes: [slot], isTimed, run: (run) => run.set(slot, evaluate(run)) }, source, path);
  builder.shown.push({ name: id, slot, dimension });
};

/** Inputs that a signal lists are those that it reads, each of them and no other. */
const checkListed = (
  listed: readonly string[],
  read: readonly string[],
  path: Path,
  { source, builder }: Pick<OperatorContext, 'source' | 'builder'>,
): void => {
  for (const [i, name] of listed.entries()) {
    if (read.includes(name) && listed.indexOf(name) === i) continue;
    const expected = 'a name that the signal reads, each once';
    builder.complain(source, [...path, 'inputs', i], { expected, found: name, hint: hintForName(name, read) });
  }
  const missing = read.filter((name) => !listed.includes(name));
  if (missing.length === 0) return;
  builder.complain(source, [...path, 'inputs'], {
    expected: 'every name that the signal reads',
    found: `none of ${missing.join(', ')}`,
    hint: 'add it, or leave inputs out',
  });
};

/** The names that a signal may use: more than it does, never fewer. What a delay looks at was there before. */
const mentionedBy = (signal: SignalDeclaration): readonly string[] => {
  if ('delay' in signal) return signal.delay.unit === undefined ? [signal.delay.of] : [];
  if ('aggregate' in signal) return signal.aggregate.of;
  if ('rate' in signal) return [signal.rate.of];
  if ('integrate' in signal) return [signal.integrate.of, ...wordsIn(signal.integrate.resetWhen ?? '')];
  if ('schedule' in signal) return [];
  const { title: _title, inputs: _inputs, ...rest } = signal;
  return wordsIn(JSON.stringify(rest));
};

const wordsIn = (text: string): readonly string[] => [...new Set(text.match(/[A-Za-z_]\w*/g))];
