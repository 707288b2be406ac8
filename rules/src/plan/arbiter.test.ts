import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeviceValue, reasonOf } from '@phloem/protocol';
import type { Scalar } from '../expressions/scope.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import { toRuns } from '../testing/cases.ts';
import { arbitrate, requestLevels } from './arbiter.ts';
import type { RequestLevel, RequestSlot } from './request.ts';
import { device } from './testing.ts';

type Asked = { readonly level: RequestLevel; readonly value: Maybe<DeviceValue> };

const request = (level: RequestLevel, slot: number): RequestSlot => ({
  rule: `room/r${slot}`,
  device: 'room/fan',
  level,
  slot,
  asks: undefined,
  explain: () => reasonOf('rule/does-not-request', { rule: `room/r${slot}`, because: '' }),
  blockedBy: () => null,
  blockedBySlots: [],
  expressions: [],
  path: [],
});
const decide = (model: ReturnType<typeof device>, asked: readonly Asked[]) =>
  arbitrate(
    model,
    asked.map(({ level }, slot) => request(level, slot)),
    asked.map(({ value }): Maybe<Scalar> => value),
  );

const level = fc.constantFrom(...requestLevels);
const orNothing = (value: fc.Arbitrary<DeviceValue>): fc.Arbitrary<Maybe<DeviceValue>> =>
  fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: fc.constant(unknown) });
const drawn = fc.boolean().chain((isSwitch) => {
  const value: fc.Arbitrary<DeviceValue> = isSwitch ? fc.boolean() : fc.integer({ min: 0, max: 100 });
  const merge = isSwitch ? fc.constantFrom('any-on', 'all-on', 'mean') : fc.constantFrom('max', 'min', 'mean');
  return fc.record({
    model: fc
      .record({ merge, fallback: value })
      .map(({ merge: policy, fallback }) =>
        device('room/fan', { kind: isSwitch ? 'switch' : 'percent', merge: policy as 'max', fallback }),
      ),
    asked: fc.array(fc.record({ level, value: orNothing(value) }), { maxLength: 8 }),
    other: value,
  });
});

describe('arbitration', () => {
  it('takes the highest level that asks, merges within it alone, and falls back where nobody asks', () => {
    fc.assert(
      fc.property(drawn, ({ model, asked, other }) => {
        const { value, winners } = decide(model, asked);
        const asking = asked.filter((each) => each.value !== unknown);
        const top = requestLevels.find((each) => asking.some((one) => one.level === each));
        if (top === undefined) return value === model.fallback && winners.length === 0;
        const heard = asking.filter((each) => each.level === top).map((each) => Number(each.value));
        const [low, high] = [Math.min(...heard), Math.max(...heard)];
        const isMerged =
          model.merge === 'any-on' || model.merge === 'max'
            ? Number(value) === high
            : model.merge === 'all-on' || model.merge === 'min'
              ? Number(value) === low
              : Number(value) >= low && Number(value) <= high;
        // What a lower level says, louder or not at all, is not heard.
        const lower = asked.map((each) =>
          requestLevels.indexOf(each.level) > requestLevels.indexOf(top) ? { ...each, value: other } : each,
        );
        return (
          isMerged &&
          typeof value === typeof model.fallback &&
          decide(model, lower).value === value &&
          winners.every((winner) => winner.level === top)
        );
      }),
      toRuns('arbitration: levels and merging'),
    );
  });

  it('has one writer alone where the device lets only one write', () => {
    expect(decide(device('room/fan', { merge: 'exclusive' }), [{ level: 'control', value: true }]).value).toBe(true);
  });
});
