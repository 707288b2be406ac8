import type { ValueReport } from '@phloem/protocol';
import type { Scalar } from '../expressions/scope.ts';
import { isUnknown, unknown, type Maybe } from '../nodes/node.ts';
import { formatDimension } from '../units/dimension.ts';
import type { Shown } from './builder.ts';
import type { Run } from './run.ts';

const noValues: readonly ValueReport[] = [];

/** Makes the function that reports the shown values that one entry has changed; all of them at the first entry. */
export const createReportValues = (
  shown: readonly Shown[],
  slotCount: number,
): ((run: Run, isFirst: boolean) => readonly ValueReport[]) => {
  const scales = Float64Array.from(shown, ({ dimension }) => 10 ** decimalsOf(formatDimension(dimension)));
  /** By slot, the place of what people are shown; -1 where there is none. */
  const shownAt = new Int32Array(slotCount).fill(-1);
  for (const [place, { slot }] of shown.entries()) shownAt[slot] = place;

  return (run, isFirst) => {
    let values: ValueReport[] | undefined;
    const reportedSlots = isFirst ? shown.map((each) => each.slot) : run.changed;
    for (let i = 0; i < reportedSlots.length; i++) {
      const slot = reportedSlots[i] ?? 0;
      const place = shownAt[slot] ?? -1;
      const v = place === -1 ? null : toReported(run.values[slot] ?? unknown, scales[place] ?? 1);
      if (place === -1 || v === run.reportedAt(place)) continue;
      run.tell(place, v);
      (values ??= []).push({ name: shown[place]?.name ?? '', v, q: v === null ? 'bad' : 'good' });
    }
    return values ?? noValues;
  };
};

const decimalsOf = (unit: string): number => ({ kPa: 3, '°C': 2, K: 2, '%': 1, ppm: 0, 'µmol/m²/s': 0 })[unit] ?? 3;

const toReported = (value: Maybe<Scalar>, scale: number): Scalar | null => {
  if (isUnknown(value)) return null;
  if (typeof value !== 'number' || Math.abs(value) > 1e12) return value;
  return Math.round(value * scale) / scale + 0;
};
