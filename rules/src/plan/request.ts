import type { DeviceValue, RuleReason } from '@phloem/protocol';
import type { Path } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import type { EvaluationContext } from '../expressions/scope.ts';

/** How loud a rule asks; what is above (interlock, manual) and below (fallback) belongs to the hub. */
export type RequestLevel = 'protect' | 'control' | 'schedule';

/** What a rule or loop may ask of a device; the slot holds what it asks now, or unknown when it asks nothing. */
export type RequestSlot = {
  readonly rule: string;
  readonly device: string;
  readonly level: RequestLevel;
  readonly slot: number;
  /** What it asks for when it asks, where that is always the same. */
  readonly asks: DeviceValue | undefined;
  /** Why it asks for a value, or why it asks for nothing, as of the evaluation. */
  readonly explain: (evaluation: EvaluationContext, value: DeviceValue | undefined) => RuleReason;
  /** What keeps a rule from asking for something else than it does; null where its condition alone decides. */
  readonly blockedBy: (evaluation: EvaluationContext) => BlockReason | null;
  /** The slots by which `blockedBy` answers. */
  readonly blockedBySlots: readonly number[];
  /** The conditions behind it, for the trace. */
  readonly expressions: readonly Expression[];
  /** Where the document names the device. */
  readonly path: Path;
};

/** Why a rule does not do otherwise: a time still runs, it is between its lines, it does not know, or `unless` stops it. */
export type BlockReason = 'pending' | 'hysteresis-band' | 'unknown' | 'stopped';
