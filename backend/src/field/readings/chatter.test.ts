import { describe, expect, it } from 'vitest';
import { noChatter, stepChatter, type Chatter } from './chatter.ts';
import type { AlarmDraft } from './field-alarms.ts';

const draft = (alarm: string, state: AlarmDraft['state']): AlarmDraft => ({
  kind: 'alarm',
  alarm,
  state,
  priority: 'P2',
  by: { kind: 'hub' },
});

/** What passes when these happen at these seconds. */
const run = (...events: readonly (readonly [second: number, ...drafts: AlarmDraft[]])[]): readonly string[] => {
  let state: Chatter = noChatter;
  return events.flatMap(([second, ...drafts]) => {
    const step = stepChatter(state, drafts, second * 1_000);
    state = step.state;
    return step.drafts.map((one) => `${second} ${one.alarm} ${one.state}`);
  });
};
const [on, off] = [draft('bus/line', 'active'), draft('bus/line', 'cleared')];

describe('an alarm that comes and goes', () => {
  it('passes as it is for two times', () => {
    expect(run([0, on], [10, off], [20, on], [30, off])).toEqual([
      '0 bus/line active',
      '10 bus/line cleared',
      '20 bus/line active',
      '30 bus/line cleared',
    ]);
  });

  it('stands from its third time until its cause has been gone for a minute', () => {
    const often = Array.from({ length: 40 }, (_, index) => [index * 10, index % 2 === 0 ? on : off] as const);
    expect(run(...often, [440], [449], [450])).toEqual([
      '0 bus/line active',
      '10 bus/line cleared',
      '20 bus/line active',
      '30 bus/line cleared',
      '40 bus/line active',
      '450 bus/line cleared',
    ]);
  });

  it('is one that comes and goes quickly: twice a day is as it is', () => {
    const rarely = Array.from({ length: 8 }, (_, index) => [index * 3_600, index % 2 === 0 ? on : off] as const);
    expect(run(...rarely)).toHaveLength(8);
  });

  it('holds no other alarm back', () => {
    const other = draft('bus/line/unit/3', 'active');
    expect(run([0, on], [1, off], [2, on], [3, off], [4, on], [5, off, other]).at(-1)).toBe('5 bus/line/unit/3 active');
  });

  it('lets what may be left over from before a restart be cleared', () => {
    expect(run([0, off])).toEqual(['0 bus/line cleared']);
  });
});
