import { createMomentText, type OffsetStatus, type SetpointAhead } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { findSetpoint, toDelta, toOffsetLines, toSetpointLines, toSetpoints } from './setpoint-lines.ts';
import { shieldMinus } from './shield-minus.ts';

const toMoment = createMomentText('Europe/Vienna');
const status: OffsetStatus = {
  setpoint: 'room/climate/temp',
  delta: 1.5,
  by: { kind: 'user', id: 'anna' },
  reason: 'cold seedlings',
  since: 1_800_000_000_000,
  until: 1_800_007_200_000,
  untilUp: 1,
  lsn: 7,
  isReleased: false,
};
const temp: SetpointAhead = {
  name: 'room/climate/temp',
  title: 'Temperature',
  quantity: 'temperature',
  now: 25.5,
  base: 24,
  offset: status,
  reach: 2,
  target: null,
  alarm: null,
  points: [],
  steps: [],
};
const light: SetpointAhead = { ...temp, name: 'room/climate/light', quantity: 'percent', now: 80, base: 80, offset: null, reach: null };
const co2: SetpointAhead = { ...temp, name: 'room/climate/co2', quantity: 'mole_fraction', now: 900, base: 900, offset: null, reach: 200 };

describe('phloem setpoint', () => {
  it('shows each set-point once, with what is added to it, by whom and until when, or how far it may be moved', () => {
    expect(toSetpointLines(toSetpoints([{ setpoints: [temp, light] }, { setpoints: [light, co2] }]), toMoment)).toEqual([
      'room/climate/co2    900 ppm  may be moved by ±200 ppm',
      'room/climate/light     80 %  cannot be moved',
      'room/climate/temp   25.5 °C  24.0 °C +1.5 K until 2027-01-15 11:00 CET, anna: cold seedlings',
    ]);
    expect(toSetpointLines([], toMoment)[0]).toContain('no live rules');
  });

  it('says what came of it', () => {
    expect(toOffsetLines(status, temp, toMoment)).toEqual([
      'room/climate/temp is moved by +1.5 K until 2027-01-15 11:00 CET, anna: cold seedlings',
    ]);
    expect(toOffsetLines({ ...status, isReleased: true }, temp, toMoment)).toEqual(['room/climate/temp follows its schedule again']);
  });

  it.each([
    ['+1.5 K', 1.5],
    ['−1 K', -1],
    ['-0.5K', -0.5],
  ] as const)('takes %s', (text, delta) => {
    expect(toDelta(text, temp)).toBe(delta);
  });

  it.each([
    ['+1.5', 'say the unit: write it as "+1.5 K"'],
    ['+1.5 °C', 'a difference is written in K'],
    ['+100 ppm', 'differs by K'],
    ['--warmer', 'write it as'],
  ] as const)('refuses %s with how it is written', (text, message) => {
    expect(() => toDelta(text, temp)).toThrow(message);
  });

  it('takes less for a number, and options for options', () => {
    expect(shieldMinus(['setpoint', 'offset', 'x', '-1 K', '--for', '2h', '-h', '-3', '-100ppm'])).toEqual([
      'setpoint',
      'offset',
      'x',
      '−1 K',
      '--for',
      '2h',
      '-h',
      '-3',
      '−100ppm',
    ]);
  });

  it('says which name may have been meant', () => {
    expect(findSetpoint([temp, co2], 'room/climate/co2')).toBe(co2);
    expect(() => findSetpoint([temp, co2], 'room/climate/tmep')).toThrow('did you mean room/climate/temp?');
  });
});
