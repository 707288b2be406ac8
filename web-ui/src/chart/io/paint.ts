import type { ColourToken, Theme } from '../../look/tokens.ts';
import { themes } from '../../look/tokens.ts';

/** What is painted on, and how many of its pixels a CSS pixel has. */
export type Canvas = { readonly context: CanvasRenderingContext2D; readonly ratio: number };
/** A rectangle in pixels of the canvas. */
export type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

/** The colours of a theme, opaque or let through. */
export type Ink = (name: ColourToken, alpha?: number) => string;

/** Colours of this theme as a canvas takes them. */
export const createInk =
  (theme: Theme): Ink =>
  (name, alpha = 1) =>
    `${themes[theme][name]}${Math.round(alpha * 255)
      .toString(16)
      .padStart(2, '0')}`;

/** Hatches a box with slanting lines, `step` CSS pixels apart. */
export const hatch = ({ context, ratio }: Canvas, box: Box, colour: string, step = 6, slant: 1 | -1 = 1): void => {
  const { left, top, width, height } = box;
  if (width <= 0 || height <= 0) return;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.beginPath();
  // The lines keep their place on the canvas, so that a gap that grows does not seem to crawl.
  const apart = step * ratio;
  for (let x = Math.floor((left - height) / apart) * apart; x < left + width + height; x += apart) {
    context.moveTo(x, slant === 1 ? top + height : top);
    context.lineTo(x + height, slant === 1 ? top : top + height);
  }
  context.strokeStyle = colour;
  context.lineWidth = ratio;
  context.stroke();
  context.restore();
};

/** Writes a text, with a ground behind it so that lines do not run through; cut short where it has no room. */
export const write = (
  { context, ratio }: Canvas,
  text: string,
  at: { readonly x: number; readonly y: number; readonly width: number },
  look: { readonly colour: string; readonly ground: string | null; readonly size?: number; readonly weight?: number },
): boolean => {
  context.font = `${look.weight ?? 400} ${(look.size ?? 11) * ratio}px "IBM Plex Sans", system-ui, sans-serif`;
  const shown = shorten(context, text, at.width);
  if (shown === '') return false;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  if (look.ground !== null) {
    context.fillStyle = look.ground;
    context.fillRect(at.x - 3 * ratio, at.y - 8 * ratio, context.measureText(shown).width + 6 * ratio, 16 * ratio);
  }
  context.fillStyle = look.colour;
  context.fillText(shown, at.x, at.y);
  return true;
};

const shorten = (context: CanvasRenderingContext2D, text: string, width: number): string => {
  if (context.measureText(text).width <= width) return text;
  for (let length = text.length - 1; length > 3; length -= 1) {
    const shorter = `${text.slice(0, length).trimEnd()}…`;
    if (context.measureText(shorter).width <= width) return shorter;
  }
  return '';
};
