import type { Entry } from '../../entry.ts';
import type { AlarmReport } from '../../stream.ts';
import type { Frame, Scalar } from '../expressions/scope.ts';
import type { Maybe, Node, NodeOutput, NodeState, NodeTime } from '../nodes/node.ts';

/** What the engine remembers between two entries. The arrays go by the plan's slots and nodes; none is ever changed. */
export type Memory = {
  readonly values: readonly Maybe<Scalar>[];
  readonly reported: readonly (number | null)[];
  readonly qualities: readonly string[];
  readonly nodes: readonly NodeState[];
};

/** One part of the plan: reads slots, writes slots. */
export type PlanStep = {
  readonly id: string;
  readonly reads: readonly number[];
  /** The slots that must be up to date before it runs; all that it reads unless said otherwise. */
  readonly after?: readonly number[];
  readonly writes: readonly number[];
  /** Whether time alone can change its answer, so that it runs at every tick. */
  readonly isTimed: boolean;
  /** Looks at an entry itself, and claims that the step has to run because of it. */
  readonly hears?: (entry: Entry, run: Run) => boolean;
  readonly run: (run: Run) => void;
};

/** A node with its place in the memory. */
export type NodeSlot<State extends NodeState, In, Out extends NodeOutput<unknown>> = {
  readonly index: number;
  readonly node: Node<State, In, Out>;
};

/** One pass over the plan. It works on copies, made at the first write, so that the memory it began with stays as it was. */
export class Run implements Frame {
  readonly time: NodeTime;
  readonly up: number;
  readonly alarms: AlarmReport[] = [];
  readonly #memory: Memory;
  readonly #readers: readonly (readonly number[])[];
  readonly #due: Uint8Array;
  #values: Maybe<Scalar>[] | undefined;
  #reported: (number | null)[] | undefined;
  #qualities: string[] | undefined;
  #nodes: NodeState[] | undefined;

  constructor(memory: Memory, time: NodeTime, readers: readonly (readonly number[])[], steps: number) {
    this.#memory = memory;
    this.#readers = readers;
    this.#due = new Uint8Array(steps);
    this.time = time;
    this.up = time.up;
  }

  get values(): readonly Maybe<Scalar>[] {
    return this.#values ?? this.#memory.values;
  }

  get reported(): readonly (number | null)[] {
    return this.#reported ?? this.#memory.reported;
  }

  get qualities(): readonly string[] {
    return this.#qualities ?? this.#memory.qualities;
  }

  /** Writes a slot; whoever reads it runs in this pass if it is another value. */
  set(slot: number, value: Maybe<Scalar>): void {
    if (Object.is(this.values[slot], value)) return;
    this.#values ??= this.#memory.values.slice();
    this.#values[slot] = value;
    this.touch(slot);
  }

  /** Says when a slot was last reported, and how good it was. */
  report(slot: number, reported: number, quality: string): void {
    if (this.reported[slot] !== reported) {
      this.#reported ??= this.#memory.reported.slice();
      this.#reported[slot] = reported;
    }
    this.qualify(slot, quality);
  }

  qualify(slot: number, quality: string): void {
    if (this.qualities[slot] === quality) return;
    this.#qualities ??= this.#memory.qualities.slice();
    this.#qualities[slot] = quality;
    this.touch(slot);
  }

  /** Makes the readers of a slot run in this pass. */
  touch(slot: number): void {
    for (const step of this.#readers[slot] ?? []) this.#due[step] = 1;
  }

  /** Makes a step run in this pass. */
  call(step: number): void {
    this.#due[step] = 1;
  }

  isDue(step: number): boolean {
    return this.#due[step] === 1;
  }

  /** Steps a node and keeps its state. */
  step<State extends NodeState, In, Out extends NodeOutput<unknown>>({ index, node }: NodeSlot<State, In, Out>, input: In): Out {
    const state = (this.#nodes ?? this.#memory.nodes)[index] as State;
    const [next, out] = node.step(state, input, this.time);
    if (next !== state) {
      this.#nodes ??= this.#memory.nodes.slice();
      this.#nodes[index] = next;
    }
    return out;
  }

  /** The memory after this pass. */
  finish(): Memory {
    return { values: this.values, reported: this.reported, qualities: this.qualities, nodes: this.#nodes ?? this.#memory.nodes };
  }
}
