import { describe, expect, it } from 'vitest';
import { stepStall, type StallLook, type StallState } from './hub-stalled.ts';

const calm: StallState = { isActive: false, lastUp: 0 };

/** The states of the alarm after each look, and how many changes were recorded. */
const run = (looks: readonly StallLook[]): { readonly states: readonly boolean[]; readonly changes: readonly string[] } => {
  let state = calm;
  const states: boolean[] = [];
  const changes: string[] = [];
  for (const look of looks) {
    const step = stepStall(state, look, 1000);
    ({ state } = step);
    states.push(state.isActive);
    for (const draft of step.drafts) if (draft.kind === 'alarm') changes.push(`${draft.alarm} ${draft.state} ${draft.priority}`);
  }
  return { states, changes };
};

describe('a process that is held up', () => {
  it('[AL3] raises the alarm at its limit, not below', () => {
    expect(run([{ up: 1000, lateMs: 999 }]).changes).toEqual([]);
    expect(run([{ up: 1000, lateMs: 1000 }]).changes).toEqual(['hub/stalled active P3']);
  });

  it('[AL3] clears it after a minute below half of the limit', () => {
    const { states, changes } = run([
      { up: 1000, lateMs: 2000 },
      { up: 30_000, lateMs: 0 },
      { up: 60_999, lateMs: 499 },
      { up: 61_000, lateMs: 0 },
    ]);
    expect(states).toEqual([true, true, true, false]);
    expect(changes).toEqual(['hub/stalled active P3', 'hub/stalled cleared P3']);
  });

  it('[AL3] does not chatter while it is held up again and again', () => {
    const looks = Array.from({ length: 100 }, (_, index) => ({ up: index * 30_000, lateMs: index % 2 === 0 ? 1500 : 600 }));
    expect(run(looks).changes).toEqual(['hub/stalled active P3']);
  });
});
