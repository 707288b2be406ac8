import { isUnknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** Stretches of the last while, each with the least and the greatest value in it. */
export type EnvelopeState = {
  readonly v: 1;
  readonly spans: readonly { readonly fromUp: number; readonly low: number; readonly high: number }[];
};

/** The least and the greatest value of the last while, the newest included. */
export type EnvelopeOutput = NodeOutput<number> & { readonly low: number; readonly high: number };

/** A while is kept in so many pieces: what was older than it by less than one piece may still count. */
const pieces = 8;

/**
 * What a value was between during the last `overMs`. Limits that follow a set-point are taken from it: what was right a
 * moment ago is not wrong at once because somebody has moved the set-point.
 */
export const createEnvelope = (overMs: number): Node<EnvelopeState, Maybe<number>, EnvelopeOutput> => {
  if (!(overMs >= 0)) throw new RangeError(`${overMs} is not a duration`);
  const pieceMs = overMs / pieces;
  return {
    type: 'envelope',
    version: 1,
    isTimed: true,
    init: () => ({ v: 1, spans: [] }),
    step: (state, input, { up }) => {
      const kept = state.spans.filter(({ fromUp }) => fromUp <= up && up - fromUp < overMs + pieceMs);
      const spans = isUnknown(input) ? kept : withValue(kept, input, up, pieceMs);
      const isSame = spans.length === state.spans.length && spans.every((span, i) => span === state.spans[i]);
      const values = isUnknown(input) ? [] : [input];
      const low = Math.min(...values, ...spans.map((span) => span.low));
      const high = Math.max(...values, ...spans.map((span) => span.high));
      return [isSame ? state : { v: 1, spans }, { value: input, low, high }];
    },
  };
};

const withValue = (spans: EnvelopeState['spans'], value: number, up: number, pieceMs: number): EnvelopeState['spans'] => {
  const last = spans.at(-1);
  if (last === undefined || up - last.fromUp >= pieceMs) return [...spans, { fromUp: up, low: value, high: value }];
  if (value >= last.low && value <= last.high) return spans;
  return [...spans.slice(0, -1), { ...last, low: Math.min(last.low, value), high: Math.max(last.high, value) }];
};
