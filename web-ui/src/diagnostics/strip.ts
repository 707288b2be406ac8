import type { CalibrationStatus } from '@phloem/protocol';
import { stripMs, type Sample, type Since } from './point-watch.ts';

/** The strip as a path in a box of `width` by `height`, newest at the right; a silence of more than `gapMs` is a gap. */
export type StripPath = { readonly path: string; readonly low: number; readonly high: number };

/** Draws the last two minutes up to `now`. Null when there is nothing in them. */
export const toStripPath = (
  samples: readonly Sample[],
  now: number,
  { width, height, gapMs }: { readonly width: number; readonly height: number; readonly gapMs: number },
): StripPath | null => {
  const shown = samples.filter(({ at }) => at > now - stripMs);
  if (shown.length === 0) return null;
  const values = shown.map(({ value }) => value);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  // A flat line is drawn in the middle and not blown up to noise.
  const pad = max === min ? Math.max(Math.abs(max) * 0.01, 0.5) : (max - min) * 0.08;
  const [low, high] = [min - pad, max + pad];
  const toX = (at: number): number => width * (1 - (now - at) / stripMs);
  const toY = (value: number): number => height * (1 - (value - low) / (high - low));
  let last = Number.NEGATIVE_INFINITY;
  const parts = shown.map(({ at, value }) => {
    const step = at - last > gapMs ? 'M' : 'L';
    last = at;
    return `${step}${toX(at).toFixed(1)} ${toY(value).toFixed(1)}`;
  });
  return { path: parts.join(''), low: min, high: max };
};

/** What the hub makes of a value of the instrument; null where it takes it as it is. */
export type Correction = Pick<CalibrationStatus, 'gain' | 'offset'> | null;

/** The samples as the hub reports the value, when the calibration that holds now had held for all of them. */
export const toCorrected = (samples: readonly Sample[], correction: Correction): readonly Sample[] =>
  correction === null ? samples : samples.map(({ at, value }) => ({ at, value: value * correction.gain + correction.offset }));

/** The figures since Mark in the same measure; a gain is never negative, so that the least stays the least. */
export const toCorrectedSince = (since: Since, correction: Correction): Since => {
  if (correction === null || since.n === 0) return since;
  const { gain, offset } = correction;
  const move = (value: number): number => value * gain + offset;
  return { ...since, min: move(since.min), max: move(since.max), mean: move(since.mean), m2: since.m2 * gain * gain };
};
