import { describe, expect, it } from 'vitest';
import { createMomentText } from '@phloem/protocol';
import { toCalibrationRequest, toForMs, toSeen } from './parse-point-options.ts';
import { toRecordLines } from './record-lines.ts';

const options = { pair: ['25.2=25.5'], instrument: 'HM70', reason: 'monthly' };

describe('phloem point', () => {
  it('[RE2] takes one pair or two, and days', () => {
    expect(toCalibrationRequest({ ...options, pair: ['25.2 = 25.5', '−3=-2.5'], due: '2027-05-31' })).toEqual({
      pairs: [
        { reference: 25.2, reading: 25.5 },
        { reference: -3, reading: -2.5 },
      ],
      instrument: 'HM70',
      due: 1_811_721_600_000,
      reason: 'monthly',
    });
  });

  it.each([
    [{ pair: [] }, 'once for an offset'],
    [{ pair: ['1=2', '3=4', '5=6'] }, 'twice'],
    [{ pair: ['25.2'] }, 'as 25.2=25.5'],
    [{ pair: ['=25'] }, 'as 25.2=25.5'],
    [{ pair: ['a=b'] }, 'as 25.2=25.5'],
    [{ due: '31.5.2027' }, '--due'],
    [{ instrumentDue: '2027-02-30' }, '--instrument-due'],
  ])('[RE2] refuses %j and says how it is written', (over, words) => {
    expect(() => toCalibrationRequest({ ...options, ...over })).toThrow(words);
  });

  it('[RE2] does not write over a calibration that somebody has just made, unless it is named as seen', () => {
    const hash = 'ab12'.repeat(16);
    const status = {
      hash,
      at: 1000,
      by: { kind: 'user', id: 'mia' } as const,
      gain: 1,
      offset: 0,
      asFound: [],
      asLeft: [],
      instrument: null,
      instrumentDue: null,
      due: null,
      isOverdue: false,
      reason: 'weekly',
    };
    const id = 'house/north/temperature';
    const clock = (at: number): string => `t${at}`;
    expect(toSeen({ id, calibration: null }, undefined, 2000, clock)).toBeNull();
    expect(toSeen({ id, calibration: status }, undefined, 1000 + 10 * 60_000, clock)).toBe(hash);
    expect(toSeen({ id, calibration: status }, 'AB12ab12', 2000, clock)).toBe(hash);
    expect(() => toSeen({ id, calibration: status }, undefined, 2000, clock)).toThrow(
      'mia calibrated house/north/temperature at t1000 (weekly): earlier pairs are no longer valid. If your pairs are newer, use --seen ab12ab12',
    );
    expect(() => toSeen({ id, calibration: status }, 'ffff', 1000 + 10 * 60_000, clock)).toThrow('use --seen ab12ab12');
    expect(() => toSeen({ id, calibration: null }, hash, 2000, clock)).toThrow('no longer has a calibration');
  });

  it('[RE6] confirms pairs only on request', () => {
    expect(toCalibrationRequest({ ...options, confirm: true })).toMatchObject({ confirmed: true });
    expect(toCalibrationRequest(options)).not.toHaveProperty('confirmed');
  });

  it('[RE5] takes a duration', () => {
    expect(toForMs('2h')).toBe(7_200_000);
    expect(() => toForMs('soon')).toThrow('20min or 2h');
  });

  it('shows what holds, what was before, and that a point is out of use', () => {
    const status = {
      hash: 'a'.repeat(64),
      at: 1_800_000_000_000,
      by: { kind: 'user', id: 'jan' } as const,
      gain: 1,
      offset: -0.3,
      asFound: [{ reference: 25.2, reading: 25.5 }],
      asLeft: [{ reference: 25.2, reading: 25.2 }],
      instrument: 'HM70',
      instrumentDue: null,
      due: 1_811_721_600_000,
      isOverdue: true,
      reason: 'monthly',
    };
    const lines = toRecordLines(
      {
        id: 'house/north/temperature',
        calibration: status,
        earlier: [{ ...status, offset: 0.1 }],
        maintenance: { by: { kind: 'user', id: 'jan' } as const, reason: 'swap', since: 1_800_000_000_000, until: 1_800_001_200_000 },
      },
      createMomentText('Europe/Vienna'),
    ).join('\n');
    expect(lines).toContain('OUT OF USE until 2027-01-15 09:20 CET, jan: swap');
    expect(lines).toContain('value = uncorrected × 1 + −0.3, against HM70');
    expect(lines).toContain('as found 25.5, as left 25.2');
    expect(lines).toContain('due again on 2027-05-31 – OVERDUE');
    expect(lines).toContain('× 1 + 0.1');
  });
});
