import { hasOverlap, seconds } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextLeaseWake,
  startLeases,
  stepLeases,
  type LeaseEffect,
  type LeaseEvent,
  type LeasePolicy,
  type LeasesState,
} from './step-leases.ts';

const policy: LeasePolicy = { ttlMs: seconds(3), freshMs: seconds(3), pauseMs: seconds(30) };
const request = (session: string, scope: string, up = 0, nodeId = `node-${session}`): LeaseEvent => ({
  kind: 'request',
  up,
  session,
  nodeId,
  scope,
});
const renew = (session: string, term: number, up: number, behindMs = 0): LeaseEvent => ({ kind: 'renew', up, session, term, behindMs });
const release = (session: string, up = 0): LeaseEvent => ({ kind: 'release', up, session });
const tick = (up: number): LeaseEvent => ({ kind: 'tick', up });

const run = (events: readonly LeaseEvent[], start: LeasesState = startLeases(0)) => {
  let state = start;
  const effects: LeaseEffect[] = [];
  for (const event of events) {
    const [next, done] = stepLeases(state, event, policy);
    state = next;
    effects.push(...done);
  }
  return { state, said: effects.map((effect) => `${effect.kind} ${effect.lease.term} ${effect.lease.session}`) };
};

describe('stepLeases', () => {
  const table: readonly { readonly name: string; readonly events: readonly LeaseEvent[]; readonly said: readonly string[] }[] = [
    { name: '[LE1] a free scope is granted at once', events: [request('a', 'room')], said: ['grant 1 a'] },
    {
      name: '[LE1] a scope that overlaps a live one waits',
      events: [request('a', 'attic+room'), request('b', 'room')],
      said: ['grant 1 a'],
    },
    {
      name: '[LE1] scopes that share nothing are held side by side',
      events: [request('a', 'attic'), request('b', 'room')],
      said: ['grant 1 a', 'grant 2 b'],
    },
    {
      name: '[LE1] who waits for a busy room does not keep another from a free one',
      events: [request('a', 'attic'), request('b', 'attic+room'), request('c', 'room')],
      said: ['grant 1 a', 'grant 2 c'],
    },
    {
      name: '[LE3] the first in line gets a lease in the breath in which it became free',
      events: [request('a', 'room'), request('b', 'room'), request('c', 'room'), release('a', 5)],
      said: ['grant 1 a', 'end 1 a', 'grant 2 b'],
    },
    {
      name: '[LE3] the term rises for the same node too',
      events: [request('a', 'room', 0, 'n'), release('a'), request('b', 'room', 1, 'n')],
      said: ['grant 1 a', 'end 1 a', 'grant 2 b'],
    },
    {
      name: '[LE3] a node that comes again before its older session has ended gets a new term',
      events: [request('a', 'room', 0, 'n'), request('b', 'room', 1, 'n')],
      said: ['grant 1 a', 'end 1 a', 'grant 2 b'],
    },
    {
      name: '[LE3] asking again for what one holds changes nothing',
      events: [request('a', 'room'), request('a', 'room', 1)],
      said: ['grant 1 a'],
    },
    {
      name: '[LE3] who left the line is not granted',
      events: [request('a', 'room'), request('b', 'room'), release('b'), release('a')],
      said: ['grant 1 a', 'end 1 a'],
    },
    {
      name: '[LE2] a renewal moves the end',
      events: [request('a', 'room'), renew('a', 1, 2000), tick(4999), tick(5000)],
      said: ['grant 1 a', 'renewed 1 a', 'end 1 a'],
    },
    {
      name: '[LE2] without a renewal it ends 3 s after receipt',
      events: [request('a', 'room', 100), tick(3099), tick(3100)],
      said: ['grant 1 a', 'end 1 a'],
    },
    {
      name: '[LE2] a renewal that comes too late finds no lease',
      events: [request('a', 'room'), renew('a', 1, 3000)],
      said: ['grant 1 a', 'end 1 a'],
    },
    {
      name: '[LE2] a wrong term renews nothing',
      events: [request('a', 'room'), renew('a', 2, 1000), tick(3000)],
      said: ['grant 1 a', 'end 1 a'],
    },
    {
      name: '[LE2] another session renews nothing',
      events: [request('a', 'room'), renew('b', 1, 1000), tick(3000)],
      said: ['grant 1 a', 'end 1 a'],
    },
    {
      name: '[LE2] a connected but stuck engine loses it to the standby',
      events: [
        request('a', 'room'),
        request('b', 'room'),
        renew('a', 1, 1000, 0),
        renew('a', 1, 2000, 1000),
        renew('a', 1, 4000, 3000),
        renew('a', 1, 5000, 4000),
        renew('a', 1, 6000, 5000),
        renew('a', 1, 7000, 6000),
      ],
      said: ['grant 1 a', 'renewed 1 a', 'renewed 1 a', 'renewed 1 a', 'end 1 a', 'grant 2 b'],
    },
    {
      name: '[LE2] an engine that is far behind and comes closer keeps it',
      events: [request('a', 'room'), renew('a', 1, 500, 90_000), renew('a', 1, 2500, 60_000), renew('a', 1, 5000, 30_000), tick(7999)],
      said: ['grant 1 a', 'renewed 1 a', 'renewed 1 a'],
    },
    {
      name: '[LE2] an engine that is far behind and stays so loses it',
      events: [request('a', 'room'), renew('a', 1, 500, 90_000), renew('a', 1, 1500, 90_000), renew('a', 1, 2500, 90_100), tick(3000)],
      said: ['grant 1 a', 'end 1 a'],
    },
    {
      name: '[LE2] one that lost it by standing still is tried again only after a pause',
      events: [request('a', 'room'), tick(3000), tick(32_999), tick(33_000)],
      said: ['grant 1 a', 'end 1 a', 'grant 2 a'],
    },
    {
      name: '[DR1] closing ends every lease and grants nothing more',
      events: [
        request('a', 'attic'),
        request('b', 'room'),
        request('c', 'room'),
        { kind: 'close', up: 9 },
        request('d', 'cellar'),
        release('b'),
        tick(99),
      ],
      said: ['grant 1 a', 'grant 2 b', 'end 1 a', 'end 2 b'],
    },
  ];
  it.each(table)('$name', ({ events, said }) => {
    expect(run(events).said).toEqual(said);
  });

  it('[IN6] the terms go on from the highest that was ever granted', () => {
    expect(run([request('a', 'room')], startLeases(41)).said).toEqual(['grant 42 a']);
  });

  it('[LE2] the wake-up is the earliest end, and later the end of a pause', () => {
    const { state } = run([request('a', 'attic', 100), request('b', 'room', 700), renew('a', 1, 900)]);
    expect(nextLeaseWake(state, policy)).toBe(3700);
    expect(nextLeaseWake(run([tick(3900)], state).state, policy)).toBe(33_900);
  });

  const scopes = ['attic', 'room', 'attic+room', 'cellar', 'cellar+room'];
  const anyEvent = fc.oneof(
    fc.record({
      kind: fc.constant('request' as const),
      session: fc.integer({ min: 0, max: 5 }),
      scope: fc.constantFrom(...scopes),
      pass: fc.nat(2000),
    }),
    fc.record({ kind: fc.constant('renew' as const), session: fc.integer({ min: 0, max: 5 }), behindMs: fc.nat(9000), pass: fc.nat(2000) }),
    fc.record({ kind: fc.constant('release' as const), session: fc.integer({ min: 0, max: 5 }), pass: fc.nat(2000) }),
    fc.record({ kind: fc.constant('tick' as const), pass: fc.nat(40_000) }),
  );

  it('[IN6] terms increase, live leases never overlap, and every grant but the live ones has one end', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (plan) => {
        let state = startLeases(0);
        let up = 0;
        const granted: number[] = [];
        const ended: number[] = [];
        for (const one of plan) {
          up += one.pass;
          const session = 'session' in one ? `s${one.session}` : '';
          const term = state.held.find((lease) => lease.session === session)?.term ?? 0;
          const event: LeaseEvent =
            one.kind === 'request'
              ? request(session, one.scope, up, `n${one.session % 4}`)
              : one.kind === 'renew'
                ? renew(session, term, up, one.behindMs)
                : one.kind === 'release'
                  ? release(session, up)
                  : tick(up);
          const [next, effects] = stepLeases(state, event, policy);
          state = next;
          for (const { kind, lease } of effects) {
            if (kind === 'grant') granted.push(lease.term);
            if (kind === 'end') ended.push(lease.term);
          }
          for (const [index, lease] of state.held.entries()) {
            expect(up - lease.validUp).toBeLessThan(policy.ttlMs);
            for (const other of state.held.slice(index + 1)) expect(hasOverlap(lease.scope, other.scope)).toBe(false);
          }
        }
        expect(granted).toEqual(granted.map((_, index) => index + 1));
        expect(ended.toSorted((a, b) => a - b)).toEqual(granted.filter((term) => state.held.every((lease) => lease.term !== term)));
      }),
      { seed: 20_260_302, numRuns: 500 },
    );
  });

  it('[LE2] an engine that makes no progress holds no lease longer than two times 3 s', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 50, max: 1500 }), { minLength: 20, maxLength: 40 }), (pauses) => {
        let [state] = stepLeases(startLeases(0), request('a', 'room'), policy);
        let up = 0;
        for (const pause of pauses) {
          up += pause;
          // It worked off everything at 0, and nothing since.
          [state] = stepLeases(state, renew('a', 1, up, up), policy);
          expect(state.held.length > 0 && up > policy.freshMs + policy.ttlMs).toBe(false);
        }
      }),
      { seed: 20_260_303, numRuns: 200 },
    );
  });
});
