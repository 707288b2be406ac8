import { Fault, type Term } from '@phloem/protocol';
import { firstValueFrom, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { LeaseRenewal } from './run-lease-renewal.ts';
import type { QueuedRequest, RequestOutcome } from './request-queue.ts';
import { runRequestQueue } from './run-request-queue.ts';
import { createVirtualTime, type VirtualTime } from './testing/virtual-time.ts';

const leaseMs = 3000;

/** A hub that grants a lease for 3 s, and takes as long for each call as the test says. */
const createHub = ({ clock }: VirtualTime) => {
  const hub = {
    holdMs: 0,
    releaseMs: 0,
    requestMs: 0,
    isAway: false,
    calls: [] as string[],
    underWay: 0,
    mostUnderWay: 0,
    requestedUnder: [] as Term[],
    term: 0,
    until: Number.NEGATIVE_INFINITY,
    get isHeld() {
      return clock.now() < hub.until;
    },
  };
  const take = async (name: string, ms: number): Promise<void> => {
    hub.calls.push(name);
    hub.underWay += 1;
    hub.mostUnderWay = Math.max(hub.mostUnderWay, hub.underWay);
    if (ms > 0) await firstValueFrom(timer(ms, clock));
    hub.underWay -= 1;
    if (hub.isAway) throw new Fault('net/unreachable', 'the hub is away');
  };
  return Object.assign(hub, {
    hold: async () => {
      await take('hold', hub.holdMs);
      if (!hub.isHeld) hub.term += 1;
      hub.until = clock.now() + leaseMs;
      return hub.term;
    },
    release: async () => {
      await take('release', hub.releaseMs);
      hub.until = Number.NEGATIVE_INFINITY;
    },
    request: async (term: Term, id: string) => {
      if (hub.requestMs > 0) await firstValueFrom(timer(hub.requestMs, clock));
      if (!hub.isHeld || term !== hub.term) throw new Fault('command/term', 'no such lease');
      hub.requestedUnder.push(term);
      return { id, device: 'dry/fan', value: true, outcome: 'accepted', phase: 'confirmed', code: null, message: null, lsn: 1 } as const;
    },
    find: async () => null,
  });
};

const openRenewal = () => {
  const time = createVirtualTime();
  const hub = createHub(time);
  const life = { isAlive: true };
  const renewal = new LeaseRenewal({ hub, isAlive: () => life.isAlive, onChange: () => undefined, clock: time.clock });
  return { ...time, hub, life, renewal };
};

describe('the renewal of a lease', () => {
  it('never calls the hub twice at once, however long the hub takes', async () => {
    const { hub, renewal, advance } = openRenewal();
    hub.holdMs = 2000;
    await advance(20_000);
    expect(hub.calls.length).toBeGreaterThan(8);
    expect(hub.mostUnderWay).toBe(1);
    expect(renewal.term).toBe(1);
    // Longer than an answer may take: the term counts as lost, and the next call still waits for this one.
    hub.holdMs = 7000;
    await advance(30_000);
    expect(hub.mostUnderWay).toBe(1);
    expect(renewal.term).toBeNull();
    expect(renewal.fault?.code).toBe('bridge/unreachable');
    hub.holdMs = 0;
    await advance(10_000);
    expect(renewal.fault).toBeNull();
    expect(renewal.term).toBe(hub.term);
  });

  it('gives the lease back where the program no longer lives, and takes it again where it does', async () => {
    const { hub, life, renewal, advance } = openRenewal();
    await advance(5000);
    expect(renewal.term).toBe(1);
    life.isAlive = false;
    await advance(100);
    expect(hub.calls.at(-1)).toBe('release');
    expect([hub.isHeld, renewal.term]).toEqual([false, null]);
    const calls = hub.calls.length;
    await advance(10_000);
    expect(hub.calls).toHaveLength(calls);
    life.isAlive = true;
    await advance(100);
    expect(renewal.term).toBe(2);
  });

  it('gives back a lease whose grant came after the program had died', async () => {
    const { hub, life, renewal, advance } = openRenewal();
    hub.holdMs = 1000;
    await advance(500);
    life.isAlive = false;
    await advance(700);
    expect(hub.calls).toEqual(['hold', 'release']);
    expect([hub.isHeld, renewal.term]).toEqual([false, null]);
  });

  it('stops before it gives the lease back, also where a renewal is under way', async () => {
    const { hub, renewal, advance } = openRenewal();
    await advance(750);
    hub.holdMs = 1500;
    await advance(150);
    expect(hub.underWay).toBe(1);
    const closing = renewal.close();
    await advance(10_000);
    await closing;
    expect(hub.calls).toEqual(['hold', 'hold', 'release']);
    expect([hub.isHeld, hub.mostUnderWay]).toEqual([false, 1]);
  });

  it('gives back what may have been granted where the answer was lost', async () => {
    const { hub, renewal, advance } = openRenewal();
    hub.isAway = true;
    await advance(2000);
    expect(renewal.fault?.code).toBe('net/unreachable');
    hub.isAway = false;
    hub.holdMs = 60_000;
    await advance(1000);
    const closing = renewal.close();
    await advance(10_000);
    await closing;
    expect(hub.calls.at(-1)).toBe('release');
  });
});

describe('the lease of a queue', () => {
  /** A queue whose program shows life all the time, and which takes as long as the test says. */
  const openQueue = (time: VirtualTime, messages: QueuedRequest[], answers: RequestOutcome[]) => {
    const slow = { lifeMs: 0, settleMs: 0, lives: true };
    const controls: (Term | null)[] = [];
    let beat = 0;
    const wait = async (ms: number): Promise<void> => {
      if (ms > 0) await firstValueFrom(timer(ms, time.clock));
    };
    const queue = {
      life: async () => {
        await wait(slow.lifeMs);
        if (slow.lives) beat += 1;
        return { text: String(beat), ageMs: 'unknown' } as const;
      },
      take: async () => {
        await wait(50);
        return messages.splice(0);
      },
      settle: async (_request: QueuedRequest, outcome: RequestOutcome) => {
        await wait(slow.settleMs);
        answers.push(outcome);
      },
      update: async () => undefined,
      unfinished: async () => [],
      announce: async ({ term }: { readonly term: Term | null }) => void controls.push(term),
      close: async () => undefined,
    };
    return { queue, slow, controls };
  };
  const fan = (id: string): QueuedRequest => ({
    id,
    ageMs: 0,
    wanted: { device: 'dry/fan', value: true, op: 'set', ttlMs: null, reason: null },
  });
  const open = (aliveWithinMs: number) => {
    const time = createVirtualTime();
    const hub = createHub(time);
    const messages: QueuedRequest[] = [];
    const answers: RequestOutcome[] = [];
    const { queue, slow, controls } = openQueue(time, messages, answers);
    const options = { openQueue: async () => queue, hub, aliveWithinMs, maxAgeMs: 600_000, clock: time.clock, random: () => 0 };
    const bridge = runRequestQueue(options);
    const close = async (): Promise<void> => {
      const closing = bridge.close();
      await time.advance(20_000);
      await closing;
    };
    return { ...time, hub, messages, answers, slow, controls, close };
  };

  it('outlives a hub and a queue that take longer for a call than a lease lasts', async () => {
    const rig = open(8000);
    await rig.advance(1000);
    expect(rig.controls.at(-1)).toBe(1);
    rig.hub.requestMs = 4000;
    rig.slow.settleMs = 4000;
    rig.messages.push(...Array.from({ length: 10 }, (_, index) => fan(`r${index}`)));
    await rig.advance(90_000);
    expect(rig.answers).toHaveLength(10);
    expect(rig.hub.requestedUnder).toEqual(Array.from({ length: 10 }, () => 1));
    expect(rig.controls.filter((term) => term !== null)).toEqual([1]);
    await rig.close();
    expect(rig.hub.isHeld).toBe(false);
    expect(rig.hub.calls.at(-1)).toBe('release');
  });

  it('ends with the program, also while a call of the queue takes long', async () => {
    const rig = open(3000);
    await rig.advance(1000);
    expect(rig.hub.isHeld).toBe(true);
    rig.slow.lives = false;
    rig.slow.settleMs = 4900;
    rig.messages.push(fan('a'));
    await rig.advance(3500);
    expect(rig.hub.isHeld).toBe(false);
    expect(rig.hub.calls.at(-1)).toBe('release');
    await rig.close();
  });
});
