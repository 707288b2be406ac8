import { millis } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ThreePointSpec } from '../../site/site.ts';
import { toSpec } from '../testing/gate-fixture.ts';
import { nextThreePointWake, startThreePoint, stepThreePoint, toPosition, type ThreePointEvent } from './step-three-point.ts';
import type { RelayName } from '../../site/to-relays.ts';

const place = toSpec().write;
const spec: ThreePointSpec = { closing: { write: place, readBack: place }, travel: millis(60_000), reversePause: millis(500) };

/** Two real relays and a real valve: what they do is physics, and nothing of it is decided here. */
const createRelays = (at: number) => {
  const contacts: Record<RelayName, boolean> = { open: false, close: false };
  let real = at;
  let up = 1000;
  let wasBothOn = false;
  let reversedMs = Infinity;
  let lastOff: { readonly relay: RelayName; readonly up: number } | null = null;
  /** While they stick, contacts do not open. */
  let isStuck = false;
  return {
    contacts,
    pass: (ms: number): void => {
      real = Math.min(100, Math.max(0, real + (ms / spec.travel) * 100 * (Number(contacts.open) - Number(contacts.close))));
      up += ms;
    },
    drive: (relay: RelayName, isOn: boolean): void => {
      if (contacts[relay] && !isOn && !isStuck) lastOff = { relay, up };
      if (isOn && !contacts[relay] && lastOff !== null && lastOff.relay !== relay) reversedMs = Math.min(reversedMs, up - lastOff.up);
      contacts[relay] = isOn || (isStuck && contacts[relay]);
    },
    /** Notes whether both relays are on. */
    look: (): void => {
      wasBothOn ||= contacts.open && contacts.close;
    },
    stick: (next: boolean): void => {
      isStuck = next;
    },
    up: () => up,
    seen: () => ({ real, wasBothOn, reversedMs }),
  };
};

/** The machine over real relays and a real valve, whose writes end as the test wants. */
const createValve = (at: number) => {
  const relays = createRelays(at);
  const { contacts, pass, up } = relays;
  let state = startThreePoint(up());
  let pending: { readonly relay: RelayName; readonly isOn: boolean } | null = null;
  const orders: { readonly relay: RelayName; readonly isOn: boolean }[] = [];

  const step = (event: ThreePointEvent): void => {
    const [next, order] = stepThreePoint(state, event, spec, up());
    state = next;
    if (order === null) return;
    pending = order;
    orders.push(order);
  };
  const serve = (end: 'done' | 'not-done' | 'lost' | 'lost-but-done'): void => {
    if (pending === null) return;
    const { relay, isOn } = pending;
    pending = null;
    if (end === 'done' || end === 'lost-but-done') relays.drive(relay, isOn);
    relays.look();
    step({ kind: 'written', end: end === 'done' || end === 'not-done' ? end : 'unknown' });
  };
  const read = (relay: RelayName): void => step({ kind: 'read', relay, isOn: contacts[relay] });
  /** Lives on, everything works. */
  const run = (ms: number): void => {
    const end = up() + ms;
    for (let turn = 0; turn < 10_000; turn += 1) {
      if (up() >= end) return;
      if (pending !== null) {
        pass(5);
        serve('done');
        read('open');
        read('close');
        continue;
      }
      const wake = nextThreePointWake(state, spec);
      pass(Math.max(1, Math.min(end, wake ?? end) - up()));
      step({ kind: 'tick' });
    }
  };
  return {
    step,
    serve,
    read,
    pass,
    run,
    contacts,
    orders,
    stick: relays.stick,
    get real() {
      return relays.seen().real;
    },
    get position() {
      return toPosition(state, spec, up());
    },
    get wasBothOn() {
      return relays.seen().wasBothOn;
    },
    get reversedMs() {
      return relays.seen().reversedMs;
    },
  };
};

describe('a three-point actuator', () => {
  it('[DE10] does not know where it is until it has been at an end, and then goes to its commanded position', () => {
    const valve = createValve(37);
    valve.read('open');
    valve.read('close');
    valve.run(1000);
    expect(valve.position).toBeNull();
    expect(valve.contacts).toEqual({ open: false, close: false });
    valve.step({ kind: 'target', position: 30 });
    valve.run(67_500);
    expect(valve.real).toBeLessThan(1);
    expect(valve.position).not.toBeNull();
    valve.run(30_000);
    expect(valve.real).toBeCloseTo(30, 0);
    expect(valve.position).toBeCloseTo(30, 0);
    expect(valve.contacts).toEqual({ open: false, close: false });
  });

  it('[DE10] finds its position although its target changes all the while', () => {
    const valve = createValve(80);
    valve.read('open');
    valve.read('close');
    for (let second = 0; second < 40; second += 1) {
      valve.step({ kind: 'target', position: 20 + (second % 7) });
      valve.run(2000);
    }
    expect(valve.position).not.toBeNull();
  });

  it('[DE10] runs on at an end, so that a wrong reckoning is put right', () => {
    const valve = createValve(0);
    valve.step({ kind: 'target', position: 50 });
    valve.run(130_000);
    valve.step({ kind: 'target', position: 0 });
    valve.run(32_000);
    expect(valve.contacts.close).toBe(true);
    valve.run(10_000);
    expect(valve.contacts.close).toBe(false);
    expect([valve.position, valve.real]).toEqual([0, 0]);
  });

  it('[DE10] stops with both relays off', () => {
    const valve = createValve(0);
    valve.step({ kind: 'target', position: 100 });
    valve.run(5000);
    expect(valve.contacts.open).toBe(true);
    valve.step({ kind: 'stop' });
    valve.run(1000);
    expect(valve.contacts).toEqual({ open: false, close: false });
  });

  it('[DE10] switches a relay off that reads off and was commanded on, before the other goes on', () => {
    const valve = createValve(0);
    valve.step({ kind: 'target', position: 10 });
    valve.run(140_000);
    valve.step({ kind: 'target', position: 40 });
    valve.run(5000);
    expect(valve.contacts).toEqual({ open: true, close: false });
    // The contact has fallen off, and the coil may still hold.
    valve.contacts.open = false;
    valve.pass(2000);
    valve.read('open');
    valve.run(3000);
    expect(valve.orders.slice(-2)).toEqual([
      { relay: 'open', isOn: false },
      { relay: 'close', isOn: true },
    ]);
  });

  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('target' as const), value: fc.integer({ min: 0, max: 100 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), value: fc.constant(0) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('serve' as const), value: fc.integer({ min: 0, max: 5 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), value: fc.integer({ min: 1, max: 20_000 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), value: fc.integer({ min: 0, max: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('flip' as const), value: fc.integer({ min: 0, max: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('stick' as const), value: fc.integer({ min: 0, max: 1 }) }) },
  );

  it('[DE10] never has both relays on by what it writes, keeps the pause between directions, and gets to its commanded position at last', () => {
    const fates = ['done', 'done', 'done', 'not-done', 'lost', 'lost-but-done'] as const;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.array(act, { maxLength: 30 }),
        fc.integer({ min: 0, max: 100 }),
        (at, acts, last) => {
          const valve = createValve(at);
          let isFlipped = false;
          for (const { do: what, value } of acts) {
            if (what === 'target') valve.step({ kind: 'target', position: value });
            if (what === 'stop') valve.step({ kind: 'stop' });
            if (what === 'serve') valve.serve(fates[value] ?? 'done');
            if (what === 'read') valve.read(value === 0 ? 'open' : 'close');
            // A relay that falls back by itself; one that goes on by itself is nothing that a hub could prevent.
            if (what === 'flip') valve.contacts[value === 0 ? 'open' : 'close'] = false;
            if (what === 'stick') valve.stick(value === 1);
            if (what === 'pass') {
              valve.pass(value);
              valve.step({ kind: 'tick' });
            }
            isFlipped ||= what === 'flip';
          }
          expect(valve.wasBothOn).toBe(false);
          expect(isFlipped || valve.reversedMs >= 500).toBe(true);
          valve.stick(false);
          for (let round = 0; round < 3; round += 1) {
            valve.run(2000);
            valve.read('open');
            valve.read('close');
          }
          valve.step({ kind: 'target', position: last });
          valve.run(400_000);
          expect(Math.abs(valve.real - last)).toBeLessThanOrEqual(1.5);
          expect(valve.contacts).toEqual({ open: false, close: false });
          expect(valve.wasBothOn).toBe(false);
        },
      ),
      { seed: 20_261_130, numRuns: 20_000 },
    );
  });
});
