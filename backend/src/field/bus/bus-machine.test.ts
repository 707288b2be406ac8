import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { BusRequest } from '../modbus/bus-request.ts';
import { plainTiming, type BusTiming } from './bus-timing.ts';
import { stepBus, toSilentUnits, toWakeTime } from './bus-machine.ts';
import { idleBus, type BusEffect, type BusEvent, type BusOutcome, type BusPolicy, type BusState, type Priority } from './bus-state.ts';

const plain: BusPolicy = {
  connectMs: millis(2_000),
  answerMs: millis(500),
  silenceMs: millis(0),
  answerMsAt: () => millis(520),
  usualMs: () => null,
  pauseAfter: (attempt) => millis(Math.min(30_000, 500 * 2 ** attempt)),
  busyPause: () => millis(200),
  timing: plainTiming,
};
const read = (unit: number): BusRequest => ({ function: 4, unit, address: 0, count: 1 });
const words: BusOutcome = { kind: 'words', values: [7] };

/** Drives the machine manually: each call is one event at one moment. */
const drive = (timing: Partial<BusTiming> = {}) => {
  const policy: BusPolicy = { ...plain, timing: { ...plainTiming, ...timing } };
  let state: BusState = idleBus;
  let tickets = 0;
  const told: BusEffect[] = [];
  const give = (now: number, event: BusEvent): readonly BusEffect[] => {
    const step = stepBus(state, event, now, policy);
    state = step.state;
    told.push(...step.effects);
    return step.effects;
  };
  const ask = (now: number, unit: number, priority: Priority = 'poll', waitMs = 5_000, restMs = 0): number => {
    tickets += 1;
    give(now, { type: 'asked', ticket: tickets, request: read(unit), priority, waitMs: millis(waitMs), restMs: millis(restMs) });
    return tickets;
  };
  const write = (now: number, unit: number): number => {
    tickets += 1;
    const request: BusRequest = { function: 6, unit, address: 0, values: [1] };
    give(now, { type: 'asked', ticket: tickets, request, priority: 'write', waitMs: millis(5_000) });
    return tickets;
  };
  return {
    give,
    ask,
    write,
    state: () => state,
    sent: () => told.flatMap((effect) => (effect.type === 'send' ? [effect.ticket] : [])),
    wake: () => toWakeTime(state, policy.timing),
    outcomeOf: (ticket: number) => told.flatMap((effect) => (effect.type === 'settle' && effect.ticket === ticket ? [effect.outcome] : [])),
  };
};

const up = (timing: Partial<BusTiming> = {}) => {
  const bus = drive(timing);
  bus.give(0, { type: 'started' });
  bus.give(0, { type: 'opened' });
  return bus;
};

describe('one request in flight', () => {
  it('[FB1] sends the next request only when the one before has ended', () => {
    const bus = up();
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    expect(bus.sent()).toEqual([first]);
    bus.give(10, { type: 'answered', outcome: words });
    expect(bus.sent()).toEqual([first, second]);
  });

  it('[FB2] serves by priority, and a write waits for the one request in flight only', () => {
    const bus = up();
    const flying = bus.ask(0, 1);
    const scan = bus.ask(0, 1, 'scan');
    const poll = bus.ask(0, 1, 'poll');
    const control = bus.ask(0, 1, 'control');
    const readBack = bus.ask(0, 1, 'read-back');
    const write = bus.ask(0, 1, 'write');
    const safe = bus.ask(0, 1, 'hub');
    for (let now = 1; now <= 7; now += 1) bus.give(now, { type: 'answered', outcome: words });
    expect(bus.sent()).toEqual([flying, safe, write, readBack, control, poll, scan]);
  });

  it('keeps the order of those of the same priority', () => {
    const bus = up();
    const tickets = [1, 2, 3, 4].map((unit) => bus.ask(0, unit));
    for (let now = 1; now <= 4; now += 1) bus.give(now, { type: 'answered', outcome: words });
    expect(bus.sent()).toEqual(tickets);
  });
});

describe('deadlines', () => {
  it('[FB3] ends a request without an answer, drops the connection and dials a new one for those that wait', () => {
    const bus = up();
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    expect(bus.give(499, { type: 'woken' })).toEqual([]);
    const effects = bus.give(500, { type: 'woken' });
    expect(effects.map((effect) => effect.type)).toEqual(['hang-up', 'settle', 'dial']);
    expect(bus.outcomeOf(first)).toMatchObject([{ kind: 'failed', code: 'modbus/timeout', isSent: true }]);
    bus.give(510, { type: 'opened' });
    expect(bus.sent()).toEqual([first, second]);
  });

  it('[FB3] ends a request that has waited too long for its turn, and says that it was not sent', () => {
    const bus = up();
    bus.ask(0, 1);
    const impatient = bus.ask(0, 2, 'poll', 100);
    expect(toWakeTime(bus.state())).toBe(100);
    bus.give(100, { type: 'woken' });
    expect(bus.outcomeOf(impatient)).toMatchObject([{ kind: 'failed', isSent: false }]);
  });

  it('[FB3] gives a dial up at its deadline', () => {
    const bus = drive();
    bus.give(0, { type: 'started' });
    bus.give(2_000, { type: 'woken' });
    expect(bus.state().link.phase).toBe('resting');
  });

  it('[FB3] leaves nobody waiting for a link that cannot come back in time', () => {
    const bus = drive();
    bus.give(0, { type: 'started' });
    const hopeless = bus.ask(0, 1, 'poll', 400);
    const patient = bus.ask(0, 1, 'poll', 4_000);
    bus.give(10, { type: 'lost', why: 'refused' });
    expect(bus.outcomeOf(hopeless)).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: false }]);
    expect(bus.outcomeOf(patient)).toEqual([]);
  });

  it('[FB3] settles everything when the bus is closed', () => {
    const bus = up();
    const [flying, waiting] = [bus.ask(0, 1), bus.ask(0, 2)];
    bus.give(1, { type: 'closed' });
    expect(bus.outcomeOf(flying)).toMatchObject([{ kind: 'failed', isSent: true }]);
    expect(bus.outcomeOf(waiting)).toMatchObject([{ kind: 'failed', isSent: false }]);
    expect(bus.outcomeOf(bus.ask(2, 1))).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: false }]);
  });
});

describe('a connection that cannot be trusted', () => {
  it('[FB4][FB5] an answer that does not fit ends its request, drops the connection and dials again', () => {
    const bus = up();
    const ticket = bus.ask(0, 1);
    const effects = bus.give(5, { type: 'mismatched', fault: 'mismatch', why: 'unit 2 answered' });
    expect(effects.map((effect) => effect.type)).toEqual(['hang-up', 'settle', 'dial']);
    expect(bus.outcomeOf(ticket)).toEqual([{ kind: 'failed', code: 'modbus/mismatch', why: 'unit 2 answered', isSent: true }]);
  });

  it('[FB5] an answer that nobody waits for poisons the connection too', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(1, { type: 'answered', outcome: words });
    expect(bus.give(2, { type: 'mismatched', fault: 'mismatch', why: 'a second answer' }).map((effect) => effect.type)).toEqual([
      'hang-up',
      'dial',
    ]);
  });

  it('[FB6] a peer that talks by itself at once is dialled after a pause, not in a loop', () => {
    const bus = up();
    expect(bus.give(1, { type: 'mismatched', fault: 'mismatch', why: 'noise' }).map((effect) => effect.type)).toEqual(['hang-up']);
    expect(bus.state().link).toMatchObject({ phase: 'resting', attempt: 1 });
  });
});

describe('reconnecting', () => {
  it('[FB6] pauses longer after each dial in vain, and starts again after a right answer', () => {
    const bus = drive();
    bus.give(0, { type: 'started' });
    let now = 0;
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      bus.give(now, { type: 'lost', why: 'refused' });
      const { link } = bus.state();
      if (link.phase !== 'resting') throw new Error('it does not rest');
      pauses.push(link.until - now);
      now = link.until;
      bus.give(now, { type: 'woken' });
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    bus.give(now, { type: 'opened' });
    bus.ask(now, 1);
    bus.give(now, { type: 'answered', outcome: words });
    bus.write(now, 1);
    bus.give(now, { type: 'lost', why: 'reset' });
    expect(bus.state().link).toMatchObject({ phase: 'resting', until: now + 500 });
  });

  it('[FB6] never dials while there is a connection or another dial', () => {
    const bus = up();
    const effects = [...bus.give(1, { type: 'started' }), ...bus.give(2, { type: 'opened' }), ...bus.give(3, { type: 'woken' })];
    expect(effects).toEqual([]);
  });
});

describe('the breaker of a unit', () => {
  /** Unit 9 fails three times; the link is up again afterwards. */
  const withDeadUnit = () => {
    const bus = up();
    for (let now = 0; now < 1_500; now += 500) {
      bus.ask(now, 9);
      bus.give(now + 500, { type: 'woken' });
      bus.give(now + 500, { type: 'opened' });
    }
    return bus;
  };

  it('[FB7] opens after three failures: the unit costs the bus nothing, the others go on', () => {
    const bus = withDeadUnit();
    expect(toSilentUnits(bus.state())).toEqual([9]);
    const refused = bus.ask(1_600, 9);
    expect(bus.outcomeOf(refused)).toMatchObject([{ kind: 'failed', code: 'modbus/timeout', isSent: false }]);
    const other = bus.ask(1_600, 1);
    expect(bus.sent()).toContain(other);
    expect(bus.sent()).not.toContain(refused);
  });

  it('[FB7] lets one probe through after 5 s, then rarer, 60 s at the most', () => {
    const bus = withDeadUnit();
    const probes: number[] = [];
    for (let now = 1_600; now < 1_200_000; now += 500) {
      const ticket = bus.ask(now, 9);
      if (!bus.sent().includes(ticket)) continue;
      probes.push(now);
      bus.give(now + 500, { type: 'woken' });
      bus.give(now + 500, { type: 'opened' });
    }
    const pauses = probes.slice(1).map((at, index) => at - (probes[index] ?? 0));
    expect(pauses[0]).toBeLessThanOrEqual(6_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(61_000);
    expect(pauses.at(-1)).toBeGreaterThan(50_000);
  });

  it('[FB7] lets a command through more often than the probes of a long silence', () => {
    const bus = withDeadUnit();
    let now = 10_000;
    const sentAt: number[] = [];
    for (; now < 610_000; now += 500) {
      const ticket = bus.ask(now, 9, 'write');
      if (!bus.sent().includes(ticket)) continue;
      sentAt.push(now);
      bus.give(now + 500, { type: 'woken' });
      bus.give(now + 500, { type: 'opened' });
    }
    expect(sentAt.length).toBeGreaterThan(600_000 / 6_500);
  });

  it('[FB7] closes with the first answer', () => {
    const bus = withDeadUnit();
    const probe = bus.ask(7_000, 9);
    bus.give(7_010, { type: 'answered', outcome: words });
    expect(bus.outcomeOf(probe)).toEqual([words]);
    expect(toSilentUnits(bus.state())).toEqual([]);
  });
});

describe('exceptions', () => {
  const answerWith = (code: number) => {
    const bus = up();
    const ticket = bus.ask(0, 1);
    bus.give(10, { type: 'answered', outcome: { kind: 'exception', code } });
    return { bus, ticket };
  };

  it.each([1, 2, 3, 4, 5])('[FB8] reports %i at once, without asking again', (code) => {
    const { bus, ticket } = answerWith(code);
    expect(bus.outcomeOf(ticket)).toEqual([{ kind: 'exception', code }]);
    expect(toSilentUnits(bus.state())).toEqual([]);
  });

  it('[FB8] asks a busy unit again after a pause, three times, while others are served', () => {
    const { bus, ticket } = answerWith(6);
    const other = bus.ask(20, 2);
    expect(bus.sent()).toEqual([ticket, other]);
    bus.give(30, { type: 'answered', outcome: words });
    for (const now of [210, 420, 630]) {
      bus.give(now, { type: 'woken' });
      expect(bus.outcomeOf(ticket)).toEqual([]);
      bus.give(now + 1, { type: 'answered', outcome: { kind: 'exception', code: 6 } });
    }
    expect(bus.sent().filter((sent) => sent === ticket)).toHaveLength(4);
    expect(bus.outcomeOf(ticket)).toEqual([{ kind: 'exception', code: 6 }]);
  });

  it.each([0x0a, 0x0b])('[FB8] takes %i for a dead unit behind a living gateway: the link stays', (code) => {
    const bus = up();
    for (let now = 0; now < 3; now += 1) {
      bus.ask(now, 1);
      bus.give(now, { type: 'answered', outcome: { kind: 'exception', code } });
    }
    expect(bus.state().link.phase).toBe('up');
    expect(toSilentUnits(bus.state())).toEqual([1]);
  });
});

describe('pauses that a bus and its units want', () => {
  const answered = { type: 'answered', outcome: words } as const;

  it('[FB15] leaves a unit alone for its gap after each answer, and serves the others meanwhile', () => {
    const bus = up({ gapMs: (unit) => (unit === 1 ? 100 : 0) });
    const [first, second, other] = [bus.ask(0, 1), bus.ask(0, 1, 'write'), bus.ask(0, 2)];
    bus.give(10, answered);
    expect(bus.sent()).toEqual([first, other]);
    bus.give(20, answered);
    expect(bus.wake()).toBe(110);
    bus.give(109, { type: 'woken' });
    expect(bus.sent()).toEqual([first, other]);
    bus.give(110, { type: 'woken' });
    expect(bus.sent()).toEqual([first, other, second]);
  });

  it('[FB15] keeps the gap after a time-out too', () => {
    const bus = up({ gapMs: () => 100, answersLate: () => true });
    bus.ask(0, 1);
    const second = bus.ask(0, 1);
    bus.give(500, { type: 'woken' });
    bus.give(510, { type: 'opened' });
    expect(bus.sent()).not.toContain(second);
    bus.give(600, { type: 'woken' });
    expect(bus.sent()).toContain(second);
  });

  it('[FB15] parts all requests of a bus by the gap of the line, and waits after connecting', () => {
    const bus = drive({ lineGapMs: 50, connectDelayMs: 1_000 });
    bus.give(0, { type: 'started' });
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    bus.give(5, { type: 'opened' });
    expect(bus.sent()).toEqual([]);
    bus.give(1_005, { type: 'woken' });
    expect(bus.sent()).toEqual([first]);
    bus.give(1_010, answered);
    expect(bus.wake()).toBe(1_060);
    bus.give(1_060, { type: 'woken' });
    expect(bus.sent()).toEqual([first, second]);
  });

  it('[FB15] gives every unit time to do what a broadcast says', () => {
    const bus = up({ broadcastDelayMs: 100 });
    const all = bus.write(0, 0);
    const next = bus.ask(0, 1);
    expect(bus.outcomeOf(all)).toEqual([{ kind: 'sent' }]);
    expect(bus.sent()).toEqual([all]);
    bus.give(100, { type: 'woken' });
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
    bus.give(5_000, { type: 'woken' });
    expect(bus.sent()).toEqual([first, write, readBack, second]);
  });

  it('[FB15] waits for the answer of a slow unit for as long as that one may take', () => {
    const bus = up({ answerMs: ({ unit }) => (unit === 1 ? millis(900) : null) });
    const slow = bus.ask(0, 1);
    bus.give(899, { type: 'woken' });
    expect(bus.outcomeOf(slow)).toEqual([]);
    bus.give(900, { type: 'woken' });
    expect(bus.outcomeOf(slow)).toMatchObject([{ code: 'modbus/timeout' }]);
  });

  it('[FB15] sends what is to be asked of a rested unit only when nothing was asked of it for so long', () => {
    const bus = up();
    const [first, rested] = [bus.ask(0, 1), bus.ask(0, 1, 'poll', 5_000, 300)];
    bus.give(10, answered);
    expect(bus.sent()).toEqual([first]);
    bus.give(310, { type: 'woken' });
    expect(bus.sent()).toEqual([first, rested]);
  });

  it('[FB10] takes unit 0 for a unit like others where nothing is broadcast', () => {
    const bus = up({ isBroadcast: () => false });
    const write = bus.write(0, 0);
    expect(bus.outcomeOf(write)).toEqual([]);
    bus.give(5, { type: 'answered', outcome: { kind: 'echoed' } });
    expect(bus.outcomeOf(write)).toEqual([{ kind: 'echoed' }]);
  });
});

describe('a connection that ends while nothing is wrong', () => {
  it('[FB6] is no fault when nothing was asked: it is dialled again when something is', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(10, { type: 'answered', outcome: words });
    expect(bus.give(2_000, { type: 'lost', why: 'the peer closed the connection' })).toEqual([{ type: 'hang-up' }]);
    expect(bus.state()).toMatchObject({ link: { phase: 'idle' }, brokenSince: null });
    const next = bus.ask(5_000, 1);
    expect(bus.state().link).toMatchObject({ phase: 'dialing', attempt: 0 });
    bus.give(5_010, { type: 'opened' });
    expect(bus.sent()).toContain(next);
  });

  it('[FB6] asks a read once more on a new connection, and no more than once', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(10, { type: 'answered', outcome: words });
    const ticket = bus.ask(20, 1);
    bus.give(25, { type: 'lost', why: 'reset' });
    expect(bus.outcomeOf(ticket)).toEqual([]);
    bus.give(30, { type: 'opened' });
    expect(bus.sent().filter((sent) => sent === ticket)).toHaveLength(2);
    bus.give(35, { type: 'lost', why: 'reset' });
    expect(bus.outcomeOf(ticket)).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: true }]);
    expect(bus.state().link.phase).toBe('resting');
  });

  it('[FB6] never sends a write twice', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(10, { type: 'answered', outcome: words });
    const write = bus.write(20, 1);
    bus.give(25, { type: 'lost', why: 'reset' });
    expect(bus.outcomeOf(write)).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: true }]);
    expect(bus.sent().filter((sent) => sent === write)).toHaveLength(1);
  });

  it('[FB6] dials after a pause where the peer ends every new connection before it has answered', () => {
    const bus = drive({ connectDelayMs: 100 });
    bus.give(0, { type: 'started' });
    bus.ask(0, 1);
    bus.give(0, { type: 'opened' });
    bus.give(10, { type: 'lost', why: 'closed' });
    expect(bus.state().link).toMatchObject({ phase: 'resting', attempt: 1 });
  });

  it('[FB5] a unit that was given up costs no connection on which others are answered, and a dead line is still noticed', () => {
    const bus = up({ answersLate: () => true });
    for (let now = 0; now < 1_500; now += 500) {
      bus.ask(now, 9);
      bus.give(now + 500, { type: 'woken' });
      bus.give(now + 500, { type: 'opened' });
    }
    bus.ask(6_990, 1);
    bus.give(7_000, { type: 'answered', outcome: words });
    const probe = bus.ask(7_000, 9);
    expect(bus.give(7_500, { type: 'woken' }).map(({ type }) => type)).toEqual(['settle']);
    expect(bus.outcomeOf(probe)).toMatchObject([{ code: 'modbus/timeout' }]);
    expect(bus.state().link).toMatchObject({ phase: 'up', isProven: false });
    // Without a right answer in between the next time-out drops it.
    bus.ask(20_000, 9);
    expect(bus.give(20_500, { type: 'woken' }).map(({ type }) => type)).toEqual(['hang-up', 'settle', 'dial']);
  });
});

describe('what does not belong', () => {
  it('changes nothing in a phase that it does not fit', () => {
    const resting = drive();
    resting.give(0, { type: 'started' });
    resting.give(0, { type: 'lost', why: 'refused' });
    for (const event of [
      { type: 'opened' },
      { type: 'answered', outcome: words },
      { type: 'mismatched', fault: 'mismatch', why: '' },
      { type: 'lost', why: '' },
      { type: 'withdrawn' },
    ] as const) {
      const before = resting.state();
      expect(resting.give(1, event)).toEqual([]);
      expect(resting.state()).toEqual(before);
    }
  });

  it('withdraws a request whose guard said no, and serves the next', () => {
    const bus = up();
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    bus.give(0, { type: 'withdrawn' });
    expect(bus.outcomeOf(first)).toEqual([{ kind: 'withdrawn' }]);
    expect(bus.sent()).toEqual([first, second]);
  });
});
