import { isUnknown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** What it is until one of its conditions says otherwise. */
export type HysteresisState = { readonly v: 1; readonly isOn: boolean };

/** The two conditions of a band, both as levels: to go on, and to go off. */
export type HysteresisInput = { readonly on: Maybe<boolean>; readonly off: Maybe<boolean> };

/** `isOn` is what it holds even while the answer is unknown; `isBetween` claims that neither condition holds. */
export type HysteresisOutput = NodeOutput<boolean> & { readonly isOn: boolean; readonly isBetween: boolean };

/**
 * On above one line, off below another, and what it was in between. When both conditions hold, which the compiler
 * refuses where it can see it, nothing changes. While either is unknown the answer is unknown, and what it was is kept.
 */
export const createHysteresis = (): Node<HysteresisState, HysteresisInput, HysteresisOutput> => ({
  type: 'hysteresis',
  version: 1,
  isTimed: false,
  init: (actual = false) => ({ v: 1, isOn: actual === true || (typeof actual === 'number' && actual > 0) }),
  step: (state, { on, off }) => {
    if (isUnknown(on) || isUnknown(off)) return [state, { value: unknown, isOn: state.isOn, isBetween: false }];
    const isOn = on === off ? state.isOn : on;
    return [isOn === state.isOn ? state : { v: 1, isOn }, { value: isOn, isOn, isBetween: !on && !off }];
  },
});
