import {
  type CommandReason,
  type DeviceId,
  type DeviceValue,
  type DocumentHash,
  type Lsn,
  renderReason,
  toNamedText,
} from '@phloem/protocol';
import type { EvaluationContext, Scalar } from '../expressions/scope.ts';
import { plain } from '../units/dimension.ts';
import { isUnknown, unknown, type Maybe, type NodeState } from '../nodes/node.ts';
import type { SetpointsState } from '../nodes/setpoints.ts';
import { toOffsetUnit } from '../units/parse-offset.ts';
import { arbitrate, requestLevels, type PlanArbiter } from './arbiter.ts';
import { createBehind, type Behind } from './behind.ts';
import type { SlotInfo } from './builder.ts';
import type { PlanInput } from './compile-inputs.ts';
import type { PlanStep } from './run.ts';
import type { BlockReason, RequestLevel, RequestSlot } from './request.ts';
import type { DeviceModel } from '../site-model.ts';

/** A value in a trace; null is unknown. */
export type TraceValue = Scalar | null;

/** All that a device's request rests on at one moment: what the sentence in `because` is drawn from. */
export type Explanation = {
  readonly device: DeviceId;
  readonly value: DeviceValue;
  /** One sentence, and what it is drawn from. */
  readonly because: string;
  readonly why: CommandReason;
  readonly rule: string | null;
  /** Who asks for what, from the highest level to the device's fallback. */
  readonly levels: readonly { readonly level: RequestLevel | 'manual' | 'fallback'; readonly requests: readonly TracedRequest[] }[];
  /** The rules that could have made it otherwise, and what kept them. */
  readonly blocked: readonly { readonly rule: string; readonly reason: BlockReason | 'outranked'; readonly because: string }[];
  /** What the hub says of the device itself: what it got, what it is, and the code of what holds it back. */
  readonly hub: { readonly applied: TraceValue; readonly actual: TraceValue; readonly held: string | null };
  /** Whose hand is on it: then what rules request waits. Who and why, and for how long still. */
  readonly hand: { readonly value: DeviceValue; readonly who: string; readonly leftMs: number } | null;
  /** The set-points behind it that an operator has moved. */
  readonly offsets: readonly TracedOffset[];
  readonly expressions: readonly TracedExpression[];
  /** Every operator with a memory behind it, with what it remembers. */
  readonly nodes: readonly { readonly id: string; readonly type: string; readonly state: NodeState }[];
  readonly inputs: readonly TracedInput[];
};

export type TracedRequest = { readonly rule: string | null; readonly value: DeviceValue; readonly wins: boolean };
export type TracedExpression = {
  readonly rule: string;
  readonly text: string;
  readonly parts: readonly { readonly from: number; readonly to: number; readonly text: string; readonly value: TraceValue }[];
};
export type TracedInput = {
  readonly name: string;
  readonly point: string;
  readonly value: TraceValue;
  /** The value as people read it, where it has a name: `heat (4)`. */
  readonly named?: string;
  readonly quality: string;
  /** Since it was reported; null when it never was. */
  readonly ageMs: number | null;
};

/** A set-point that an operator has moved by `delta` (in `unit`) to `value`: who and why, and for how long still. */
export type TracedOffset = {
  readonly setpoint: string;
  readonly delta: number;
  readonly unit: string;
  readonly value: TraceValue;
  readonly who: string;
  readonly leftMs: number;
};

/** The record of a switch, or of one that did not come. */
export type Trace = Explanation & {
  readonly v: 1;
  readonly traceId: string;
  readonly lsn: Lsn;
  readonly at: number;
  readonly bundle: DocumentHash;
  /** `changed`: another request. `released`: nobody asks any more. `blocked`: something began or ceased to keep a rule back. */
  readonly kind: 'changed' | 'released' | 'blocked';
  readonly from: DeviceValue;
  readonly to: DeviceValue;
};

/** What a moment's evidence is read from. */
export type Evidence = EvaluationContext & { readonly nodes: readonly NodeState[] };

/** The parts of a plan that explanations need. */
export type ExplainParts = {
  readonly steps: readonly PlanStep[];
  readonly slots: readonly SlotInfo[];
  readonly nodes: readonly { readonly id: string; readonly node: { readonly type: string } }[];
  readonly inputs: readonly PlanInput[];
};

/** Makes the function that gathers the evidence for a device. */
export const createExplain = (parts: ExplainParts): ((arbiter: PlanArbiter, evidence: Evidence) => Explanation) => {
  const slotById = new Map(parts.slots.map((slot, i) => [slot.id, i]));
  const behind = createBehind(parts);

  return (arbiter, evidence) => {
    const { device, requests } = arbiter;
    const { value, winners } = arbitrate(device, requests, evidence.values);
    const { why, rule } = arbiter.explain(evidence);
    const slotOf = (part: string): number => slotById.get(`device ${device.id} ${part}`) ?? -1;
    const read = (part: string): Maybe<Scalar> | undefined => evidence.values[slotOf(part)];
    const manual = toDeviceValue(read('manual'));
    const held = read('held');
    const sources = behind([arbiter.slot, ...requests.map((request) => request.slot)]);
    return {
      device: device.id,
      value,
      because: renderReason(why, toPlace(device)),
      why,
      rule,
      levels: toLevels(arbiter, evidence, manual, winners),
      blocked: toBlocked(arbiter, evidence, winners),
      hub: { applied: toTraced(read('applied')), actual: toTraced(read('actual')), held: typeof held === 'string' ? held : null },
      hand: manual === undefined ? null : toHand(manual, read('hand'), (evidence.reported[slotOf('manual')] ?? 0) - evidence.up),
      offsets: toOffsets(parts, slotById, sources, evidence),
      expressions: toExpressions(requests, evidence),
      nodes: toNodes(parts, sources, evidence),
      inputs: parts.inputs.filter(({ slot }) => sources.slots.has(slot)).map((input) => toInput(input, evidence)),
    };
  };
};

/** Where reasons are written: no reason of a rule names a moment. */
const toPlace = (device: DeviceModel) => ({ time: String, device });

const toLevels = (
  { device, requests }: PlanArbiter,
  { values }: Evidence,
  manual: DeviceValue | undefined,
  winners: readonly RequestSlot[],
): Explanation['levels'] => [
  { level: 'manual', requests: manual === undefined ? [] : [{ rule: null, value: manual, wins: true }] },
  ...requestLevels.map((level) => ({
    level,
    requests: requests.flatMap((request): TracedRequest[] => {
      const value = request.level === level ? toDeviceValue(values[request.slot]) : undefined;
      return value === undefined ? [] : [{ rule: request.rule, value, wins: manual === undefined && winners.includes(request) }];
    }),
  })),
  { level: 'fallback', requests: [{ rule: null, value: device.fallback, wins: manual === undefined && winners.length === 0 }] },
];

const toBlocked = ({ device, requests }: PlanArbiter, evidence: Evidence, winners: readonly RequestSlot[]): Explanation['blocked'] =>
  requests.flatMap((request) => {
    const asked = toDeviceValue(evidence.values[request.slot]);
    const reason = winners.includes(request) ? null : asked === undefined ? request.blockedBy(evidence) : 'outranked';
    return reason === null
      ? []
      : [{ rule: request.rule, reason, because: renderReason(request.explain(evidence, asked), toPlace(device)) }];
  });

const toHand = (value: DeviceValue, who: Maybe<Scalar> | undefined, leftMs: number): Explanation['hand'] => ({
  value,
  who: typeof who === 'string' ? who : 'somebody',
  leftMs: Math.max(0, leftMs),
});

/** The id of the document part that a node belongs to. */
const ownerOf = (nodeId: string): string => nodeId.slice(0, nodeId.lastIndexOf('#'));

const toOffsets = (
  { nodes, slots }: ExplainParts,
  slotById: ReadonlyMap<string, number>,
  sources: Behind,
  evidence: Evidence,
): readonly TracedOffset[] =>
  nodes.flatMap(({ id, node }, i): TracedOffset[] => {
    const setpoint = ownerOf(id);
    if (!node.type.startsWith('setpoints ') || !sources.steps.has(setpoint)) return [];
    const { adjust } = evidence.nodes[i] as SetpointsState;
    if (adjust === null) return [];
    const slot = slotById.get(setpoint) ?? -1;
    const unit = toOffsetUnit(slots[slot]?.dimension ?? plain);
    const { delta, who, untilUp } = adjust;
    return [{ setpoint, delta, unit, value: toTraced(evidence.values[slot]), who, leftMs: Math.max(0, untilUp - evidence.up) }];
  });

/** The conditions of all requests, each once for a rule. */
const toExpressions = (requests: readonly RequestSlot[], evidence: Evidence): readonly TracedExpression[] => {
  const seen = new Set<string>();
  return requests.flatMap((request) =>
    request.expressions.flatMap((expression) => {
      const key = `${request.rule} ${expression.text}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const parts = expression.trace(evidence).map((part) => ({ ...part, value: toTraced(part.value) }));
      return [{ rule: request.rule, text: expression.text, parts }];
    }),
  );
};

const toNodes = ({ nodes }: ExplainParts, sources: Behind, evidence: Evidence): Explanation['nodes'] =>
  nodes.flatMap(({ id, node }, i) => {
    const state = evidence.nodes[i];
    return state !== undefined && sources.steps.has(ownerOf(id)) ? [{ id, type: node.type, state }] : [];
  });

const toInput = (input: PlanInput, evidence: Evidence): TracedInput => {
  const reported = evidence.reported[input.slot] ?? null;
  return {
    name: input.name,
    point: input.point,
    value: toTraced(evidence.values[input.slot]),
    ...toNamed(input, evidence.values[input.slot]),
    quality: evidence.qualities[input.slot] || 'missing',
    ageMs: reported === null ? null : evidence.up - reported,
  };
};

const toNamed = ({ valueNames }: PlanInput, value: unknown): Pick<TracedInput, 'named'> => {
  const named = toNamedText(valueNames, value);
  return named === null ? {} : { named };
};

const toTraced = (value: Maybe<Scalar> | undefined): TraceValue => (value === undefined || isUnknown(value) ? null : value);

const toDeviceValue = (value: Maybe<Scalar> | undefined): DeviceValue | undefined =>
  value === unknown || value === undefined || typeof value === 'string' ? undefined : value;
