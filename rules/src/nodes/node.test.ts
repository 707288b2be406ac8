import { expect, it } from 'vitest';
import { carryState, isUnknown, toKnown, unknown, type Node, type NodeOutput } from './node.ts';

type Count = { readonly v: 2; readonly count: number };
const counting: Node<Count, null, NodeOutput<number>> = {
  type: 'counting',
  version: 2,
  isTimed: false,
  init: (actual) => ({ v: 2, count: typeof actual === 'number' ? actual : 0 }),
  step: (state) => [{ v: 2, count: state.count + 1 }, { value: state.count + 1 }],
};

it('what is not a finite number is unknown, and unknown is nothing else', () => {
  for (const value of [Number.NaN, Infinity, -Infinity, unknown] as const) expect(isUnknown(toKnown(value))).toBe(true);
  for (const value of [0, -1.5, 1e300]) expect(toKnown(value)).toBe(value);
  expect(toKnown(-0)).toBe(0);
  for (const value of [null, undefined, 0, false, '', 'unknown']) expect(isUnknown(value)).toBe(false);
  expect(JSON.stringify({ unknown })).toBe('{}');
});

it('a state of the same schema goes on; any other starts from what the device does', () => {
  expect(carryState(counting, { v: 2, count: 7 } as Count, 3).count).toBe(7);
  expect(carryState(counting, { v: 1 }, 3).count).toBe(3);
  expect(carryState(counting, undefined, 3).count).toBe(3);
});
