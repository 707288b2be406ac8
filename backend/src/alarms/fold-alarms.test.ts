import type { Entry } from '@phloem/protocol';
import type { AlarmPlan, EngineState } from '@phloem/rules';
import { expect, it } from 'vitest';
import { foldAlarms, startAlarmFold } from './fold-alarms.ts';

it('[VE4] alarms go past an entry of a kind that is not known, and evaluate nothing for it', () => {
  const stepped: number[] = [];
  const plan = {
    start: () => ({}) as EngineState,
    step: (state: EngineState, { lsn }: Entry) => {
      stepped.push(lsn);
      return { state, isNews: true };
    },
  } as unknown as AlarmPlan;
  const stamp = (lsn: number) => ({ lsn, at: lsn, up: lsn });
  const pulse: Entry = { ...stamp(1), kind: 'pulse' };
  const forecast = { ...stamp(2), kind: 'forecast' } as unknown as Entry;
  const first = foldAlarms(startAlarmFold(plan), pulse, () => null);
  const second = foldAlarms(first.fold, forecast, () => null);
  expect(second).toMatchObject({ isNews: false, fold: { lsn: 2 } });
  expect(stepped).toEqual([1]);
});
