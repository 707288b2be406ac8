import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restingLink, stepLink, type LinkEvent, type LinkState } from './link-machine.ts';
import type { LinkPhase } from './link.ts';

const phases: readonly LinkPhase[] = ['dialing', 'greeting', 'ready', 'resting', 'closed'];
const farewell = (retry: boolean, afterMs?: number): LinkEvent => ({
  kind: 'farewell',
  bye: { code: retry ? 'draining' : 'superseded', retry, message: '', ...(afterMs === undefined ? {} : { afterMs }) },
});
const events: Readonly<Record<string, LinkEvent>> = {
  opened: { kind: 'opened' },
  welcomed: { kind: 'welcomed' },
  healthy: { kind: 'healthy' },
  'farewell, for good': farewell(false),
  'farewell, until later': farewell(true, 900),
  dropped: { kind: 'dropped', why: 'cut' },
  rested: { kind: 'rested' },
  redial: { kind: 'redial' },
  close: { kind: 'close' },
};
/** What each event makes of each phase; `·` is: nothing moves. */
const table: Readonly<Record<string, Readonly<Record<LinkPhase, string>>>> = {
  opened: { dialing: 'greeting', greeting: '·', ready: '·', resting: '·', closed: '·' },
  welcomed: { dialing: '·', greeting: 'ready', ready: '·', resting: '·', closed: '·' },
  healthy: { dialing: '·', greeting: '·', ready: 'ready', resting: '·', closed: '·' },
  'farewell, for good': { dialing: '·', greeting: 'closed stop', ready: 'closed stop', resting: '·', closed: '·' },
  'farewell, until later': { dialing: '·', greeting: 'resting rest', ready: 'resting rest', resting: '·', closed: '·' },
  dropped: { dialing: 'resting rest', greeting: 'resting rest', ready: 'resting rest', resting: '·', closed: '·' },
  rested: { dialing: '·', greeting: '·', ready: '·', resting: 'dialing dial', closed: '·' },
  redial: { dialing: 'dialing dial', greeting: 'dialing dial', ready: 'dialing dial', resting: '·', closed: '·' },
  close: { dialing: 'closed stop', greeting: 'closed stop', ready: 'closed stop', resting: 'closed stop', closed: '·' },
};
const inPhase = (phase: LinkPhase): LinkState => ({ ...restingLink, phase, attempt: 4, failures: 2 });
const pause = () => 120;

describe('the link machine', () => {
  it.each(Object.entries(events).flatMap(([name, event]) => phases.map((phase) => [phase, name, event] as const)))(
    '%s × %s',
    (phase, name, event) => {
      const before = inPhase(phase);
      const { state, effect } = stepLink(before, event, pause);
      const moved = state === before ? '·' : state.phase;
      expect([moved, effect?.do].filter((word) => word !== undefined).join(' ')).toBe(table[name]?.[phase]);
    },
  );

  it('[HB4] dials at once after the first failure, and rests after the second', () => {
    const first = stepLink({ ...inPhase('ready'), failures: 0 }, { kind: 'dropped', why: 'cut' }, (failures) => (failures === 1 ? 0 : 70));
    expect(first).toMatchObject({ state: { phase: 'dialing', attempt: 5, failures: 1, why: 'cut' }, effect: { do: 'dial', attempt: 5 } });
    const second = stepLink(first.state, { kind: 'dropped', why: 'refused' }, (failures) => (failures === 1 ? 0 : 70));
    expect(second).toMatchObject({ state: { phase: 'resting', failures: 2 }, effect: { do: 'rest', ms: 70 } });
  });

  it('[HB4] the time in a farewell overrides the pause', () => {
    expect(stepLink(inPhase('ready'), farewell(true, 900), pause).effect).toEqual({ do: 'rest', ms: 900 });
    expect(stepLink(inPhase('ready'), farewell(true), pause).effect).toEqual({ do: 'rest', ms: 120 });
  });

  it('[HB4] health forgets failures, and nothing else does', () => {
    expect(stepLink(inPhase('ready'), { kind: 'healthy' }, pause).state.failures).toBe(0);
    expect(stepLink(inPhase('greeting'), { kind: 'welcomed' }, pause).state.failures).toBe(2);
  });

  it('[GR1] whatever happens, attempts count up by one with each dial, and a closed link stays closed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(events))), (happened) => {
        let state = restingLink;
        const attempts: number[] = [];
        for (const event of happened) {
          const step = stepLink(state, event, pause);
          if (step.effect?.do === 'dial') attempts.push(step.effect.attempt);
          expect(state.phase !== 'closed' || step.state === state).toBe(true);
          ({ state } = step);
          expect(state.attempt).toBe(attempts.length);
        }
        expect(attempts).toEqual(attempts.map((_, index) => index + 1));
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });
});
