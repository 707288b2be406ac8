import type { PointHistory, PointLayout } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toBuckets } from '../history/buckets.ts';
import { toPointView } from '../points/point-view.ts';
import { createSiteTime } from '../format/site-time.ts';
import { toCalibrationText, toCorrectionText } from '../points/calibration.ts';
import { toProbeLines, toQualityText, toStats } from './point-panel-view.ts';

const at = Date.UTC(2026, 10, 23, 13);
const time = createSiteTime('Europe/Berlin');
const minute = 60_000;

const history = (mean: (number | null)[], good: number[]): PointHistory => ({
  id: 'room/front/temperature',
  from: at - mean.length * minute,
  to: at,
  bucketMs: minute,
  at: mean.map((_, index) => at - (mean.length - index) * minute),
  min: mean,
  mean,
  max: mean,
  values: mean.map((value) => (value === null ? 0 : 60)),
  good,
  isSimulated: mean.map(() => false),
  gaps: [],
});

describe('point panel', () => {
  it('says least, mean and greatest, and when', () => {
    const values = Float64Array.of(24, Number.NaN, 26, 28);
    const columns = {
      grid: { from: at - 4 * minute, stepMs: minute, count: 4 },
      min: values,
      mean: values,
      max: values,
      isSimulated: new Uint8Array(4),
    };
    expect(toStats(columns, 1, time, at)).toEqual({ min: '24.0', mean: '26.0', max: '28.0', minAt: '13:56', maxAt: '13:59' });
    const none = new Float64Array(4).fill(Number.NaN);
    expect(toStats({ ...columns, min: none, mean: none, max: none }, 1, time, at).mean).toBe('–');
  });

  it('says how good the samples were, and never rounds up to all', () => {
    const buckets = toBuckets(history([1, 2, null, 3], [1, 1, 0, 0.999]));
    const gap = { kind: 'missing' as const, from: at - 2 * minute, to: at - minute, why: 'no answer' };
    expect(toQualityText({ value: buckets, fault: null }, [gap])).toBe('99.9 % of the samples are good; 1 gap, 1 m 0 s together.');
    expect(toQualityText({ value: buckets, fault: null }, [{ ...gap, kind: 'unread' }])).toContain('no gaps');
    expect(toQualityText({ value: toBuckets(history([null], [0])), fault: null }, [])).toBe('No samples in this window.');
    expect(toQualityText({ value: null, fault: null }, [])).toBe('Reading the history…');
    expect(toQualityText({ value: null, fault: 'no answer in 10 s' }, [])).toBe('The history could not be read: no answer in 10 s.');
  });

  const probe = (id: string, value: number | null) => {
    const layout: PointLayout = { id, quantity: 'temperature', intervalMs: 1000, decimals: 1, title: '', isDerived: false, range: null };
    const state = { id, v: value, q: value === null ? ('bad' as const) : ('good' as const), lsn: 1, reported: 1000, changed: 1000 };
    return { layout, title: id, view: toPointView(layout, state, 1100, time), value };
  };

  it('finds the probe that deviates', () => {
    const lines = toProbeLines([
      probe('room/front/temperature', 25),
      probe('room/middle/temperature', 25.2),
      probe('room/back/temperature', 28),
    ]);
    expect(lines.map(({ difference, isOff }) => [difference, isOff])).toEqual([
      ['−0.2', false],
      ['0.0', false],
      ['+2.8', true],
    ]);
  });

  it('does not blame one of two, nor noise, nor what has no value', () => {
    expect(toProbeLines([probe('a/a/t', 20), probe('a/b/t', 28)]).some(({ isOff }) => isOff)).toBe(false);
    expect(toProbeLines([probe('a/a/t', 25), probe('a/b/t', 25), probe('a/c/t', 25.3)]).some(({ isOff }) => isOff)).toBe(false);
    expect(toProbeLines([probe('a/a/t', 25), probe('a/b/t', null)])[1]).toMatchObject({ difference: '', isOff: false });
  });

  it('says when it was calibrated, and that it is overdue', () => {
    expect(toCalibrationText(null, time)).toBe('');
    const none = { id: 'a/b/t', calibration: null, earlier: [], maintenance: null };
    expect(toCalibrationText(none, time)).toBe('No calibration recorded.');
    const calibration = {
      hash: 'a'.repeat(64),
      at: at - 86_400_000,
      by: { kind: 'user', id: 'jo' } as const,
      gain: 1,
      offset: -0.3,
      asFound: [],
      asLeft: [],
      instrument: null,
      instrumentDue: null,
      due: at - minute,
      isOverdue: true,
      reason: 'yearly',
    };
    expect(toCalibrationText({ ...none, calibration }, time)).toBe('Calibrated 22 Nov by jo: −0.3, was due 23 Nov.');
    expect(toCorrectionText({ gain: 1.02, offset: 0.5 })).toBe('×1.02 +0.5');
    expect(toCorrectionText({ gain: 1, offset: 0 })).toBe('nothing to correct');
  });
});
