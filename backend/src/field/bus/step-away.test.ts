import { millis, type LineSettings } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { plainTiming } from './bus-timing.ts';
import { stepBus, toWakeTime } from './bus-machine.ts';
import { idleBus, type BusEffect, type BusEvent, type BusPolicy, type BusState, type Priority } from './bus-state.ts';

const line: LineSettings = { baudRate: 19_200, parity: 'none' };
const policy: BusPolicy = {
  connectMs: millis(3_000),
  answerMs: millis(500),
  silenceMs: millis(1_000),
  answerMsAt: () => millis(520),
  usualMs: () => null,
  pauseAfter: () => millis(700),
  busyPause: () => millis(200),
  timing: plainTiming,
};
const words = { kind: 'words', values: [7] } as const;
const noise = { kind: 'mismatched', fault: 'checksum', why: 'a wrong checksum' } as const;

/** A line that has just left for another speed, for the first ticket. */
const leave = () => {
  let state: BusState = idleBus;
  let tickets = 0;
  const give = (now: number, event: BusEvent): readonly BusEffect[] => {
    const step = stepBus(state, event, now, policy);
    ({ state } = step);
    return step.effects;
  };
  const ask = (now: number, unit: number, at: LineSettings | null, priority: Priority = 'scan'): readonly BusEffect[] => {
    tickets += 1;
    const request = { function: 3, unit, address: 0, count: 1 } as const;
    return give(now, { kind: 'asked', ticket: tickets, request, priority, line: at, waitMs: millis(9_000) });
  };
  give(0, { kind: 'started' });
  give(0, { kind: 'opened' });
  const effects = ask(10, 3, line);
  return { give, ask, effects, state: () => state, step: () => (state.link.phase === 'away' ? state.link.step : state.link.phase) };
};
const kinds = (effects: readonly BusEffect[]): readonly string[] => effects.map(({ kind }) => kind);

describe('a line at another speed', () => {
  it('[FB14] hangs up, opens there, asks, hangs up and opens at its own, and only then says what came', () => {
    const bus = leave();
    expect(bus.effects).toEqual([{ kind: 'hang-up' }, { kind: 'dial', line, quietMs: 0 }]);
    expect(bus.give(20, { kind: 'opened' })).toMatchObject([{ kind: 'send', ticket: 1 }]);
    expect(bus.give(60, { kind: 'answered', outcome: words })).toEqual([{ kind: 'hang-up' }, { kind: 'dial', line: null, quietMs: 20 }]);
    expect(bus.give(90, { kind: 'opened' })).toMatchObject([{ kind: 'settle', ticket: 1, line, outcome: words, wireMs: 80 }]);
    expect(bus.state().link).toMatchObject({ phase: 'up', attempt: 0 });
  });

  it('[FB3] takes no answer that is read after its deadline', () => {
    const bus = leave();
    bus.give(20, { kind: 'opened' });
    bus.give(541, { kind: 'answered', outcome: words });
    const effects = bus.give(600, { kind: 'opened' });
    expect(effects).toMatchObject([{ kind: 'settle', outcome: { kind: 'failed', code: 'modbus/timeout', isSent: true } }]);
  });

  it.each<[string, BusEvent, number]>([
    ['nothing came', { kind: 'woken' }, 540],
    ['noise came', noise, 100],
    ['the line was lost', { kind: 'lost', why: 'unplugged' }, 100],
  ])('[FB5, FB14] waits an answer out before its own speed is used, when %s', (_what, event, now) => {
    const bus = leave();
    bus.give(20, { kind: 'opened' });
    expect(bus.give(now, event)).toEqual([{ kind: 'hang-up' }, { kind: 'dial', line: null, quietMs: 500 }]);
    expect(kinds(bus.give(now + 510, { kind: 'opened' }))).toEqual(['settle']);
  });

  it('[FB2, FB14] serves nobody meanwhile, and then a write before all others', () => {
    const bus = leave();
    expect([...bus.ask(11, 1, null, 'poll'), ...bus.ask(12, 4, line), ...bus.ask(13, 1, null, 'write')]).toEqual([]);
    bus.give(20, { kind: 'opened' });
    bus.give(60, { kind: 'answered', outcome: words });
    expect(bus.give(90, { kind: 'opened' })).toMatchObject([
      { kind: 'settle', ticket: 1 },
      { kind: 'send', ticket: 4 },
    ]);
    expect(bus.give(100, { kind: 'answered', outcome: { kind: 'words', values: [1] } })).toMatchObject([
      { kind: 'settle', ticket: 4 },
      { kind: 'send', ticket: 2 },
    ]);
    // Only now does nothing wait but the other probe.
    expect(kinds(bus.give(110, { kind: 'answered', outcome: words }))).toEqual(['settle', 'hang-up', 'dial']);
    expect(bus.step()).toBe('leaving');
  });

  it('[FB6, FB14] that does not come back is dialled as one that is gone', () => {
    const bus = leave();
    bus.give(20, { kind: 'opened' });
    bus.give(60, { kind: 'answered', outcome: words });
    expect(bus.give(3_060, { kind: 'woken' })).toMatchObject([{ kind: 'hang-up' }, { kind: 'settle', ticket: 1, outcome: words }]);
    expect(bus.state().link).toEqual({ phase: 'resting', attempt: 1, until: 3_760 });
    expect(bus.give(3_760, { kind: 'woken' })).toEqual([{ kind: 'dial', line: null, quietMs: null }]);
  });

  it('changes nothing by what does not fit its step, and is woken at its deadline', () => {
    const bus = leave();
    const stays = (now: number, events: readonly BusEvent[]): void => {
      for (const event of events) {
        const before = bus.state();
        expect([event.kind, bus.give(now, event)]).toEqual([event.kind, []]);
        expect(bus.state()).toEqual(before);
      }
    };
    const always = [{ kind: 'started' }, { kind: 'probed', pauseMs: millis(0) }, { kind: 'woken' }] as const;
    stays(15, [...always, { kind: 'answered', outcome: words }, noise, { kind: 'withdrawn' }]);
    expect(toWakeTime(bus.state())).toBe(3_010);
    bus.give(20, { kind: 'opened' });
    stays(25, [...always, { kind: 'opened' }]);
    expect(toWakeTime(bus.state())).toBe(540);
    bus.give(60, { kind: 'answered', outcome: words });
    stays(65, [...always, { kind: 'answered', outcome: words }, noise, { kind: 'withdrawn' }]);
    expect(toWakeTime(bus.state())).toBe(3_060);
  });
});
