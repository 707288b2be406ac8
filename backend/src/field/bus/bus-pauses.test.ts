import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { words, drive, up } from '../testing/drive-bus.ts';

describe('pauses that a bus and its units want', () => {
  const answered = { kind: 'answered', outcome: words } as const;

  it('[FB15] leaves a unit alone for its gap after each answer, and serves the others meanwhile', () => {
    const bus = up({ gapMs: (unit) => (unit === 1 ? 100 : 0) });
    const [first, second, other] = [bus.ask(0, 1), bus.ask(0, 1, 'write'), bus.ask(0, 2)];
    bus.give(10, answered);
    expect(bus.sent()).toEqual([first, other]);
    bus.give(20, answered);
    expect(bus.wake()).toBe(110);
    bus.give(109, { kind: 'woken' });
    expect(bus.sent()).toEqual([first, other]);
    bus.give(110, { kind: 'woken' });
    expect(bus.sent()).toEqual([first, other, second]);
  });

  it('[FB15] keeps the gap after a time-out too', () => {
    const bus = up({ gapMs: () => 100, answersLate: () => true });
    bus.ask(0, 1);
    const second = bus.ask(0, 1);
    bus.give(500, { kind: 'woken' });
    bus.give(510, { kind: 'opened' });
    expect(bus.sent()).not.toContain(second);
    bus.give(600, { kind: 'woken' });
    expect(bus.sent()).toContain(second);
  });

  it('[FB15] parts all requests of a bus by the gap of the line, and waits after connecting', () => {
    const bus = drive({ lineGapMs: 50, connectDelayMs: 1_000 });
    bus.give(0, { kind: 'started' });
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    bus.give(5, { kind: 'opened' });
    expect(bus.sent()).toEqual([]);
    bus.give(1_005, { kind: 'woken' });
    expect(bus.sent()).toEqual([first]);
    bus.give(1_010, answered);
    expect(bus.wake()).toBe(1_060);
    bus.give(1_060, { kind: 'woken' });
    expect(bus.sent()).toEqual([first, second]);
  });

  it('[FB15] gives every unit time to do what a broadcast says', () => {
    const bus = up({ broadcastDelayMs: 100 });
    const all = bus.write(0, 0);
    const next = bus.ask(0, 1);
    expect(bus.outcomeOf(all)).toEqual([{ kind: 'sent' }]);
    expect(bus.sent()).toEqual([all]);
    bus.give(100, { kind: 'woken' });
    expect(bus.sent()).toEqual([all, next]);
  });

  it('[FB15] polls a unit no more often than it wants; what switches and reads back does not wait for that', () => {
    const bus = up({ pollDistanceMs: () => 5_000 });
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 1, 'poll', 9_000)];
    bus.give(10, answered);
    const [write, readBack] = [bus.write(20, 1), bus.ask(20, 1, 'read-back')];
    bus.give(30, answered);
    bus.give(40, answered);
    expect(bus.sent()).toEqual([first, write, readBack]);
    bus.give(5_000, { kind: 'woken' });
    expect(bus.sent()).toEqual([first, write, readBack, second]);
  });

  it('[FB15] waits for the answer of a slow unit for as long as that one may take', () => {
    const bus = up({ answerMs: ({ unit }) => (unit === 1 ? millis(900) : null) });
    const slow = bus.ask(0, 1);
    bus.give(899, { kind: 'woken' });
    expect(bus.outcomeOf(slow)).toEqual([]);
    bus.give(900, { kind: 'woken' });
    expect(bus.outcomeOf(slow)).toMatchObject([{ code: 'modbus/timeout' }]);
  });

  it('[FB15] sends what is to be asked of a rested unit only when nothing was asked of it for so long', () => {
    const bus = up();
    const [first, rested] = [bus.ask(0, 1), bus.ask(0, 1, 'poll', 5_000, 300)];
    bus.give(10, answered);
    expect(bus.sent()).toEqual([first]);
    bus.give(310, { kind: 'woken' });
    expect(bus.sent()).toEqual([first, rested]);
  });

  it('[FB10] takes unit 0 for a unit like others where nothing is broadcast', () => {
    const bus = up({ isBroadcast: () => false });
    const write = bus.write(0, 0);
    expect(bus.outcomeOf(write)).toEqual([]);
    bus.give(5, { kind: 'answered', outcome: { kind: 'echoed' } });
    expect(bus.outcomeOf(write)).toEqual([{ kind: 'echoed' }]);
  });
});
