import { stripMs, type Sample } from './point-watch.ts';

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
