import { millis, type BusStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { BusOutcome } from '../bus/bus-state.ts';
import type { PollBlock } from '../poll/block-plan.ts';
import { noAlarms, stepAlarms, type AlarmEvent, type FieldAlarms } from './field-alarms.ts';

const status = (state: BusStatus['state'], ...silentUnits: number[]): AlarmEvent => ({
  type: 'status',
  status: { bus: 'line', state, silentUnits, cycleMs: null },
  units: [1, 2],
});
const block: PollBlock = { bus: 'line', unit: 2, function: 4, address: 40, count: 2, intervalMs: millis(1000), items: [] };
const polled = (outcome: BusOutcome): AlarmEvent => ({ type: 'polled', polled: { block, outcome, skipped: 0 } });
const good: BusOutcome = { kind: 'words', values: [1, 2] };

/** What is told of each event: the alarm and its state. */
const run = (...events: readonly AlarmEvent[]): readonly (readonly string[])[] => {
  let state: FieldAlarms = noAlarms;
  return events.map((event) => {
    const step = stepAlarms(state, event);
    state = step.state;
    return step.drafts.map((draft) => `${draft.alarm} ${draft.state}`);
  });
};

describe('alarms of the field', () => {
  it('[FB7] tell a unit that falls silent once, and once that it is back', () => {
    const [, first, again, back] = run(status('up'), status('partial', 2), status('partial', 2), status('up'));
    expect(first).toEqual(['bus/line/unit/2 active']);
    expect(again).toEqual([]);
    expect(back).toEqual(['bus/line/unit/2 cleared']);
  });

  it('tell a line that is down, and say nothing of its units meanwhile', () => {
    const [, down, back] = run(status('up'), status('down', 1, 2), status('partial', 2));
    expect(down).toEqual(['bus/line active']);
    expect(back).toEqual(['bus/line cleared', 'bus/line/unit/2 active']);
  });

  it('clear what may be left over from before a restart', () => {
    expect(run(status('up'))[0]).toEqual(['bus/line cleared', 'bus/line/unit/1 cleared', 'bus/line/unit/2 cleared']);
  });

  it.each([1, 2, 3])('[FB8] take exception %i for a fault of the configuration, with what to look for', (code) => {
    const step = stepAlarms(noAlarms, polled({ kind: 'exception', code }));
    expect(step.drafts).toMatchObject([{ alarm: 'bus/line/unit/2/input/40', state: 'active', priority: 'P3' }]);
    expect(step.drafts[0]?.reason).toContain(`0${code}: `);
    expect(stepAlarms(step.state, polled(good)).drafts).toMatchObject([{ state: 'cleared' }]);
  });

  it.each([4, 5, 6, 0x0a, 0x0b])('[FB8] take exception %i for no fault of the configuration', (code) => {
    expect(run(polled({ kind: 'exception', code }))[0]).toEqual([]);
  });

  it('say nothing of the configuration when a unit does not answer', () => {
    expect(run(polled({ kind: 'failed', code: 'modbus/timeout', why: '', isSent: true }))[0]).toEqual([]);
  });
});
