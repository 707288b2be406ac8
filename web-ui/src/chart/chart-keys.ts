import type { ChartModel } from './model.ts';
import { toEnd } from './time-scale.ts';
import type { WindowEvent } from './window.ts';

/** A key that was pressed, as far as it matters to a chart. */
export type ChartPress = {
  readonly key: string;
  readonly isAlt: boolean;
  readonly isShift: boolean;
  /** Whether Ctrl or Meta was held: such keys belong to the browser. */
  readonly isModified: boolean;
};

/** What a key asks of the cursor; `reads` where the new position is to be announced. */
export type CursorStep = { readonly kind: 'point'; readonly at: number | null; readonly reads: boolean };

/** What a key asks of a chart in focus. `take` uses the key up without an effect. */
export type ChartKeyCommand = CursorStep | { readonly kind: 'note' | 'take' };

/** What a key asks of a chart wherever the focus is. */
export type PageKeyCommand =
  | { readonly kind: 'table' }
  | { readonly kind: 'freeze' }
  | (WindowEvent & { readonly kind: 'shorter' | 'longer' });

/** What a key in the chart asks for; null leaves the key to others. */
export const toChartCommand = (
  press: ChartPress,
  { model, cursorAt, hasNotes }: { readonly model: ChartModel | null; readonly cursorAt: number | null; readonly hasNotes: boolean },
): ChartKeyCommand | null => {
  if (press.isAlt || press.isModified) return null;
  const columns = press.isShift ? 10 : 1;
  switch (press.key) {
    case 'ArrowLeft':
    case 'ArrowRight':
      if (model === null) return { kind: 'take' };
      return { kind: 'point', at: moveCursor(model, cursorAt, press.key === 'ArrowLeft' ? -columns : columns), reads: true };
    case 'Home':
      return model === null ? null : { kind: 'point', at: model.stretch.from, reads: true };
    case 'End':
      return model === null ? null : { kind: 'point', at: model.stretch.now, reads: true };
    case 'Escape':
      return cursorAt === null ? null : { kind: 'point', at: null, reads: false };
    case 'n':
      return hasNotes ? { kind: 'note' } : null;
    default:
      return null;
  }
};

/** What a key of the page asks for. `isTyping` and `isOnControl` say where it goes. Null leaves the key to others. */
export const toPageCommand = (
  { key, isAlt, isModified }: ChartPress,
  { isTyping, isOnControl }: { readonly isTyping: boolean; readonly isOnControl: boolean },
): PageKeyCommand | null => {
  if (isAlt && key.toLowerCase() === 't') return { kind: 'table' };
  if (isTyping || isAlt || isModified) return null;
  if (key === '[') return { kind: 'shorter' };
  if (key === ']') return { kind: 'longer' };
  return key === ' ' && !isOnControl ? { kind: 'freeze' } : null;
};

/** How many steps the stretch ahead of now has. */
const stepsAhead = 72;

/** Moves the cursor by columns; without a cursor it starts from now. It stays within the chart. */
export const moveCursor = ({ lanes, stretch }: ChartModel, cursorAt: number | null, columns: number): number => {
  const from = cursorAt ?? stretch.now;
  const pastStep = lanes[0]?.series[0]?.columns.grid.stepMs ?? 60_000;
  const step = from >= stretch.now && columns > 0 ? stretch.aheadMs / stepsAhead : pastStep;
  return Math.min(toEnd(stretch), Math.max(stretch.from, from + columns * step));
};
