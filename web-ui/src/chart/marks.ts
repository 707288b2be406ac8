import type { AlarmPriority } from '@phloem/protocol';
import { rightInset, toGutter } from './insets.ts';
import { toEnd, toShare, type Stretch } from './time-scale.ts';

/** An alarm from its onset to its end, or a note, as a chart shows it. */
export type ChartMark = {
  readonly key: string;
  readonly at: number;
  /** When the alarm cleared; null while it is active, and for a note. */
  readonly until: number | null;
  /** Null for a note. */
  readonly priority: AlarmPriority | null;
  /** All of it in a sentence, with its times. */
  readonly text: string;
};

/** Marks that stand so close that one sign stands for them all. */
export type MarkGroup = {
  readonly key: string;
  /** Where it stands, in CSS pixels from the left of the chart. */
  readonly x: number;
  readonly at: number;
  /** The sign: the gravest alarm among them, or a note. */
  readonly sign: AlarmPriority | 'note';
  /** The digit of its priority, or how many they are. */
  readonly label: string;
  readonly marks: readonly ChartMark[];
};

/** As wide as a sign with its digits. */
const signWidth = 30;

/** Claims that a mark touches what the chart shows; an alarm that lasts still touches the present. */
export const isShown = ({ at, until, priority }: ChartMark, stretch: Stretch): boolean =>
  at <= toEnd(stretch) && (priority === null ? at : (until ?? stretch.now)) >= stretch.from;

/** The signs over a chart of this width, from left to right. What began before it stands at its left edge. */
export const toMarkGroups = (marks: readonly ChartMark[], stretch: Stretch, width: number): readonly MarkGroup[] => {
  const left = toGutter(width);
  const plot = width - left - rightInset;
  const groups: { x: number; marks: ChartMark[] }[] = [];
  for (const mark of marks.filter((one) => isShown(one, stretch)).toSorted((a, b) => a.at - b.at)) {
    const x = left + plot * Math.max(0, toShare(stretch, mark.at));
    const last = groups.at(-1);
    if (last !== undefined && x - last.x < signWidth) last.marks.push(mark);
    else groups.push({ x, marks: [mark] });
  }
  return groups.map(({ x, marks: own }) => {
    const [first] = own;
    const [sign] = own.map(({ priority }) => priority ?? 'note').toSorted();
    const digit = sign === undefined || sign === 'note' ? '' : sign.slice(1);
    return {
      key: first?.key ?? '',
      x,
      at: Math.max(first?.at ?? 0, stretch.from),
      sign: sign ?? 'note',
      label: own.length === 1 ? digit : `×${own.length}`,
      marks: own,
    };
  });
};
