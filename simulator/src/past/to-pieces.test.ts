import { textReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSimulatorState } from '../simulator-state.ts';
import type { PastMoment, PastSwitch } from './live-past.ts';
import { toPieces } from './to-pieces.ts';

const simulator = createSimulatorState();
const heater = (value: boolean): PastSwitch => ({
  device: 'room/heater',
  value,
  by: { kind: 'node', id: 'automation-1' },
  why: textReason(`wanted ${value}`),
});
const moment = (at: number, ...switches: readonly PastSwitch[]): PastMoment => ({
  at,
  readings: new Map([['room/front/temperature', { v: at / 10, q: 'simulated' }]]),
  found: [],
  switches,
  simulator,
});

describe('a past in pieces', () => {
  const moments = [moment(0, heater(false)), moment(10), moment(20, heater(true)), moment(30), moment(40, heater(false)), moment(50)];
  const pieces = [...toPieces(moments, 10, 20)];

  it('leaves out what only brought the rooms to life, and loses no sample', () => {
    expect(pieces.map(({ samples }) => samples.map(({ at }) => at))).toEqual([[10, 20], [30, 40], [50]]);
    expect(pieces[0]?.samples[0]).toEqual({ point: 'room/front/temperature', at: 10, v: 1, q: 'simulated' });
  });

  it('says what a device is that nothing ever moves', () => {
    const found = [{ ...heater(true), by: { kind: 'hub' } as const, why: textReason('found so') }];
    const still = [{ ...moment(0), found }, moment(10), moment(20)];
    expect([...toPieces(still, 10, 20)].flatMap(({ spans }) => spans)).toMatchObject([
      { from: 10, to: null, value: true, by: { kind: 'hub' } },
    ]);
  });

  it('says what a device was from the first moment on, without a hole, and what it is at the end', () => {
    expect(pieces.flatMap(({ spans }) => spans).map(({ from, to, value, why }) => [from, to, value, why])).toEqual([
      [10, 20, false, textReason('wanted false')],
      [20, 40, true, textReason('wanted true')],
      [40, null, false, textReason('wanted false')],
    ]);
  });
});
