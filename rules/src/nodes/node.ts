/** When a step happens: `at` is the hub's wall clock (for schedules), `up` its running time (for every duration); both in ms. */
export type NodeTime = { readonly at: number; readonly up: number };

/**
 * The answer where there is none: too old, of bad quality, below quorum, out of range. It is not `null`, not 0 and not
 * false (as a symbol it counts as true: compare with `=== true`), and it never gets into a state, because a state is JSON.
 */
export const unknown: unique symbol = Symbol.for('phloem/unknown');
/** The type of {@link unknown}. */
export type Unknown = typeof unknown;
/** A value, or {@link unknown}. */
export type Maybe<Value> = Value | Unknown;

/** Claims that there is no answer. */
export const isUnknown = (value: unknown): value is Unknown => value === unknown;

/** A number that can be reckoned with; what is not finite is unknown. −0 becomes 0, since JSON cannot distinguish them. */
export const toKnown = (value: Maybe<number>): Maybe<number> => (typeof value === 'number' && Number.isFinite(value) ? value + 0 : unknown);

/** What a node remembers: plain JSON, with the version of its schema. */
export type NodeState = { readonly v: number };

/** What a node answers: `value` for the rest of the plan, the other fields for the trace. */
export type NodeOutput<Value> = { readonly value: Maybe<Value> };

/** What a device really does at the moment in which a new node takes over from nobody. */
export type Actual = boolean | number;

/** A value with the running time at which it was reported: the same time again is the same sample, not a second one. */
export type Sample = { readonly value: Maybe<number>; readonly up: number };

/**
 * An operator with a memory: a pure reducer. It reads no clock; the same states, inputs and times give the same answers,
 * today and in a back-test. `State` survives `JSON.parse(JSON.stringify(state))` unchanged.
 */
export type Node<State extends NodeState, In, Out extends NodeOutput<unknown>> = {
  readonly type: string;
  /** The schema of `State`: a state of another version is not carried over. */
  readonly version: number;
  /** Whether its answer or its state can change with time alone, so that it is stepped at every pulse too. */
  readonly isTimed: boolean;
  init(actual?: Actual): State;
  /** The state that comes back is the one that went in when nothing in it changed. */
  step(state: State, input: In, time: NodeTime): readonly [State, Out];
};

/** The saved state where this node can go on from it, else a new one that starts from what the device does. */
export const carryState = <State extends NodeState, In, Out extends NodeOutput<unknown>>(
  node: Node<State, In, Out>,
  saved: NodeState | undefined,
  actual?: Actual,
): State => (saved?.v === node.version ? (saved as State) : node.init(actual));
