import { placeHeadings, type Heading } from '../headings.ts';
import type { ChartModel } from '../model.ts';
import { toEnd } from '../time-scale.ts';
import { toPresent, type Places } from './paint-chart.ts';
import { measure, write, type Canvas, type ColourOf } from './paint.ts';

/** The row above a plot in which its stretches are named, in CSS pixels: lines and titles of lanes stay below it. */
export const headingsHeight = 16;

type Named = Heading & { readonly name: string; readonly isMoon: boolean };

/** Above the plot: where it is night, what was made up, and what is ahead. */
export const paintHeadings = (canvas: Canvas, model: ChartModel, { plot, x }: Places, colourOf: ColourOf): void => {
  const { ratio } = canvas;
  const right = plot.left + plot.width;
  const named = (name: string, from: number, to: number): Named => ({
    name,
    isMoon: false,
    from: Math.max(plot.left, x(from)),
    to: Math.min(right, x(to)),
    width: measure(canvas, name, { weight: 500 }) + 4 * ratio,
  });
  const present = toPresent(model);
  const ahead =
    present < toEnd(model.stretch) ? [named(model.stretch.aheadMs > 0 ? 'next 12 h' : 'future', present, toEnd(model.stretch))] : [];
  const simulated = model.simulated.map(({ from, to }) => named('simulated', from, to));
  const moons = model.dark.map(({ from, to }): Named => ({ ...named('', from, to), isMoon: true, width: 12 * ratio }));
  const y = plot.top - (headingsHeight / 2) * ratio;
  for (const { heading, at } of placeHeadings([...ahead, ...simulated, ...moons])) {
    if (heading.isMoon) paintMoon(canvas, at + 5 * ratio, y, colourOf('text-2'));
    else
      write(
        canvas,
        heading.name,
        { x: at + 2 * ratio, y, width: heading.width },
        { colour: colourOf('text-2'), ground: null, weight: 500 },
      );
  }
};

const paintMoon = ({ context, ratio }: Canvas, x: number, y: number, colour: string): void => {
  const r = 4 * ratio;
  context.beginPath();
  context.arc(x, y, r, 0.3 * Math.PI, 1.5 * Math.PI);
  context.quadraticCurveTo(x - r * 0.4, y + r * 0.1, x + r * Math.cos(0.3 * Math.PI), y + r * Math.sin(0.3 * Math.PI));
  context.fillStyle = colour;
  context.fill();
};
