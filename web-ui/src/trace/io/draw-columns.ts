import { hatch, type Canvas } from '../../chart/io/paint.ts';
import type { SmallTrace } from '../small-trace.ts';

/** The colours of a small trace. */
export type SmallTextColour = { readonly line: string; readonly setpoint: string; readonly hatch: string; readonly night: string };

/** Draws a small trace into a canvas of this size in device pixels: night, gaps, the set-point's hairline, the line. */
export const drawColumns = (
  canvas: Canvas,
  { columns, gaps, span, from, to, setpoint, dark }: SmallTrace,
  { width, height }: { readonly width: number; readonly height: number },
  colour: SmallTextColour,
): void => {
  const { context, ratio } = canvas;
  const { grid, min, mean, max } = columns;
  const toX = (at: number): number => ((at - from) / (to - from)) * width;
  const toY = (value: number): number => 2 * ratio + (1 - (value - span.low) / (span.high - span.low)) * (height - 4 * ratio);
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour.night;
  for (const one of dark) context.fillRect(toX(one.from), 0, toX(one.to) - toX(one.from), height);
  const whole = gaps.filter(({ kind }) => kind !== 'partial');
  for (const gap of whole) {
    const left = Math.max(0, toX(gap.from));
    hatch(canvas, { left, top: 0, width: toX(gap.to) - left, height }, colour.hatch, 5);
  }
  context.beginPath();
  for (const { at, value } of setpoint) context.lineTo(toX(at), toY(value));
  context.setLineDash([2 * ratio, 2 * ratio]);
  context.lineWidth = ratio;
  context.strokeStyle = colour.setpoint;
  context.stroke();
  context.setLineDash([]);

  context.beginPath();
  let gap = 0;
  let isBroken = true;
  for (let column = 0; column < grid.count; column += 1) {
    const value = mean[column] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const at = grid.from + column * grid.stepMs;
    while ((whole[gap]?.to ?? Number.POSITIVE_INFINITY) <= at) {
      gap += 1;
      isBroken = true;
    }
    const x = toX(at + grid.stepMs / 2);
    if (isBroken) context.moveTo(x - ratio, toY(value));
    context.lineTo(x, toY(max[column] ?? value));
    context.lineTo(x, toY(min[column] ?? value));
    context.lineTo(x, toY(value));
    isBroken = false;
  }
  context.lineWidth = 1.4 * ratio;
  context.lineJoin = 'round';
  context.strokeStyle = colour.line;
  context.stroke();
};
