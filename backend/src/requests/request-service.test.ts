import type { DeviceRequest } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createGateFixture } from '../devices/testing/gate-fixture.ts';
import { createRequestService } from './request-service.ts';

const script = { nodeId: 'script', credential: 'token-1' };

const setUp = () => {
  const hub = createGateFixture({ outputs: { 'room/heater': false } });
  hub.pulse();
  let sessions = 0;
  const service = createRequestService({
    store: hub.store,
    leases: hub.leases,
    gate: hub.gate,
    createId: () => String((sessions += 1)),
    toTimeText: String,
  });
  hub.leases.grants$.subscribe(({ session }) => service.forget(session));
  const hold = (scope = 'room') => service.hold(script, scope, null);
  const ask = (parts: Partial<DeviceRequest> = {}) =>
    service.request(script, { id: 'one', term: hold().term ?? 0, device: 'room/heater', value: true, ttlMs: 5000, ...parts });
  return { ...hub, service, hold, ask };
};
const fault = (code: string) => expect.objectContaining({ code }) as Error;

describe('a request over HTTP', () => {
  it('[RQ2] passes the gate under a lease, and is answered with how far it has come', async () => {
    const { ask, service, serveAll } = setUp();
    await serveAll();
    expect(ask()).toMatchObject({ id: 'one', outcome: 'accepted', device: 'room/heater', value: true, code: null });
    await serveAll();
    expect(service.find(script, 'one')).toMatchObject({ outcome: 'accepted', phase: 'confirmed' });
  });

  it('[RQ3] changes nothing when it is sent again, and cannot become another one', async () => {
    const { ask, serveAll, phases } = setUp();
    await serveAll();
    const first = ask();
    await serveAll();
    const before = phases();
    expect(ask({ term: 99 })).toEqual({ ...first, phase: 'confirmed' });
    expect(phases()).toEqual(before);
    expect(() => ask({ value: false })).toThrow(fault('request/conflict'));
    expect(phases()).toEqual(before);
  });

  it.each([
    ['an unknown device', { device: 'room/nothing' }, 'command/unknown-device'],
    ['a value that the device cannot have', { value: 40 }, 'command/value'],
    ['a device outside the scope', { device: 'other/heater' }, 'command/unknown-device'],
    ['a cause that the log does not have', { cause: { epoch: 'epochZepochZ', lsn: 1 } }, 'command/cause-lost'],
  ])('[RQ2] is refused for %s, with the code', (_what, parts, code) => {
    const { ask } = setUp();
    const answer = ask(parts);
    expect(answer).toMatchObject({ outcome: 'refused', phase: 'refused', code });
    expect(answer.message).not.toBe('');
  });

  it('[RQ2] is refused when it comes later than its time to live allows', async () => {
    const { ask, store, time, hold, pulse } = setUp();
    const cause = { epoch: store.log.epoch, lsn: store.log.head };
    hold();
    await time.advance(2000);
    pulse();
    expect(ask({ cause, ttlMs: 1000 })).toMatchObject({ outcome: 'refused', code: 'command/late' });
  });

  it('[RQ1] has no effect without the lease', () => {
    const { ask, service, phases } = setUp();
    expect(() => ask({ term: 7 })).toThrow(fault('command/term'));
    service.release(script, 'room');
    expect(() =>
      service.request({ nodeId: 'other', credential: 'token-2' }, { id: 'x', term: 1, device: 'room/heater', value: true, ttlMs: 1000 }),
    ).toThrow(fault('command/term'));
    expect(phases()).toEqual([]);
  });
});

describe('a lease over HTTP', () => {
  it('[RQ1] has no effect under the term of another program, though the number is right', () => {
    const { service, ask, phases, leases } = setUp();
    const { term } = service.hold({ nodeId: 'other', credential: 'token-2' }, 'room', null);
    expect(leases.covering('room/heater')?.holder).toBe('other');
    const before = phases();
    expect(() => ask({ term: term ?? 0 })).toThrow(fault('command/term'));
    expect(phases()).toEqual(before);
  });

  it('[RQ1] keeps its term while it is renewed', async () => {
    const { hold, time, pulse } = setUp();
    const { term } = hold();
    expect(term).not.toBeNull();
    for (let second = 0; second < 6; second += 1) {
      await time.advance(1000);
      pulse();
      expect(hold()).toMatchObject({ term, holder: 'script' });
    }
  });

  it('[RQ1] ends without renewals, and leaves nobody in line who may be gone', async () => {
    const { hold, leases, time, entries } = setUp();
    const { term } = hold();
    await time.advance(3100);
    expect(leases.current(term ?? 0)).toBeNull();
    await time.advance(60_000);
    expect(entries().filter(({ kind }) => kind === 'lease')).toHaveLength(2);
    expect(hold().term).toBe((term ?? 0) + 1);
  });

  it('[RQ1] is not to be had while a service holds it, and never takes a place in line', () => {
    const { hold, join, leave } = setUp();
    const term = join();
    expect(hold()).toMatchObject({ term: null, holder: 'automation-1' });
    leave();
    expect(hold()).toMatchObject({ term: term + 1, holder: 'script' });
  });

  it('[RQ1] names the service that holds a lease on one of the locations', () => {
    const { hold, join } = setUp();
    join();
    expect(hold('other+room')).toEqual({ scope: 'other+room', term: null, holder: 'automation-1', ttlMs: 3000 });
    expect(hold('other')).toMatchObject({ holder: 'script' });
  });

  it('[RQ1] is for the locations of the token alone', () => {
    const { service } = setUp();
    expect(() => service.hold({ ...script, locations: ['other'] }, 'room', null)).toThrow(fault('auth/forbidden'));
  });

  it('[RQ1] [RQ2] is of no use to another token of the node, for other locations', () => {
    const { hold, service, phases } = setUp();
    const term = hold().term ?? 0;
    const elsewhere = { ...script, locations: ['other'] };
    const request = { id: 'one', term, device: 'room/heater', value: true, ttlMs: 1000 };
    expect(() => service.request(elsewhere, request)).toThrow(fault('auth/forbidden'));
    expect(() => service.release(elsewhere, 'room')).toThrow(fault('auth/forbidden'));
    expect(hold().term).toBe(term);
    expect(phases()).toEqual([]);
  });

  it('[SE6] ends at once when its credential is revoked or expires, and not with another one of the node', () => {
    const { hold, leases, service, entries } = setUp();
    const term = hold().term ?? 0;
    service.endOf('token-9');
    service.endExpired((credential) => credential === 'token-1');
    expect(leases.current(term)).not.toBeNull();
    service.endOf('token-1');
    expect(leases.current(term)).toBeNull();
    expect(() => service.request(script, { id: 'one', term, device: 'room/heater', value: true, ttlMs: 5000 })).toThrow(
      fault('command/term'),
    );
    const next = hold().term ?? 0;
    service.endExpired(() => false);
    expect(leases.current(next)).toBeNull();
    expect(entries().filter(({ kind }) => kind === 'lease')).toHaveLength(4);
  });

  it('[SE6] goes on with the credential that renewed it last', () => {
    const { hold, leases, service } = setUp();
    const term = hold().term ?? 0;
    service.hold({ nodeId: 'script', credential: 'token-2' }, 'room', null);
    service.endOf('token-1');
    expect(leases.current(term)).not.toBeNull();
    service.endOf('token-2');
    expect(leases.current(term)).toBeNull();
  });

  it('[RQ1] ends when a program that reads the log stops to process it', async () => {
    const { service, store, time, pulse } = setUp();
    const { lsn } = { lsn: store.log.head };
    const { term } = service.hold(script, 'room', lsn);
    for (let second = 0; second < 8; second += 1) {
      await time.advance(1000);
      pulse();
      service.hold(script, 'room', lsn);
    }
    expect(service.hold(script, 'room', lsn).term).not.toBe(term);
  });
});
