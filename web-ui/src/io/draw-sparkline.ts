import type { Trace } from '../trace/columns.ts';

/** The colours of a sparkline. */
export type SparklineInk = { readonly line: string; readonly hatch: string };

/** Draws a trace into a canvas of this size in device pixels. Gaps are hatched over the full height. */
export const drawSparkline = (
  canvas: CanvasRenderingContext2D,
  trace: Trace,
  scale: { readonly low: number; readonly high: number },
  { width, height, ratio }: { readonly width: number; readonly height: number; readonly ratio: number },
  ink: SparklineInk,
): void => {
  canvas.clearRect(0, 0, width, height);
  const pad = 3 * ratio;
  const toY = (value: number): number => pad + (1 - (value - scale.low) / (scale.high - scale.low)) * (height - 2 * pad);

  canvas.lineWidth = ratio;
  canvas.strokeStyle = ink.hatch;
  for (const { from, to } of trace.gaps) hatch(canvas, from, to, height, 5 * ratio);

  canvas.lineWidth = 1.5 * ratio;
  canvas.lineJoin = 'round';
  canvas.strokeStyle = ink.line;
  for (const run of trace.runs) {
    canvas.beginPath();
    for (const [index, { x, min, max, last }] of run.entries()) {
      if (index === 0) canvas.moveTo(x - 0.5 * ratio, toY(last));
      if (max > min) {
        canvas.lineTo(x, toY(max));
        canvas.lineTo(x, toY(min));
      }
      canvas.lineTo(x, toY(last));
    }
    canvas.stroke();
  }
};

const hatch = (canvas: CanvasRenderingContext2D, from: number, to: number, height: number, step: number): void => {
  canvas.save();
  canvas.beginPath();
  canvas.rect(from, 0, to - from, height);
  canvas.clip();
  canvas.beginPath();
  for (let x = from - height; x < to; x += step) {
    canvas.moveTo(x, height);
    canvas.lineTo(x + height, 0);
  }
  canvas.stroke();
  canvas.restore();
};
