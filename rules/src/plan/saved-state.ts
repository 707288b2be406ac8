import { canonicalJson, Fault } from '@phloem/protocol';
import type { Scalar } from '../expressions/scope.ts';
import { carryState, isUnknown, unknown, type Maybe, type NodeState } from '../nodes/node.ts';
import type { EngineParts } from './engine.ts';
import { EngineState } from './memory.ts';

/** How a state came from one plan to another. */
export type HandOver = {
  /** Nodes that go on from what they remembered. */
  readonly carried: readonly string[];
  /** Nodes that are new, or are something else now: they start from what the device does. */
  readonly fresh: readonly string[];
  /** Nodes that are gone. */
  readonly dropped: readonly string[];
};

/** What a saved state belongs to: another bundle, site or engine has other states. */
export type StateOwner = { readonly engine: string; readonly hash: string; readonly parts: EngineParts };

/** What people have been shown, beside the state itself; unknown to other plans. */
export type Told = readonly (Scalar | null)[];

type SavedNode = { readonly type: string; readonly state: NodeState };
type Saved = {
  readonly v: 1;
  readonly engine: string;
  readonly owner: string;
  readonly lsn: number;
  readonly up: number;
  readonly at: number;
  readonly ticked: number | null;
  readonly told: Told;
  /** By the slot's id; an unknown value is left out. */
  readonly values: Readonly<Record<string, Scalar>>;
  readonly reported: Readonly<Record<string, number>>;
  readonly qualities: Readonly<Record<string, string>>;
  readonly nodes: Readonly<Record<string, SavedNode>>;
};

/** The state as canonical JSON: equal states give equal texts, whatever machine they were made on. */
export const saveState = (state: EngineState, { engine, hash, parts }: StateOwner): string => {
  const { values, reported, qualities, nodes, told } = state.arena;
  const byId = <T>(values: readonly T[], isKept: (value: T) => boolean): Record<string, T> => {
    const out: Record<string, T> = {};
    for (const [i, { id }] of parts.slots.entries()) {
      const value = values[i];
      if (value !== undefined && isKept(value)) out[id] = value;
    }
    return out;
  };
  return canonicalJson({
    v: 1,
    engine,
    owner: hash,
    lsn: state.lsn,
    up: state.up,
    at: state.at,
    ticked: state.ticked,
    told,
    values: byId(values, (value) => !isUnknown(value)),
    reported: byId(reported, (since) => since !== null),
    qualities: byId(qualities, (quality) => quality !== ''),
    nodes: Object.fromEntries(parts.nodes.map(({ id, node }, i) => [id, { type: node.type, state: nodes[i] }])),
  });
};

/**
 * The state that was saved.
 *
 * @throws Fault `store/damaged` when the text is no state of this owner.
 */
export const restoreState = (text: string, { engine, hash, parts }: StateOwner): EngineState => {
  const saved = parseSaved(text);
  const isOurs = saved !== undefined && saved.engine === engine && saved.owner === hash;
  const nodes = isOurs ? parts.nodes.map(({ id, node }) => ({ node, saved: toOwn(saved.nodes, id) })) : [];
  if (!isOurs || nodes.some(({ node, saved: own }) => own?.type !== node.type || own.state.v !== node.version)) {
    throw new Fault('store/damaged', 'the saved state is not one of this bundle, site and engine');
  }
  const arena = {
    told: [...saved.told],
    values: parts.slots.map(({ id }): Maybe<Scalar> => toOwn(saved.values, id) ?? unknown),
    reported: parts.slots.map(({ id }) => toOwn(saved.reported, id) ?? null),
    qualities: parts.slots.map(({ id }) => toOwn(saved.qualities, id) ?? ''),
    nodes: nodes.map(({ node, saved: own }) => carryState(node, own?.state)),
  };
  return new EngineState(arena, saved);
};

/**
 * The state of another plan, taken over as far as it fits: readings and devices as they were last known, and what each
 * node remembers where a node of the same id and type is there again. A new node starts from what its device does.
 *
 * @throws Fault `store/damaged` when the text is no state at all, or one of another engine.
 */
export const handOverState = (
  text: string,
  { engine, parts }: StateOwner,
  told: Told,
  actualOf: (nodeId: string, values: readonly Maybe<Scalar>[]) => boolean | number | undefined,
): { readonly state: EngineState; readonly handOver: HandOver } => {
  const saved = parseSaved(text);
  if (saved === undefined || saved.engine !== engine) throw new Fault('store/damaged', 'the saved state is not one of this engine');
  const inputs = new Set(parts.inputs.map((input) => input.slot));
  const isReported = (slot: number): boolean => inputs.has(slot) || parts.slots[slot]?.device !== undefined;
  const values = parts.slots.map(({ id, initial }, i) => (isReported(i) ? (toOwn(saved.values, id) ?? initial) : initial));
  const carried: string[] = [];
  const begun: string[] = [];
  const nodes = parts.nodes.map(({ id, node }) => {
    const own = toOwn(saved.nodes, id);
    const isCarried = own?.type === node.type && own.state.v === node.version;
    (isCarried ? carried : begun).push(id);
    return isCarried ? own.state : node.init(actualOf(id, values));
  });
  const known = new Set(parts.nodes.map(({ id }) => id));
  const dropped = Object.keys(saved.nodes).filter((id) => !known.has(id));
  const arena = {
    told: [...told],
    values,
    reported: parts.slots.map(({ id }, i) => (isReported(i) ? (toOwn(saved.reported, id) ?? null) : null)),
    qualities: parts.slots.map(({ id }, i) => (isReported(i) ? (toOwn(saved.qualities, id) ?? '') : '')),
    nodes,
  };
  const { lsn, up, at } = saved;
  // Nothing has ticked yet: every step runs at the first entry, so that what is derived is worked out again.
  return { state: new EngineState(arena, { lsn, up, at, ticked: null }), handOver: { carried, fresh: begun, dropped } };
};

const toOwn = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

const parseSaved = (text: string): Saved | undefined => {
  try {
    const saved = JSON.parse(text) as Partial<Saved> | null;
    const isWhole =
      saved?.v === 1 && [saved.values, saved.reported, saved.qualities, saved.nodes].every((part) => typeof part === 'object');
    return isWhole && Array.isArray(saved.told) ? (saved as Saved) : undefined;
  } catch {
    // Not JSON is as good as not there: the caller learns that the state cannot be read.
    return undefined;
  }
};
