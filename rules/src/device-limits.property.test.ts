import { millis } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noteRun, toLimitHold, toSlewed, type DeviceLimitSet, type DeviceRun, type RunFacts } from './device-limits.ts';

const hourMs = 3_600_000;

/** A day of requests: how long after the one before each comes, in seconds, and what it asks for. */
const requests = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.boolean()), { minLength: 100, maxLength: 100 });

/** What a device does that gets each request unless its limits hold it back; a start or stop, with its moment. */
const obey = (limits: DeviceLimitSet, asked: readonly (readonly [number, boolean])[]) => {
  const switches: { readonly up: number; readonly isOn: boolean }[] = [];
  let runs: readonly DeviceRun[] = [];
  let switched = null as RunFacts['switched'];
  let up = 10 * hourMs;
  for (const [after, isOn] of asked) {
    up += after * 1000;
    if ((switched?.isOn ?? false) === isOn) continue;
    const hold = toLimitHold(limits, { switched, runs }, isOn, up);
    if (hold !== null && hold.untilUp <= up) throw new Error(`${hold.limit} holds until ${hold.untilUp}, which is over at ${up}`);
    if (hold !== null) continue;
    runs = noteRun(runs, isOn, up, limits);
    switched = { isOn, up };
    switches.push({ up, isOn });
  }
  return switches;
};

describe('limits of a device over 100,000 requests', () => {
  it('starts no earlier than minOff after a stop, and stops no earlier than minOn after a start', () => {
    const lengths = fc.record({ minOn: fc.integer({ min: 0, max: 1200 }), minOff: fc.integer({ min: 0, max: 1200 }) });
    fc.assert(
      fc.property(lengths, requests, ({ minOn, minOff }, asked) => {
        const switches = obey({ minOn: millis(minOn * 1000), minOff: millis(minOff * 1000) }, asked);
        return switches.every(({ up, isOn }, i) => up - (switches[i - 1]?.up ?? 0) >= (isOn ? minOff : minOn) * 1000);
      }),
      { seed: 21, numRuns: 1000 },
    );
  });

  it('starts at most maxStartsPerHour times in any hour, and is not held back below that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), requests, (maxStartsPerHour, asked) => {
        const switches = obey({ minOn: millis(0), minOff: millis(0), maxStartsPerHour }, asked);
        const starts = switches.filter(({ isOn }) => isOn);
        for (const { up } of starts) {
          const within = starts.filter((other) => other.up <= up && other.up > up - hourMs);
          expect(within.length).toBeLessThanOrEqual(maxStartsPerHour);
        }
        const free = obey({ minOn: millis(0), minOff: millis(0), maxStartsPerHour: 3600 }, asked);
        expect(switches.length).toBeLessThanOrEqual(free.length);
        const isWithin = free.filter(({ isOn }) => isOn).length <= maxStartsPerHour;
        expect(isWithin ? switches : free).toEqual(free);
      }),
      { seed: 22, numRuns: 1000 },
    );
  });

  it('moves no faster than slew, never past what is asked for, and gets there', () => {
    const amount = fc.double({ min: -1000, max: 1000, noNaN: true });
    const speed = fc.double({ min: 0.001, max: 100, noNaN: true });
    fc.assert(
      fc.property(amount, amount, speed, fc.integer({ min: 0, max: 60_000 }), (from, to, slewPerS, ms) => {
        const reached = toSlewed(from, to, slewPerS, ms);
        const reach = (slewPerS * ms) / 1000;
        const isSlow = Math.abs(reached - from) <= reach + 1e-9;
        const isBetween = reached >= Math.min(from, to) - 1e-9 && reached <= Math.max(from, to) + 1e-9;
        return isSlow && isBetween && (Math.abs(to - from) > reach || reached === to);
      }),
      { seed: 23, numRuns: 100_000 },
    );
  });
});
