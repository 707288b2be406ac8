import type { Lsn } from '@phloem/protocol';
import type { EvaluationContext, Scalar } from '../expressions/scope.ts';
import type { Maybe, NodeState } from '../nodes/node.ts';

/** What a plan remembers, by slot and by node. Only the newest state of a line holds it; the others hold what differs. */
export type Arena = {
  readonly values: Maybe<Scalar>[];
  readonly reported: (number | null)[];
  readonly qualities: string[];
  readonly nodes: NodeState[];
  /** What people were last shown, by place in the plan's list. */
  readonly told: (Scalar | null)[];
};

/** Where a state stands in the log. */
export type Stamp = {
  readonly lsn: Lsn;
  readonly up: number;
  readonly at: number;
  /** When timed parts last ran, in `up`; null before the first entry. */
  readonly ticked: number | null;
};

/** Writes that have been made, each with what was there: an array, an index, the old value, and so on. */
export type WriteLog = readonly unknown[];

const nothing: WriteLog = [];

/**
 * What is known after an entry: a value that never changes, although no step copies it. A step writes into the one
 * arena and leaves the old values behind in the state that it came from; anyone who looks at an old state gets them put
 * back (and the newer one keeps the difference). So a step costs what it changes, and any state can be kept and used.
 *
 * Source: H. G. Baker, "Shallow binding makes functional arrays fast", ACM SIGPLAN Notices 26 (1991).
 */
export class EngineState implements EvaluationContext {
  readonly lsn: Lsn;
  readonly up: number;
  readonly at: number;
  readonly ticked: number | null;
  #arena: Arena | undefined;
  #newer: EngineState | undefined;
  /** The writes that lead back here from the newer state. */
  #log: WriteLog = nothing;

  constructor(arena: Arena, { lsn, up, at, ticked }: Stamp) {
    this.#arena = arena;
    this.lsn = lsn;
    this.up = up;
    this.at = at;
    this.ticked = ticked;
  }

  /** The memory as of this state. What it gives is good until another state is looked at. */
  get arena(): Arena {
    return this.#arena ?? this.#recall();
  }

  get values(): readonly Maybe<Scalar>[] {
    return this.arena.values;
  }

  get reported(): readonly (number | null)[] {
    return this.arena.reported;
  }

  get qualities(): readonly string[] {
    return this.arena.qualities;
  }

  get nodes(): readonly NodeState[] {
    return this.arena.nodes;
  }

  /** The state after the writes in `log`, which have been made to this state's arena. */
  advance(log: WriteLog, stamp: Stamp): EngineState {
    const next = new EngineState(this.arena, stamp);
    this.#arena = undefined;
    this.#newer = next;
    this.#log = log;
    return next;
  }

  #recall(): Arena {
    const line: EngineState[] = [];
    let holder = this as EngineState;
    while (holder.#arena === undefined && holder.#newer !== undefined) {
      line.push(holder);
      holder = holder.#newer;
    }
    const arena = holder.#arena;
    if (arena === undefined) throw new Error('a state without memory');
    for (const older of line.toReversed()) {
      holder.#log = undo(older.#log);
      holder.#newer = older;
      holder.#arena = undefined;
      older.#log = nothing;
      older.#newer = undefined;
      older.#arena = arena;
      holder = older;
    }
    return arena;
  }
}

/** Takes writes back, newest first, and gives the log that would make them again. */
export const undo = (log: WriteLog): WriteLog => {
  const back: unknown[] = [];
  for (let i = log.length - 3; i >= 0; i -= 3) {
    const array = log[i] as unknown[];
    const index = log[i + 1] as number;
    back.push(array, index, array[index]);
    array[index] = log[i + 2];
  }
  return back;
};
