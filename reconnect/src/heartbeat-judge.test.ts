import type { Heartbeat } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { receiveHeartbeat, startPulse, stepPulse, type Pulse } from './heartbeat-judge.ts';

const terms = { everyMs: 500, deadMs: 2000, leaseMs: 3000 };
const beatAt = (pulse: Pulse, now: number): Pulse => {
  const step = stepPulse(pulse, now, terms);
  if (step.verdict === 'dead') throw new Error('dead');
  return step.pulse;
};
const beatsUntil = (until: number): Pulse => {
  let pulse = startPulse(0);
  for (let now = 0; now <= until; now += 500) pulse = beatAt(pulse, now);
  return pulse;
};
const echo = (n: number, t: number, heldMs = 0): Heartbeat => ({ n: 1, t: 77, echo: { n, t, heldMs } });

describe('the judge of the heartbeat', () => {
  it('[HB2] is patient up to the limit and not beyond it', () => {
    const pulse = beatsUntil(1500);
    expect(stepPulse(pulse, 2000, terms).verdict).toBe('alive');
    expect(stepPulse(beatAt(pulse, 2000), 2500, terms).verdict).toBe('dead');
  });

  it('[HB2] messages without an echo prove nothing of the way out', () => {
    const { pulse } = receiveHeartbeat(beatsUntil(2000), { n: 9, t: 9 }, 2100);
    expect(stepPulse(pulse, 2500, terms).verdict).toBe('dead');
  });

  it('[HB2] the echo of one proves all before it', () => {
    const { pulse } = receiveHeartbeat(beatsUntil(2000), echo(4, 1500), 2100);
    expect(pulse.unanswered.map(({ n }) => n)).toEqual([5]);
    expect(stepPulse(pulse, 2500, terms).verdict).toBe('alive');
  });

  it('[HB2] the echo of something that was never sent proves nothing', () => {
    const before = beatsUntil(2000);
    const heard = receiveHeartbeat(before, echo(40, 1500), 2100);
    expect(heard.provenAt).toBeNull();
    expect(heard.pulse.unanswered).toEqual(before.unanswered);
  });

  it('[HB2] a tick that comes late is a pause of our own: what is unanswered is judged again', () => {
    const pulse = beatsUntil(1000);
    const late = stepPulse(pulse, 31_000, terms);
    expect(late).toMatchObject({ verdict: 'own-pause', lagMs: 29_500 });
    if (late.verdict === 'dead') return;
    let after = late.pulse;
    for (const now of [31_500, 32_000, 32_500, 33_000]) after = beatAt(after, now);
    expect(stepPulse(after, 33_500, terms).verdict).toBe('dead');
  });

  it('[HB3] the round trip leaves out how long the other side held the echo', () => {
    expect(receiveHeartbeat(beatsUntil(1000), echo(3, 1000, 380), 1400).roundTripMs).toBe(20);
  });

  it('[HB1] echoes the newest heartbeat of the other side with the time it was held', () => {
    const { pulse } = receiveHeartbeat(beatsUntil(500), { n: 7, t: 123 }, 700);
    expect(stepPulse(pulse, 1000, terms)).toMatchObject({ beat: { n: 3, t: 1000, echo: { n: 7, t: 123, heldMs: 300 } } });
  });
});
