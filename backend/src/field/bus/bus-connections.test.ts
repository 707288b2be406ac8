import { describe, expect, it } from 'vitest';
import { words, drive, up } from '../testing/drive-bus.ts';

describe('a connection that cannot be trusted', () => {
  it('[FB4][FB5] an answer that does not fit ends its request, drops the connection and dials again', () => {
    const bus = up();
    const ticket = bus.ask(0, 1);
    const effects = bus.give(5, { kind: 'mismatched', fault: 'mismatch', why: 'unit 2 answered' });
    expect(effects.map((effect) => effect.kind)).toEqual(['hang-up', 'settle', 'dial']);
    expect(bus.outcomeOf(ticket)).toEqual([{ kind: 'failed', code: 'modbus/mismatch', why: 'unit 2 answered', isSent: true }]);
  });

  it('[FB5] an answer that nobody waits for poisons the connection too', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(1, { kind: 'answered', outcome: words });
    expect(bus.give(2, { kind: 'mismatched', fault: 'mismatch', why: 'a second answer' }).map((effect) => effect.kind)).toEqual([
      'hang-up',
      'dial',
    ]);
  });

  it('[FB6] a peer that talks by itself at once is dialled after a pause, not in a loop', () => {
    const bus = up();
    expect(bus.give(1, { kind: 'mismatched', fault: 'mismatch', why: 'noise' }).map((effect) => effect.kind)).toEqual(['hang-up']);
    expect(bus.state().link).toMatchObject({ phase: 'resting', attempt: 1 });
  });
});

describe('reconnecting', () => {
  it('[FB6] pauses longer after each dial in vain, and starts again after a right answer', () => {
    const bus = drive();
    bus.give(0, { kind: 'started' });
    let now = 0;
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      bus.give(now, { kind: 'lost', why: 'refused' });
      const { link } = bus.state();
      if (link.phase !== 'resting') throw new Error('it does not rest');
      pauses.push(link.until - now);
      now = link.until;
      bus.give(now, { kind: 'woken' });
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    bus.give(now, { kind: 'opened' });
    bus.ask(now, 1);
    bus.give(now, { kind: 'answered', outcome: words });
    bus.write(now, 1);
    bus.give(now, { kind: 'lost', why: 'reset' });
    expect(bus.state().link).toMatchObject({ phase: 'resting', until: now + 500 });
  });

  it('[FB6] never dials while there is a connection or another dial', () => {
    const bus = up();
    const effects = [...bus.give(1, { kind: 'started' }), ...bus.give(2, { kind: 'opened' }), ...bus.give(3, { kind: 'woken' })];
    expect(effects).toEqual([]);
  });
});

describe('a connection that ends while nothing is wrong', () => {
  it('[FB6] is no fault when nothing was asked: it is dialled again when something is', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(10, { kind: 'answered', outcome: words });
    expect(bus.give(2_000, { kind: 'lost', why: 'the peer closed the connection' })).toEqual([{ kind: 'hang-up' }]);
    expect(bus.state()).toMatchObject({ link: { phase: 'idle' }, brokenSince: null });
    const next = bus.ask(5_000, 1);
    expect(bus.state().link).toMatchObject({ phase: 'dialing', attempt: 0 });
    bus.give(5_010, { kind: 'opened' });
    expect(bus.sent()).toContain(next);
  });

  it('[FB6] asks a read once more on a new connection, and no more than once', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(10, { kind: 'answered', outcome: words });
    const ticket = bus.ask(20, 1);
    bus.give(25, { kind: 'lost', why: 'reset' });
    expect(bus.outcomeOf(ticket)).toEqual([]);
    bus.give(30, { kind: 'opened' });
    expect(bus.sent().filter((sent) => sent === ticket)).toHaveLength(2);
    bus.give(35, { kind: 'lost', why: 'reset' });
    expect(bus.outcomeOf(ticket)).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: true }]);
    expect(bus.state().link.phase).toBe('resting');
  });

  it('[FB6] never sends a write twice', () => {
    const bus = up();
    bus.ask(0, 1);
    bus.give(10, { kind: 'answered', outcome: words });
    const write = bus.write(20, 1);
    bus.give(25, { kind: 'lost', why: 'reset' });
    expect(bus.outcomeOf(write)).toMatchObject([{ kind: 'failed', code: 'modbus/link', isSent: true }]);
    expect(bus.sent().filter((sent) => sent === write)).toHaveLength(1);
  });

  it('[FB6] dials after a pause where the peer ends every new connection before it has answered', () => {
    const bus = drive({ connectDelayMs: 100 });
    bus.give(0, { kind: 'started' });
    bus.ask(0, 1);
    bus.give(0, { kind: 'opened' });
    bus.give(10, { kind: 'lost', why: 'closed' });
    expect(bus.state().link).toMatchObject({ phase: 'resting', attempt: 1 });
  });

  it('[FB5] a unit that was given up costs no connection on which others are answered, and a dead line is still noticed', () => {
    const bus = up({ answersLate: () => true });
    for (let now = 0; now < 1_500; now += 500) {
      bus.ask(now, 9);
      bus.give(now + 500, { kind: 'woken' });
      bus.give(now + 500, { kind: 'opened' });
    }
    bus.ask(6_990, 1);
    bus.give(7_000, { kind: 'answered', outcome: words });
    const probe = bus.ask(7_000, 9);
    expect(bus.give(7_500, { kind: 'woken' }).map(({ kind }) => kind)).toEqual(['settle']);
    expect(bus.outcomeOf(probe)).toMatchObject([{ code: 'modbus/timeout' }]);
    expect(bus.state().link).toMatchObject({ phase: 'up', isProven: false });
    // Without a right answer in between the next time-out drops it.
    bus.ask(20_000, 9);
    expect(bus.give(20_500, { kind: 'woken' }).map(({ kind }) => kind)).toEqual(['hang-up', 'settle', 'dial']);
  });
});
