import type { AlarmReport, Entry } from '@phloem/protocol';
import type { EvaluationContext, Scalar } from '../expressions/scope.ts';
import { unknown, type Maybe, type Node, type NodeOutput, type NodeState, type NodeTime } from '../nodes/node.ts';
import type { Agenda } from './agenda.ts';
import { undo, type Arena, type WriteLog } from './memory.ts';

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
  readonly accepts?: (entry: Entry, run: Run) => boolean;
  readonly run: (run: Run) => void;
};

/** A node with its place in the memory. */
export type NodeSlot<State extends NodeState, In, Out extends NodeOutput<unknown>> = {
  readonly index: number;
  readonly node: Node<State, In, Out>;
};

/**
 * One pass over the plan: it writes into the arena, and keeps what was there. There is one for each engine, taken up again
 * for every entry, because a pass is over before the next begins and most of them change almost nothing.
 */
export class Run implements EvaluationContext {
  values: Maybe<Scalar>[] = [];
  reported: (number | null)[] = [];
  qualities: string[] = [];
  time: NodeTime = { at: 0, up: 0 };
  up = 0;
  alarms: readonly AlarmReport[] = none;
  /** The watched slots that were written, in the order of their first writes. */
  readonly changed: number[] = [];
  readonly #agenda: Agenda;
  /** 1 for the slots of which it must be known what they held before: requests, and what people are shown. */
  readonly #watched: Uint8Array;
  readonly #was: Maybe<Scalar>[] = [];
  readonly #isChanged: Uint8Array;
  readonly #log: unknown[] = [];
  #written = 0;
  #nodes: NodeState[] = [];
  #told: (Scalar | null)[] = [];

  constructor(agenda: Agenda, watched: Uint8Array) {
    this.#agenda = agenda;
    this.#watched = watched;
    this.#isChanged = new Uint8Array(watched.length);
  }

  /** Begins a pass. */
  begin(arena: Arena, time: NodeTime): void {
    this.values = arena.values;
    this.reported = arena.reported;
    this.qualities = arena.qualities;
    this.#nodes = arena.nodes;
    this.#told = arena.told;
    this.time = time;
    this.up = time.up;
    this.alarms = none;
    this.#forget();
  }

  /** The writes of this pass, with what was there before. */
  applyLog(): WriteLog {
    return this.#log.slice(0, this.#written);
  }

  /** Takes everything back. */
  giveUp(): void {
    undo(this.applyLog());
    this.#agenda.clear();
    this.#forget();
  }

  /** What a watched slot held before this pass. */
  before(slot: number): Maybe<Scalar> {
    const place = this.changed.indexOf(slot);
    return (place === -1 ? this.values[slot] : this.#was[place]) ?? unknown;
  }

  /** Writes a slot; anyone who reads it runs in this pass if it is another value. */
  set(slot: number, value: Maybe<Scalar>): void {
    const { values } = this;
    const old = values[slot];
    if (Object.is(old, value)) return;
    this.#note(values, slot, old);
    values[slot] = value;
    if (this.#watched[slot] === 1 && this.#isChanged[slot] === 0) {
      this.#isChanged[slot] = 1;
      this.#was[this.changed.length] = old ?? unknown;
      this.changed.push(slot);
    }
    this.touch(slot);
  }

  /** Says when a slot was last reported, and how good it was. */
  report(slot: number, up: number, quality: string): void {
    const { reported } = this;
    const old = reported[slot];
    if (old !== up) {
      this.#note(reported, slot, old);
      reported[slot] = up;
    }
    if (this.qualities[slot] !== quality) this.qualify(slot, quality);
  }

  qualify(slot: number, quality: string): void {
    const { qualities } = this;
    const old = qualities[slot];
    if (old === quality) return;
    this.#note(qualities, slot, old);
    qualities[slot] = quality;
    this.touch(slot);
  }

  /** Keeps what people are shown. */
  tell(place: number, value: Scalar | null): void {
    const told = this.#told;
    this.#note(told, place, told[place]);
    told[place] = value;
  }

  /** What people were last shown. */
  reportedAt(place: number): Scalar | null {
    return this.#told[place] ?? null;
  }

  raise(alarm: AlarmReport): void {
    this.alarms = [...this.alarms, alarm];
  }

  /** Makes the readers of a slot run in this pass. */
  touch(slot: number): void {
    this.#agenda.touch(slot);
  }

  /** Makes a step run in this pass. */
  call(step: number): void {
    this.#agenda.call(step);
  }

  /** What a node remembers now. */
  stateOf<State extends NodeState, In, Out extends NodeOutput<unknown>>({ index }: NodeSlot<State, In, Out>): State {
    return this.#nodes[index] as State;
  }

  /** Makes a node remember something else. */
  put<State extends NodeState, In, Out extends NodeOutput<unknown>>({ index }: NodeSlot<State, In, Out>, state: State): void {
    const nodes = this.#nodes;
    this.#note(nodes, index, nodes[index]);
    nodes[index] = state;
  }

  /** Steps a node and keeps its state. */
  step<State extends NodeState, In, Out extends NodeOutput<unknown>>({ index, node }: NodeSlot<State, In, Out>, input: In): Out {
    const nodes = this.#nodes;
    const state = nodes[index] as State;
    const [next, out] = node.step(state, input, this.time);
    if (next !== state) {
      this.#note(nodes, index, state);
      nodes[index] = next;
    }
    return out;
  }

  #note(array: unknown[], index: number, old: unknown): void {
    const log = this.#log;
    const at = this.#written;
    log[at] = array;
    log[at + 1] = index;
    log[at + 2] = old;
    this.#written = at + 3;
  }

  #forget(): void {
    this.#written = 0;
    for (const slot of this.changed) this.#isChanged[slot] = 0;
    this.changed.length = 0;
  }
}

const none: readonly AlarmReport[] = [];
