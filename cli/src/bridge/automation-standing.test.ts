import { describe, expect, it } from 'vitest';
import { stepStanding, toAutomationCode, toReportedAutomation } from './automation-standing.ts';

describe('[BR1] how a foreign automation stands', () => {
  it.each([
    ['flowing', 'no sign of life', 'no-sign-of-life'],
    ['flowing', 'waiting for the lease', 'waiting-for-lease'],
    ['resting', 'in control', 'in-control'],
  ] as const)('in the phase %s with the control %s is %s', (phase, control, code) => {
    expect(toAutomationCode({ phase, control })).toBe(code);
  });

  it('is not known before the bridge has looked, and stays known when the connection is lost', () => {
    expect(toAutomationCode({ phase: 'dialing', control: 'no sign of life' })).toBeNull();
    expect(toAutomationCode({ phase: 'resting', control: 'no sign of life' })).toBeNull();
    expect(toAutomationCode({ phase: 'resting', control: 'no sign of life' }, 'in-control')).toBe('no-sign-of-life');
  });

  it('counts from the first look that showed it', () => {
    const first = stepStanding(null, 'in-control', 1000);
    const still = stepStanding(first, 'in-control', 4000);
    expect(toReportedAutomation(still, 4500)).toEqual({ code: 'in-control', forMs: 3500 });
    expect(toReportedAutomation(stepStanding(still, 'no-sign-of-life', 5000), 5000)).toEqual({ code: 'no-sign-of-life', forMs: 0 });
    expect(toReportedAutomation(stepStanding(still, null, 5000), 5000)).toBeNull();
  });
});
