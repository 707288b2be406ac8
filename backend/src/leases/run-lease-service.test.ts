import { describe, expect, it } from 'vitest';
import type { LeaseGrant } from '@phloem/protocol';
import { VirtualTime } from '../devices/testing/virtual-time.ts';
import { createMemoryDisk } from '../store/memory-disk.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import type { LiveLease } from './lease-service.ts';
import { createLeaseService } from './run-lease-service.ts';

const everything = { entries: 10_000, bytes: 1e9 };

const createFixture = () => {
  const time = new VirtualTime({ up: 10_000, at: 1_800_000_000_000 });
  const store = createMemoryStore({ clock: time.clock, random: () => 0.5 });
  const open = () => {
    const leases = createLeaseService({ store, clock: time.clock, scheduler: time.scheduler });
    const told: { session: string; grant: LeaseGrant }[] = [];
    const changed: (LiveLease | null)[] = [];
    leases.grants$.subscribe((grant) => void told.push(grant));
    leases.changes$.subscribe(({ lease }) => void changed.push(lease));
    return { leases, told, changed };
  };
  const leaseEntries = () =>
    store.log
      .read(0, everything)
      .flatMap((entry) => (entry.kind === 'lease' ? [`${entry.scope} ${entry.term} ${entry.holder ?? '-'}`] : []));
  const pulse = () => store.log.append([{ kind: 'pulse' }])[0]?.lsn ?? 0;
  return { time, store, open, leaseEntries, pulse, ...open() };
};

describe('the lease service', () => {
  it('[LE3] every grant and every end is an entry, and the term is stored before it is reported', () => {
    const { leases, store, leaseEntries, changed } = createFixture();
    expect(leases.request('s1', 'automation-1', 'room')).toMatchObject({ term: 1, holder: 'automation-1', ttlMs: 3000 });
    expect(leases.request('s2', 'automation-2', 'room')).toMatchObject({ term: null, holder: 'automation-1' });
    expect(store.terms.last).toBe(1);
    leases.release('s1');
    expect(store.terms.last).toBe(2);
    expect(leaseEntries()).toEqual(['room 1 automation-1', 'room 1 -', 'room 2 automation-2']);
    expect(changed.map((lease) => lease?.term ?? null)).toEqual([1, null, 2]);
  });

  it('[LE3] the waiting node is notified of its grant, the asker has its answer already', () => {
    const { leases, told } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    leases.request('s2', 'automation-2', 'room');
    expect(told).toEqual([]);
    leases.release('s1');
    expect(told).toEqual([{ session: 's2', grant: { scope: 'room', term: 2, holder: 'automation-2', ttlMs: 3000 } }]);
  });

  it('[LE1] a term survives a power cut right after its grant', () => {
    const { leases, store, time } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    const again = createMemoryStore({ clock: time.clock, random: () => 0.5, disk: store.crash(), bootId: 'later' });
    const next = createLeaseService({ store: again, clock: time.clock, scheduler: time.scheduler });
    expect(next.request('s9', 'automation-1', 'room').term).toBe(2);
  });

  it('[LE1] nobody learns of a grant before its term survives a power cut', () => {
    const { leases, store, told, changed } = createFixture();
    const seen: string[] = [];
    const look = (what: string) => () => void seen.push(`${what} ${store.terms.last} ${store.durable === store.log.head}`);
    store.log.head$.subscribe(look('log'));
    leases.changes$.subscribe(look('change'));
    leases.grants$.subscribe(look('grant'));
    expect(leases.request('s1', 'automation-1', 'room').term).toBe(1);
    leases.request('s2', 'automation-2', 'room');
    expect(seen).toEqual(['log 1 true', 'change 1 true']);
    seen.length = 0;
    leases.release('s1');
    expect(seen).toEqual(['log 2 true', 'change 2 true', 'change 2 true', 'grant 2 true']);
    expect([told.length, changed.length]).toEqual([1, 3]);
  });

  it('[LE1] a power cut during the write of a grant leaves nobody with its term, and the next start may give it', () => {
    const time = new VirtualTime({ up: 10_000, at: 1_800_000_000_000 });
    const disk = createMemoryDisk();
    let isCut = false;
    const syncNow = (): void => {
      if (isCut) throw new Error('the power is gone');
      disk.syncNow();
    };
    const store = createMemoryStore({ clock: time.clock, random: () => 0.5, disk: { ...disk, unsynced: 0, syncNow } });
    const leases = createLeaseService({ store, clock: time.clock, scheduler: time.scheduler });
    const told: unknown[] = [];
    leases.grants$.subscribe((grant) => void told.push(grant));
    leases.changes$.subscribe((change) => void told.push(change));
    isCut = true;
    expect(() => leases.request('s1', 'automation-1', 'room')).toThrow('the power is gone');
    expect([told, leases.current(1), leases.covering('room/heater')]).toEqual([[], null, null]);
    const again = createMemoryStore({ clock: time.clock, random: () => 0.25, disk: disk.crash(), bootId: 'later' });
    expect(again.log.epoch).not.toBe(store.log.epoch);
    const next = createLeaseService({ store: again, clock: time.clock, scheduler: time.scheduler });
    expect(next.request('s9', 'automation-2', 'room').term).toBe(1);
  });

  it('[LE3] a lease that a killed hub left open in the log is ended there at the next start', () => {
    const { leases, store, time, leaseEntries } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    leases.request('s2', 'automation-2', 'attic');
    leases.release('s2');
    createLeaseService({ store, clock: time.clock, scheduler: time.scheduler, past: store.log.read(0, everything) });
    expect(leaseEntries().slice(-2)).toEqual(['attic 2 -', 'room 1 -']);
  });

  it('[LE2] a lease that is not renewed ends by itself, and its holder is notified', async () => {
    const { leases, time, told, leaseEntries } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    await time.advance(2999);
    expect(leases.current(1)?.session).toBe('s1');
    await time.advance(1);
    expect(leases.current(1)).toBeNull();
    expect(leases.covering('room/heater')).toBeNull();
    expect(told).toEqual([{ session: 's1', grant: { scope: 'room', term: null, holder: null, ttlMs: 3000 } }]);
    expect(leaseEntries()).toEqual(['room 1 automation-1', 'room 1 -']);
  });

  it('[LE2] a lease that has run out counts no more, even if the timer that ends it is late', () => {
    const { leases, time } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    time.scheduler.frame += 3000;
    expect(leases.current(1)).toBeNull();
    expect(leases.covering('room/heater')).toBeNull();
  });

  it('[LE2] renewals keep it while the committed cursor follows the pulse, and no longer', async () => {
    const { leases, time, pulse } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    let committed = 0;
    for (let second = 0; second < 20; second += 1) {
      committed = pulse();
      leases.renew('s1', 1, committed);
      await time.advance(1000);
    }
    expect(leases.current(1)?.holder).toBe('automation-1');
    // It is connected and sends heartbeats, but no longer commits.
    for (let second = 0; second < 7; second += 1) {
      pulse();
      leases.renew('s1', 1, committed);
      await time.advance(1000);
    }
    expect(leases.current(1)).toBeNull();
  });

  it('[LE2] the wall clock may jump as it likes', async () => {
    const { leases, time, pulse } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    for (const step of [3_600_000, -7_200_000, 86_400_000]) {
      time.stepWall(step);
      leases.renew('s1', 1, pulse());
      await time.advance(2900);
      expect(leases.current(1)?.holder).toBe('automation-1');
    }
    await time.advance(101);
    expect(leases.current(1)).toBeNull();
  });

  it('[LE4] a grant alone is no renewal; a renewal with progress is, for every device of the scope', async () => {
    const { leases, time, pulse } = createFixture();
    leases.request('s1', 'automation-1', 'attic+room');
    expect(leases.renewedUp('room/heater')).toBeNull();
    await time.advance(500);
    leases.renew('s1', 1, pulse());
    expect(leases.renewedUp('room/heater')).toBe(10_500);
    expect(leases.renewedUp('attic/fan')).toBe(10_500);
    expect(leases.renewedUp('cellar/fan')).toBeNull();
    leases.release('s1');
    expect(leases.renewedUp('room/heater')).toBe(10_500);
  });

  it('[IN6] a session that ends while its grant is being reported loses it, and the next in line has it alone', () => {
    const { leases, store, leaseEntries } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    leases.request('s2', 'automation-2', 'room');
    leases.request('s3', 'automation-3', 'room');
    const ending = store.log.head$.subscribe(() => leases.release('s2'));
    leases.release('s1');
    ending.unsubscribe();
    expect(leases.covering('room/heater')?.session).toBe('s3');
    expect(leaseEntries().slice(-3)).toEqual(['room 2 automation-2', 'room 2 -', 'room 3 automation-3']);
  });

  it('[DR1] closing frees every lease in the log, and a session that ends afterwards hands nothing on', () => {
    const { leases, leaseEntries } = createFixture();
    leases.request('s1', 'automation-1', 'room');
    leases.request('s2', 'automation-2', 'room');
    leases.close();
    leases.release('s1');
    expect(leases.current(1)).toBeNull();
    expect(leaseEntries()).toEqual(['room 1 automation-1', 'room 1 -']);
  });
});
