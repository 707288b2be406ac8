import type { DeviceId, PointId } from '@phloem/protocol';
import { formatDimension, isPlain, isSameDimension, kelvin, plain, temperature, type Dimension } from '../units/dimension.ts';
import { DocumentFault, hintForName, type Problem } from '../documents/problem.ts';
import type { Complaint, Path, SourceDocument } from '../documents/source.ts';
import { compileCondition, compileExpression, type Expression } from '../expression.ts';
import { ExpressionFault } from '../expressions/expression-fault.ts';
import type { DeviceSlots, EvaluationContext, Scalar, Scope, Slot } from '../expressions/scope.ts';
import { unknown, type Maybe, type Node, type NodeOutput, type NodeState } from '../nodes/node.ts';
import type { DeviceModel, SiteModel } from '../site-model.ts';
import { parseDuration, parseQuantity, toDimension } from '../units/units.ts';
import { toDeviceDimension } from './device-value.ts';
import type { PlanNode } from './plan-node.ts';
import type { NodeSlot, PlanStep } from './run.ts';

/** A slot with its name and what is known of it when the plan is made. */
export type SlotInfo = {
  readonly id: string;
  readonly dimension: Dimension;
  readonly initial: Maybe<Scalar>;
  /** How old the readings behind it may be at most, in ms; 0 where there are none. */
  readonly maxAge: number;
  /** The inputs behind it, itself if it is one. */
  readonly inputs: readonly number[];
  /** The device that it is about, and what of it; missing where it is about none. */
  readonly device?: { readonly id: DeviceId; readonly part: DevicePart };
};

/** What a plan keeps of a device. */
export type DevicePart = 'actual' | 'applied' | 'got' | 'manual' | 'held' | 'hand' | 'request';

/** The id of a device's slot. Saved states and the layout of a checkpoint contain it, so it stays as the first version had it. */
export const toDeviceSlotId = (id: string, part: DevicePart): string => `device ${id} ${part === 'request' ? 'wish' : part}`;

/** Where a slot's value comes from: it is an input with a greatest age, or is calculated from other slots. */
export type SlotOrigin = { readonly maxAge: number; readonly isInput: true } | { readonly from: readonly number[] };

/** A name that people see, with the slot behind it. */
export type Shown = { readonly name: string; readonly slot: number; readonly dimension: Dimension };

/** A document with its place. */
export type Placed<Document> = { readonly document: Document; readonly source: SourceDocument };

// For what depends on no reading, whose age would say how long a pause may be.
const defaultMaxGapMs = 60_000;
/** As many as an alarm names. */
const maxPoints = 64;

/** Gathers the parts of a plan, and everything that is wrong with the documents. */
export class Builder {
  readonly site: SiteModel;
  readonly slots: SlotInfo[] = [];
  readonly steps: PlanStep[] = [];
  readonly nodes: PlanNode[] = [];
  readonly shown: Shown[] = [];
  readonly problems: Problem[] = [];
  /** The ids of documents that do not fit their schema: what is missing because of them is no problem of its own. */
  readonly unread = new Set<string>();
  readonly devices: ReadonlyMap<string, DeviceModel>;
  readonly #ofSite: number;
  readonly #slotOf = new Map<string, number>();
  readonly #pointOf = new Map<number, PointId>();
  readonly #later: (() => void)[] = [];
  readonly #stepOf = new Map<string, readonly [SourceDocument, Path]>();
  readonly #writerOf = new Map<number, PlanStep>();

  constructor(site: SiteModel) {
    this.site = site;
    this.devices = new Map(site.devices.map((device) => [device.id, device]));
    for (const device of site.devices) {
      const dimension = toDeviceDimension(device);
      for (const part of ['actual', 'applied', 'got', 'manual'] as const) this.#addDeviceSlot(device.id, part, dimension);
      for (const part of ['held', 'hand'] as const) this.#addDeviceSlot(device.id, part, { kind: 'text' });
      this.#addDeviceSlot(device.id, 'request', dimension, device.fallback);
    }
    this.#ofSite = this.slots.length;
  }

  /** How many named values the documents have made, beside those of the site's devices. */
  get made(): number {
    return this.slots.length - this.#ofSite;
  }

  #addDeviceSlot(id: DeviceId, part: DevicePart, dimension: Dimension, initial: Maybe<Scalar> = unknown): void {
    const slotId = toDeviceSlotId(id, part);
    const slot = this.addSlot(slotId, dimension, initial);
    this.slots[slot] = { id: slotId, dimension, initial, maxAge: 0, inputs: [], device: { id, part } };
  }

  addSlot(id: string, dimension: Dimension, initial: Maybe<Scalar> = unknown, origin: SlotOrigin = { from: [] }): number {
    const slot = this.slots.length;
    const isInput = 'isInput' in origin;
    const maxAge = isInput ? origin.maxAge : this.maxAgeOf(origin.from);
    this.slots.push({ id, dimension, initial, maxAge, inputs: isInput ? [slot] : this.inputsOf(origin.from) });
    this.#slotOf.set(id, slot);
    return slot;
  }

  findSlot(id: string): number | undefined {
    return this.#slotOf.get(id);
  }

  slotOf(id: string): number {
    const slot = this.findSlot(id);
    if (slot === undefined) throw new Error(`no slot ${id}`);
    return slot;
  }

  addNode<State extends NodeState, In, Out extends NodeOutput<unknown>>(id: string, node: Node<State, In, Out>): NodeSlot<State, In, Out> {
    this.nodes.push({ id, node });
    return { index: this.nodes.length - 1, node };
  }

  /** Adds a step; `source` and `path` say where a circle through it is shown. */
  addStep(step: PlanStep, source: SourceDocument, path: Path): void {
    this.#stepOf.set(step.id, [source, path]);
    this.addInternalStep(step);
  }

  /** Adds a step that no document wrote, and that cannot close a circle. */
  addInternalStep(step: PlanStep): void {
    this.steps.push(step);
    for (const slot of step.writes) if (!this.#writerOf.has(slot)) this.#writerOf.set(slot, step);
  }

  /** The longest age of the readings behind these slots. */
  maxAgeOf(slots: readonly number[]): number {
    return slots.reduce((most, slot) => Math.max(most, this.slots[slot]?.maxAge ?? 0), 0);
  }

  /** Not knowing for longer than this starts timers and filters again. */
  maxGapOf(slots: readonly number[]): number {
    return 2 * this.maxAgeOf(slots) || defaultMaxGapMs;
  }

  /** The inputs behind these slots. */
  inputsOf(slots: readonly number[]): readonly number[] {
    return [...new Set(slots.flatMap((slot) => this.slots[slot]?.inputs ?? []))];
  }

  /** Notes the point that an input reads. */
  notePoint(slot: number, point: PointId): void {
    this.#pointOf.set(slot, point);
  }

  /** The points that these inputs read. */
  pointsOf(inputs: Iterable<number>): readonly PointId[] {
    return [...new Set([...inputs].flatMap((slot) => this.#pointOf.get(slot) ?? []))];
  }

  /** Of the points behind these slots those that are not known; all where each is, and something between was lost. */
  missingPoints(slots: readonly number[], { values }: Pick<EvaluationContext, 'values'>): readonly PointId[] {
    const inputs = this.inputsOf(slots);
    const missing = inputs.filter((slot) => values[slot] === unknown);
    return this.pointsOf(missing.length === 0 ? inputs : missing).slice(0, maxPoints);
  }

  /** The step that fills a slot; undefined where entries fill it. */
  stepThatWrites(slot: number): PlanStep | undefined {
    return this.#writerOf.get(slot);
  }

  /** Puts off a check until every name is known. */
  later(check: () => void): void {
    this.#later.push(check);
  }

  /** Notes a document that does not fit its schema, with its problems. */
  refuse(source: SourceDocument, problems: readonly Problem[]): void {
    this.problems.push(...problems);
    const id = (source.value as { metadata?: { id?: unknown } } | null)?.metadata?.id;
    if (typeof id === 'string') this.unread.add(id);
  }

  complain(source: SourceDocument, path: Path, complaint: Complaint): void {
    this.problems.push(source.problem(path, complaint));
  }

  /** Reads an expression; undefined, and a problem at its place, when it cannot be taken. */
  expression(source: SourceDocument, path: Path, text: string, scope: Scope): Expression | undefined {
    return this.#tryExpression(source, path, () => compileExpression(text, scope));
  }

  /** As `expression`, for what must be true or false. */
  condition(source: SourceDocument, path: Path, text: string, scope: Scope): Expression | undefined {
    return this.#tryExpression(source, path, () => compileCondition(text, scope));
  }

  #tryExpression(source: SourceDocument, path: Path, compile: () => Expression): Expression | undefined {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      const { expected, found, hint, from, to, isConsequence } = error;
      if (isConsequence) return undefined;
      this.complain(source, path, { expected, found, hint, within: [from, to] });
      return undefined;
    }
  }

  /** Reads a quantity of this dimension; undefined, and a problem, when it is none. */
  quantity(source: SourceDocument, path: Path, written: string, dimension: Dimension): number | undefined {
    const quantity = parseQuantity(written);
    const unit = formatDimension(dimension);
    const value = quantity === undefined ? undefined : toDimension(quantity, dimension);
    if (value !== undefined) return value;
    const expected = isPlain(dimension) ? 'a number without a unit' : `a quantity in ${unit}`;
    if (quantity === undefined) this.complain(source, path, { expected, found: JSON.stringify(written) });
    else {
      const hint =
        isSameDimension(dimension, kelvin) && isSameDimension(quantity.dimension, temperature) ? 'a difference is written in K' : '';
      const found = isSameDimension(quantity.dimension, plain)
        ? 'a number without a unit'
        : `a quantity in ${formatDimension(quantity.dimension)}`;
      this.complain(source, path, { expected, found, hint });
    }
    return undefined;
  }

  /** A duration in ms that the schema has let in. */
  duration(written: string | undefined, otherwise = 0): number {
    return (written === undefined ? undefined : parseDuration(written)) ?? otherwise;
  }

  /** The device of a request; undefined, and a problem, when the site has none. */
  device(source: SourceDocument, path: Path, id: string): DeviceModel | undefined {
    const device = this.devices.get(id);
    if (device === undefined) {
      this.complain(source, path, { expected: 'a device of the site', found: id, hint: hintForName(id, [...this.devices.keys()]) });
    }
    return device;
  }

  /** The names that expressions of a document may use. */
  scope(
    names: Pick<ReadonlyMap<string, Slot>, 'get'> & { readonly keys: () => Iterable<string> },
    inputs: ReadonlySet<string>,
    clusters: ReadonlyMap<string, readonly string[]> = new Map(),
    isBroken: (name: string) => boolean = () => false,
  ): Scope {
    return {
      isBroken,
      findCluster: (name) => clusters.get(name),
      find: (name) => names.get(name),
      isInput: (name) => inputs.has(name),
      findDevice: (id) => this.#deviceSlots(id),
      names: () => [...names.keys(), ...clusters.keys()],
      devices: () => [...this.devices.keys()],
    };
  }

  #deviceSlots(id: string): DeviceSlots | undefined {
    const device = this.devices.get(id);
    if (device === undefined) return undefined;
    const actual = this.slotOf(`device ${id} actual`);
    return { actual, applied: this.slotOf(`device ${id} applied`), dimension: this.slots[actual]?.dimension ?? plain };
  }

  /**
   * The steps, each after those whose slots it reads.
   *
   * @throws DocumentFault `document/invalid` with everything that was found, circles included.
   */
  finish(): readonly PlanStep[] {
    for (const check of this.#later) check();
    const writer = new Map<number, PlanStep>();
    for (const step of this.steps) for (const slot of step.writes) writer.set(slot, step);
    const sorted: PlanStep[] = [];
    const done = new Set<PlanStep>();
    const open: PlanStep[] = [];
    const visit = (step: PlanStep): void => {
      if (done.has(step)) return;
      const since = open.indexOf(step);
      if (since !== -1) {
        const circle = [...open.slice(since), step].map((member) => member.id).join(' → ');
        const [source, path] = this.#stepOf.get(step.id) ?? [];
        if (source !== undefined && path !== undefined) this.complain(source, path, { expected: 'no circle', found: circle, atKey: true });
        done.add(step);
        return;
      }
      open.push(step);
      for (const slot of step.after ?? step.reads) {
        const before = writer.get(slot);
        if (before !== undefined) visit(before);
      }
      open.pop();
      if (done.has(step)) return;
      done.add(step);
      sorted.push(step);
    };
    for (const step of this.steps) visit(step);
    if (this.problems.length > 0) throw new DocumentFault('document/invalid', this.problems);
    return sorted;
  }
}
