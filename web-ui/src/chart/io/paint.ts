import type { ColourToken, Theme } from '../../theme/tokens.ts';
import { themes } from '../../theme/tokens.ts';

/** What is painted on, and how many of its pixels a CSS pixel has. */
export type Canvas = { readonly context: CanvasRenderingContext2D; readonly ratio: number };
/** A rectangle in pixels of the canvas. */
export type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

/** The colours of a theme, opaque or let through. */
export type ColourOf = (name: ColourToken, alpha?: number) => string;

/** Colours of this theme as a canvas takes them. */
export const createColours =
  (theme: Theme): ColourOf =>
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

const dotted = new Map<string, CanvasPattern | null>();

/** Dots a box, `step` CSS pixels apart, by a tile that is painted once for each colour. */
export const dot = ({ context, ratio }: Canvas, { left, top, width, height }: Box, colour: string, step = 9): void => {
  const key = `${colour} ${ratio} ${step}`;
  let pattern = dotted.get(key);
  if (pattern === undefined) {
    const side = Math.round(step * ratio);
    const tile = new OffscreenCanvas(side, side * 2);
    const painter = tile.getContext('2d');
    if (painter !== null) {
      painter.fillStyle = colour;
      for (const [x, y] of [
        [0, side / 2],
        [side / 2, side * 1.5],
      ] as const)
        painter.fillRect(Math.round(x), Math.round(y), Math.max(1, ratio * 1.2), Math.max(1, ratio * 1.2));
    }
    pattern = context.createPattern(tile, 'repeat');
    if (dotted.size > 20) dotted.clear();
    dotted.set(key, pattern);
  }
  if (pattern === null) return;
  context.fillStyle = pattern;
  context.fillRect(left, top, width, height);
};

/** A text that is to be written, and how. */
export type TextLook = { readonly colour: string; readonly ground: string | null; readonly size?: number; readonly weight?: number };

const toFont = (ratio: number, { size = 11, weight = 400 }: Pick<TextLook, 'size' | 'weight'>): string =>
  `${weight} ${size * ratio}px "IBM Plex Sans", system-ui, sans-serif`;

/** How wide a text is, in pixels of the canvas. */
export const measure = ({ context, ratio }: Canvas, text: string, look: Pick<TextLook, 'size' | 'weight'>): number => {
  context.font = toFont(ratio, look);
  return fit(context, text, Number.MAX_SAFE_INTEGER).width;
};

/** Writes a text, with a ground behind it so that lines do not run through; cut short where it has no room. */
export const write = (
  { context, ratio }: Canvas,
  text: string,
  at: { readonly x: number; readonly y: number; readonly width: number },
  { colour, ground, size, weight }: TextLook,
): boolean => {
  context.font = toFont(ratio, { ...(size === undefined ? {} : { size }), ...(weight === undefined ? {} : { weight }) });
  const { shown, width } = fit(context, text, at.width);
  if (shown === '') return false;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  if (ground !== null) {
    context.fillStyle = ground;
    context.fillRect(at.x - 3 * ratio, at.y - 8 * ratio, width + 6 * ratio, 16 * ratio);
  }
  context.fillStyle = colour;
  context.fillText(shown, at.x, at.y);
  return true;
};

type Fitted = { readonly shown: string; readonly width: number };
/** Measuring takes longer than writing, and the same words are written again and again. */
const fitted = new Map<string, Fitted>();

const fit = (context: CanvasRenderingContext2D, text: string, room: number): Fitted => {
  const key = `${context.font} ${Math.floor(room / 4)} ${text}`;
  const known = fitted.get(key);
  if (known !== undefined) return known;
  const shown = shorten(context, text, room);
  const made = { shown, width: context.measureText(shown).width };
  if (fitted.size > 200) fitted.clear();
  fitted.set(key, made);
  return made;
};

const shorten = (context: CanvasRenderingContext2D, text: string, width: number): string => {
  if (context.measureText(text).width <= width) return text;
  for (let length = text.length - 1; length > 3; length -= 1) {
    const shorter = `${text.slice(0, length).trimEnd()}…`;
    if (context.measureText(shorter).width <= width) return shorter;
  }
  return '';
};
