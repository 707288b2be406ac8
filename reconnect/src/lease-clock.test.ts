import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renewLease, startLease, applyGrant, toLeaseStatus } from './lease-clock.ts';

const grant = { scope: 'flower_room', term: 3, holder: 'automation-1', ttlMs: 3000 };

describe('the clock of a lease', () => {
  it('[LE2] counts from the sending of the renewal, less ten per cent', () => {
    const state = renewLease(applyGrant(startLease(100), grant), 1000);
    expect(toLeaseStatus(state, 3699)).toEqual({ state: 'held', scope: 'flower_room', term: 3, untilAt: 3700 });
    expect(toLeaseStatus(state, 3700)).toEqual({ state: 'none' });
  });

  it('[LE2] an answer that comes late to an older renewal does not shorten it', () => {
    expect(renewLease(renewLease(startLease(0), 1000), 500).provenAt).toBe(1000);
  });

  it('is waiting while somebody else holds it, and nothing without a request', () => {
    expect(toLeaseStatus(startLease(0), 0)).toEqual({ state: 'none' });
    expect(toLeaseStatus(applyGrant(startLease(0), { ...grant, term: null, holder: 'automation-2' }), 0)).toEqual({
      state: 'waiting',
      scope: 'flower_room',
      holder: 'automation-2',
    });
  });

  it('[LE2] whatever the way takes and up to ten per cent of drift, the holder stops before the hub does', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5000, noNaN: true }),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        fc.double({ min: 0.91, max: 1.09, noNaN: true }),
        (sentAt, wayMs, rate) => {
          // The hub's clock runs `rate` times as fast as the holder's, and counts from receipt.
          const state = renewLease(applyGrant(startLease(0), grant), sentAt);
          const hubEnds = sentAt + wayMs + grant.ttlMs / rate;
          const last = toLeaseStatus(state, sentAt);
          expect(last.state === 'held' && last.untilAt <= hubEnds).toBe(true);
        },
      ),
      { seed: 20_261_123 },
    );
  });
});
