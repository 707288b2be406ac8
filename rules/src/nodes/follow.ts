import { isUnknown, unknown, type Actual, type Maybe, type Node, type NodeOutput } from './node.ts';

/** How a device is compared with what a loop asks of it. */
export type FollowParams = {
  /** In per cent: a device this close to its request has it, whatever its registers can resolve. */
  readonly tolerance: number;
  /** A difference that lasts less than this is a request on its way. */
  readonly graceMs: number;
  /** For a switch that is pulsed: the time over which requested and applied pulses are averaged. */
  readonly periodMs: number | null;
};

/** `share` is what the loop means, in per cent; `asked` what it asks for now; `got` what the device has. */
export type FollowInput = { readonly share: Maybe<number>; readonly asked: Maybe<Actual>; readonly got: Maybe<Actual> };

/** Since when the device differs; for a pulsed switch the two averages, from 0 to 1. */
export type FollowState = {
  readonly v: 1;
  readonly sinceUp: number | null;
  readonly asked: number | null;
  readonly got: number | null;
  readonly up: number | null;
};

/** `value` is the share that the device really has, unknown where nobody says; `isAsAsked` claims that it is the one requested. */
export type FollowOutput = NodeOutput<number> & { readonly isAsAsked: boolean };

/**
 * What a device really makes of a request, no matter who stands between: an interlock, a minimum time, a slew limit, an override,
 * another rule, a device that does not follow, a fail-safe. A controller tracks this value, so that nothing winds it up.
 */
export const createFollow = (params: FollowParams): Node<FollowState, FollowInput, FollowOutput> => ({
  type: 'follow',
  version: 1,
  isTimed: true,
  init: () => ({ v: 1, sinceUp: null, asked: null, got: null, up: null }),
  step: (state, input, { up }) => (params.periodMs === null ? followValue : followPulses)(params, state, input, up),
});

type Follow = (params: FollowParams, state: FollowState, input: FollowInput, up: number) => readonly [FollowState, FollowOutput];

const followValue: Follow = ({ tolerance, graceMs }, state, { asked, got }, up) => {
  if (isUnknown(got)) return [state.sinceUp === null ? state : { ...state, sinceUp: null }, { value: unknown, isAsAsked: false }];
  const has = toShare(got);
  if (!isUnknown(asked) && Math.abs(toShare(asked) - has) <= tolerance) {
    return [state.sinceUp === null ? state : { ...state, sinceUp: null }, { value: has, isAsAsked: true }];
  }
  const sinceUp = state.sinceUp ?? up;
  return [
    state.sinceUp === sinceUp ? state : { ...state, sinceUp },
    { value: has, isAsAsked: !isUnknown(asked) && up - sinceUp < graceMs },
  ];
};

const followPulses: Follow = ({ tolerance, periodMs }, state, { share, asked, got }, up) => {
  if (isUnknown(got))
    return [
      { v: 1, sinceUp: null, asked: null, got: null, up },
      { value: unknown, isAsAsked: false },
    ];
  if (isUnknown(share) || isUnknown(asked)) {
    return [
      { v: 1, sinceUp: null, asked: null, got: null, up },
      { value: toShare(got), isAsAsked: false },
    ];
  }
  const sinceMs = state.up === null ? 0 : Math.max(0, up - state.up);
  const part = 1 - Math.exp(-sinceMs / (periodMs ?? 1));
  const before = { asked: state.asked ?? share / 100, got: state.got ?? share / 100 };
  const next: FollowState = {
    v: 1,
    sinceUp: null,
    asked: before.asked + (toShare(asked) / 100 - before.asked) * part,
    got: before.got + (toShare(got) / 100 - before.got) * part,
    up,
  };
  const lack = ((next.got ?? 0) - (next.asked ?? 0)) * 100;
  return [next, { value: Math.min(100, Math.max(0, share + lack)), isAsAsked: Math.abs(lack) <= tolerance }];
};

const toShare = (value: Actual): number => (typeof value === 'boolean' ? (value ? 100 : 0) : value);
