import type { Entry } from '../../entry.ts';
import type { AlarmReport } from '../../stream.ts';
import type { Frame, Scalar } from '../expressions/scope.ts';
import type { Maybe, Node, NodeOutput, NodeState, NodeTime } from '../nodes/node.ts';
import type { Arena, WriteLog } from './memory.ts';

/** One part of the plan: reads slots, writes slots. */
export type PlanStep = {
  readonly id: string;
  readonly reads: readonly number[];
  /** The slots that must be up to date before it runs; all that it reads unless said otherwise. */
  readonly after?: readonly number[];
  readonly writes: readonly number[];
  /** Whether time alone can change its answer, so that it runs at every tick. */
  readonly isTimed: boolean;
  /**
   * Claims that a tick alone would change nothing now, by what its nodes remember and nothing else: then it is left out,
   * and is so after a restart too.
   */
  readonly isAsleep?: (run: Run) => boolean;
  /** Looks at an entry itself, and claims that the step has to run because of it. */
  readonly hears?: (entry: Entry, run: Run) => boolean;
  readonly run: (run: Run) => void;
};

/** A node with its place in the memory. */
export type NodeSlot<State extends NodeState, In, Out extends NodeOutput<unknown>> = {
  readonly index: number;
  readonly node: Node<State, In, Out>;
};

/** Which steps have to run in a pass: those that read a slot that was written, and those that were called. */
export type Agenda = {
  readonly readers: readonly (readonly number[])[];
  readonly due: Uint8Array;
  /** 1 for the slots of which it must be known what they held before: wishes, and what people are told. */
  readonly watched: Uint8Array;
};

/** One pass over the plan. It writes into the arena and logs what was there. */
export class Run implements Frame {
  readonly time: NodeTime;
  readonly up: number;
  readonly alarms: AlarmReport[] = [];
  readonly log: WriteLog = [];
  /** The watched slots that were written, each with what it held before the pass. */
  readonly changed = new Map<number, Maybe<Scalar> | undefined>();
  readonly #arena: Arena;
  readonly #agenda: Agenda;

  constructor(arena: Arena, time: NodeTime, agenda: Agenda) {
    this.#arena = arena;
    this.#agenda = agenda;
    this.time = time;
    this.up = time.up;
  }

  get values(): readonly Maybe<Scalar>[] {
    return this.#arena.values;
  }

  get reported(): readonly (number | null)[] {
    return this.#arena.reported;
  }

  get qualities(): readonly string[] {
    return this.#arena.qualities;
  }

  /** Writes a slot; whoever reads it runs in this pass if it is another value. */
  set(slot: number, value: Maybe<Scalar>): void {
    const { values } = this.#arena;
    const old = values[slot];
    if (Object.is(old, value)) return;
    this.log.push(values, slot, old);
    values[slot] = value;
    if (this.#agenda.watched[slot] === 1 && !this.changed.has(slot)) this.changed.set(slot, old);
    this.touch(slot);
  }

  /** Says when a slot was last reported, and how good it was. */
  report(slot: number, up: number, quality: string): void {
    const { reported } = this.#arena;
    const old = reported[slot];
    if (old !== up) {
      this.log.push(reported, slot, old);
      reported[slot] = up;
    }
    this.qualify(slot, quality);
  }

  qualify(slot: number, quality: string): void {
    const { qualities } = this.#arena;
    const old = qualities[slot];
    if (old === quality) return;
    this.log.push(qualities, slot, old);
    qualities[slot] = quality;
    this.touch(slot);
  }

  /** Keeps what people are told. */
  tell(place: number, value: Scalar | null): void {
    const { told } = this.#arena;
    this.log.push(told, place, told[place]);
    told[place] = value;
  }

  /** Makes the readers of a slot run in this pass. */
  touch(slot: number): void {
    const readers = this.#agenda.readers[slot];
    if (readers === undefined) return;
    for (let i = 0; i < readers.length; i++) this.#agenda.due[readers[i] ?? 0] = 1;
  }

  /** Makes a step run in this pass. */
  call(step: number): void {
    this.#agenda.due[step] = 1;
  }

  /** What a node remembers now. */
  stateOf<State extends NodeState, In, Out extends NodeOutput<unknown>>({ index }: NodeSlot<State, In, Out>): State {
    return this.#arena.nodes[index] as State;
  }

  /** Makes a node remember something else. */
  put<State extends NodeState, In, Out extends NodeOutput<unknown>>({ index }: NodeSlot<State, In, Out>, state: State): void {
    const { nodes } = this.#arena;
    this.log.push(nodes, index, nodes[index]);
    nodes[index] = state;
  }

  /** Steps a node and keeps its state. */
  step<State extends NodeState, In, Out extends NodeOutput<unknown>>({ index, node }: NodeSlot<State, In, Out>, input: In): Out {
    const { nodes } = this.#arena;
    const state = nodes[index] as State;
    const [next, out] = node.step(state, input, this.time);
    if (next !== state) {
      this.log.push(nodes, index, state);
      nodes[index] = next;
    }
    return out;
  }
}
