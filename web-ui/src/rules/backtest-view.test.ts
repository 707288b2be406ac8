import { describe, expect, it } from 'vitest';
import { toBacktestView, toProblemText, type BacktestFound } from './backtest-view.ts';

const hour = 3_600_000;
const at = (hours: number) => ({ at: hours * hour });
const side = { runs: [], starts: { kind: 'known', value: 2 }, onMs: { kind: 'known', value: hour }, horizon: null } as const;
const result: BacktestFound = {
  kind: 'backtest',
  window: { from: 0, to: 10 * hour, counted: { first: at(1), last: at(10) } },
  coverage: { knownMs: 9 * hour, absentMs: 0, lostMs: 0, simulatedPastMs: 8 * hour },
  devices: [
    {
      device: 'room/heater',
      baseline: {
        ...side,
        runs: [
          { from: null, to: at(2) },
          { from: at(5), to: null },
        ],
      },
      candidate: {
        ...side,
        horizon: at(4),
        starts: { kind: 'undetermined', atLeast: 1 },
        onMs: { kind: 'between', min: hour, max: 2 * hour },
      },
      apart: [{}],
    },
    { device: 'room/fan', baseline: side, candidate: side, apart: [] },
  ],
};

describe('the result of a back-test', () => {
  it('has a lane for each device of the rule, with runs that reach to the ends of what was counted', () => {
    const view = toBacktestView(result, ['room/heater']);
    expect(view?.lanes.map(({ device }) => device)).toEqual(['room/heater']);
    expect(view?.lanes[0]?.live).toEqual([
      { x: 0.1, width: 0.1 },
      { x: 0.5, width: 0.5 },
    ]);
    expect(view?.lanes[0]?.horizon).toEqual({ x: 0.4, at: 4 * hour });
  });

  it('never shows a bare number of what is undetermined, and says what was simulated', () => {
    const view = toBacktestView(result, ['room/heater']);
    expect(view?.lanes[0]?.rows).toEqual([
      { name: 'Starts', live: '2', draft: 'undetermined; 1 until the horizon' },
      { name: 'Run time', live: '1 h 0 m', draft: '1 h 0 m to 2 h 0 m' },
    ]);
    expect(view?.notes).toEqual(['9 h 0 m counted', '8 h 0 m of it simulated, not recorded']);
  });

  it('says why nothing was counted, and takes nothing else for a result', () => {
    expect(toBacktestView({ ...result, window: { ...result.window, counted: null } }, [])?.notes[0]).toMatch(/^Nothing can be counted yet/);
    expect([toBacktestView(null, []), toBacktestView({ kind: 'other' }, [])]).toEqual([null, null]);
  });

  it('says what is wrong with a draft, without the text that was sent', () => {
    const message =
      'candidate:13:677: spec.when: expected a band, found none\n  13 | {"kind":"Rule"}\n     |   ^^^\n  hint: between them both would be true';
    expect(toProblemText(message)).toBe('spec.when: expected a band, found none; hint: between them both would be true');
  });
});
