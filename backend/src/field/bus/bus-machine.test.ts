import { describe, expect, it } from 'vitest';
import { toSilentUnits, toWakeTime } from './bus-machine.ts';
import type { BusOutcome } from './bus-outcome.ts';
import { words, drive, up } from '../testing/drive-bus.ts';

describe('one request in flight', () => {
  it('[FB1] sends the next request only when the one before has ended', () => {
    const bus = up();
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    expect(bus.sent()).toEqual([first]);
    bus.give(10, { kind: 'answered', outcome: words });
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
    for (let now = 1; now <= 7; now += 1) bus.give(now, { kind: 'answered', outcome: words });
    expect(bus.sent()).toEqual([flying, safe, write, readBack, control, poll, scan]);
  });

  it('keeps the order of those of the same priority', () => {
    const bus = up();
    const tickets = [1, 2, 3, 4].map((unit) => bus.ask(0, unit));
    for (let now = 1; now <= 4; now += 1) bus.give(now, { kind: 'answered', outcome: words });
    expect(bus.sent()).toEqual(tickets);
  });
});

describe('deadlines', () => {
  it('[FB3] ends a request without an answer, drops the connection and dials a new one for those that wait', () => {
    const bus = up();
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    expect(bus.give(499, { kind: 'woken' })).toEqual([]);
    const effects = bus.give(500, { kind: 'woken' });
    expect(effects.map((effect) => effect.kind)).toEqual(['hang-up', 'settle', 'dial']);
    expect(bus.outcomeOf(first)).toMatchObject([{ kind: 'failed', code: 'modbus/timeout', isSent: true }]);
    bus.give(510, { kind: 'opened' });
    expect(bus.sent()).toEqual([first, second]);
  });

  it('[FB3] ends a request that has waited too long for its turn, and says that it was not sent', () => {
    const bus = up();
    bus.ask(0, 1);
    const impatient = bus.ask(0, 2, 'poll', 100);
    expect(toWakeTime(bus.state())).toBe(100);
    bus.give(100, { kind: 'woken' });
    expect(bus.outcomeOf(impatient)).toMatchObject([{ kind: 'failed', isSent: false }]);
  });

  it('[FB3] gives a dial up at its deadline', () => {
    const bus = drive();
    bus.give(0, { kind: 'started' });
    bus.give(2_000, { kind: 'woken' });
    expect(bus.state().link.phase).toBe('resting');
  });

  it('[FB3] leaves nobody waiting for a link that cannot come back in time', () => {
    const bus = drive();
    bus.give(0, { kind: 'started' });
    const hopeless = bus.ask(0, 1, 'poll', 400);
    const patient = bus.ask(0, 1, 'poll', 4_000);
    bus.give(10, { kind: 'lost', why: 'refused' });
    expect(bus.outcomeOf(hopeless)).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: false }]);
    expect(bus.outcomeOf(patient)).toEqual([]);
  });

  it('[FB3] settles everything when the bus is closed', () => {
    const bus = up();
    const [flying, waiting] = [bus.ask(0, 1), bus.ask(0, 2)];
    bus.give(1, { kind: 'closed' });
    expect(bus.outcomeOf(flying)).toMatchObject([{ kind: 'failed', isSent: true }]);
    expect(bus.outcomeOf(waiting)).toMatchObject([{ kind: 'failed', isSent: false }]);
    expect(bus.outcomeOf(bus.ask(2, 1))).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: false }]);
  });
});

describe('an answer that is read after its deadline', () => {
  it('[FB3] is no value, though no timer has run: the read is asked again on the same connection', () => {
    const bus = up();
    const ticket = bus.ask(0, 1);
    const effects = bus.give(501, { kind: 'answered', outcome: words });
    expect(effects.map(({ kind }) => kind)).toEqual(['retry', 'send']);
    expect(bus.outcomeOf(ticket)).toEqual([]);
    expect(bus.state().link.phase).toBe('up');
    const fresh: BusOutcome = { kind: 'words', values: [8] };
    bus.give(510, { kind: 'answered', outcome: fresh });
    expect(bus.outcomeOf(ticket)).toEqual([fresh]);
    expect(bus.state().breakers.size).toBe(0);
  });

  it('[FB3] ends the read as a time-out when the second answer is read too late as well', () => {
    const bus = up();
    const ticket = bus.ask(0, 1);
    bus.give(700, { kind: 'answered', outcome: words });
    bus.give(1_400, { kind: 'answered', outcome: words });
    expect(bus.outcomeOf(ticket)).toMatchObject([{ kind: 'failed', code: 'modbus/timeout', isSent: true }]);
  });

  it('[FB3] ends the read as a time-out when nobody waits for it any more, after an hour for instance', () => {
    const bus = up();
    const ticket = bus.ask(0, 1);
    bus.give(3_600_000, { kind: 'answered', outcome: words });
    expect(bus.outcomeOf(ticket)).toMatchObject([{ kind: 'failed', code: 'modbus/timeout', isSent: true }]);
    expect(bus.sent()).toEqual([ticket]);
  });

  it.each<BusOutcome>([{ kind: 'echoed' }, { kind: 'exception', code: 4 }])(
    '[FB3] leaves the outcome of a write unknown and never repeats it: $kind',
    (outcome) => {
      const bus = up();
      const ticket = bus.write(0, 1);
      bus.give(501, { kind: 'answered', outcome });
      expect(bus.outcomeOf(ticket)).toMatchObject([{ kind: 'failed', code: 'modbus/timeout', isSent: true }]);
      expect(bus.sent()).toEqual([ticket]);
    },
  );
});

describe('the breaker of a unit', () => {
  /** Unit 9 fails three times; the link is up again afterwards. */
  const withDeadUnit = () => {
    const bus = up();
    for (let now = 0; now < 1_500; now += 500) {
      bus.ask(now, 9);
      bus.give(now + 500, { kind: 'woken' });
      bus.give(now + 500, { kind: 'opened' });
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
      bus.give(now + 500, { kind: 'woken' });
      bus.give(now + 500, { kind: 'opened' });
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
      bus.give(now + 500, { kind: 'woken' });
      bus.give(now + 500, { kind: 'opened' });
    }
    expect(sentAt.length).toBeGreaterThan(600_000 / 6_500);
  });

  it('[FB7] closes with the first answer', () => {
    const bus = withDeadUnit();
    const probe = bus.ask(7_000, 9);
    bus.give(7_010, { kind: 'answered', outcome: words });
    expect(bus.outcomeOf(probe)).toEqual([words]);
    expect(toSilentUnits(bus.state())).toEqual([]);
  });
});

describe('exceptions', () => {
  const answerWith = (code: number) => {
    const bus = up();
    const ticket = bus.ask(0, 1);
    bus.give(10, { kind: 'answered', outcome: { kind: 'exception', code } });
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
    bus.give(30, { kind: 'answered', outcome: words });
    for (const now of [210, 420, 630]) {
      bus.give(now, { kind: 'woken' });
      expect(bus.outcomeOf(ticket)).toEqual([]);
      bus.give(now + 1, { kind: 'answered', outcome: { kind: 'exception', code: 6 } });
    }
    expect(bus.sent().filter((sent) => sent === ticket)).toHaveLength(4);
    expect(bus.outcomeOf(ticket)).toEqual([{ kind: 'exception', code: 6 }]);
  });

  it.each([0x0a, 0x0b])('[FB8] takes %i for a dead unit behind a living gateway: the link stays', (code) => {
    const bus = up();
    for (let now = 0; now < 3; now += 1) {
      bus.ask(now, 1);
      bus.give(now, { kind: 'answered', outcome: { kind: 'exception', code } });
    }
    expect(bus.state().link.phase).toBe('up');
    expect(toSilentUnits(bus.state())).toEqual([1]);
  });
});

describe('what does not belong', () => {
  it('changes nothing in a phase that it does not fit', () => {
    const resting = drive();
    resting.give(0, { kind: 'started' });
    resting.give(0, { kind: 'lost', why: 'refused' });
    for (const event of [
      { kind: 'opened' },
      { kind: 'answered', outcome: words },
      { kind: 'mismatched', fault: 'mismatch', why: '' },
      { kind: 'lost', why: '' },
      { kind: 'withdrawn' },
    ] as const) {
      const before = resting.state();
      expect(resting.give(1, event)).toEqual([]);
      expect(resting.state()).toEqual(before);
    }
  });

  it('withdraws a request whose guard said no, and serves the next', () => {
    const bus = up();
    const [first, second] = [bus.ask(0, 1), bus.ask(0, 2)];
    bus.give(0, { kind: 'withdrawn' });
    expect(bus.outcomeOf(first)).toEqual([{ kind: 'withdrawn' }]);
    expect(bus.sent()).toEqual([first, second]);
  });
});
