import type { ChartLane, ChartModel, ChartProfile } from '../model.ts';
import { toEnd } from '../time-scale.ts';
import { toTickDecimals, toValueTicks } from '../lane-scale.ts';
import { toNumberText } from '../../format/format-value.ts';
import { dot, hatch, write, type Box, type Canvas, type ColourOf } from './paint.ts';

/** Where things stand on the canvas, in its pixels. */
export type Places = {
  readonly plot: Box;
  readonly x: (at: number) => number;
  readonly y: (lane: number, value: number) => number;
  /** How high the rows of the devices are together, at the bottom of the plot. */
  readonly switchesHeight: number;
};

/** Under the lines: night, what is ahead, what was made up, bands, gaps. */
export const paintGround = (canvas: Canvas, model: ChartModel, places: Places, colourOf: ColourOf): void => {
  const { context, ratio } = canvas;
  const { plot, x } = places;
  const full = (from: number, to: number): Box => {
    const left = Math.max(plot.left, x(from));
    return { ...plot, left, width: Math.min(plot.left + plot.width, x(to)) - left };
  };
  const fill = (box: Box, colour: string): void => {
    context.fillStyle = colour;
    if (box.width > 0) context.fillRect(box.left, box.top, box.width, box.height);
  };
  for (const { from, to } of model.dark) {
    fill(full(from, to), colourOf('text', 0.08));
  }
  fill(full(toPresent(model), toEnd(model.stretch)), colourOf('line', 0.1));
  for (const { from, to } of model.simulated) paintSimulated(canvas, full(from, to), colourOf);
  for (const [index, lane] of model.lanes.entries()) paintLaneGround(canvas, lane, index, model, places, colourOf);
  for (const gap of model.gaps) {
    const box = full(gap.from, gap.to);
    hatch(canvas, box, colourOf('text-3', 0.4), 8);
    const width = box.width - 12 * ratio;
    // In the middle of a lane: the titles of the lanes stand at their tops.
    const lane = toLaneBox(Math.max(0, Math.ceil(model.lanes.length / 2) - 1), model, places);
    const y = model.lanes.length === 0 ? plot.top + plot.height / 2 : lane.top + lane.height / 2;
    write(canvas, gap.text, { x: box.left + 6 * ratio, y, width }, { colour: colourOf('text'), ground: colourOf('panel') });
  }
};

/** Where the past ends: what was zoomed into may reach beyond it. */
export const toPresent = ({ stretch, present }: ChartModel): number => Math.min(stretch.now, present);

/** Over the lines: set-points, now, alarms and notes, devices, and the words and values of each lane. */
export const paintFront = (canvas: Canvas, model: ChartModel, places: Places, colourOf: ColourOf): void => {
  const { context, ratio } = canvas;
  const { plot, x } = places;
  for (const [index, lane] of model.lanes.entries()) {
    for (const profile of lane.profiles) paintProfile(canvas, profile, index, model, places, colourOf);
    paintLaneWords(canvas, lane, index, model, places, colourOf);
  }
  paintSwitches(canvas, model, places, colourOf);
  if (toPresent(model) < toEnd(model.stretch)) {
    const left = Math.round(x(toPresent(model)));
    context.fillStyle = colourOf('text-2');
    context.fillRect(left, plot.top, ratio, plot.height);
  }
  paintMarks(canvas, model, places, colourOf);
};

/** Where alarms and notes stand; their signs and words are above the plot. How long an alarm lasted is a bar at its top. */
const paintMarks = ({ context, ratio }: Canvas, model: ChartModel, { plot, x }: Places, colourOf: ColourOf): void => {
  const right = plot.left + plot.width;
  for (const { at, until, priority } of model.marks) {
    const left = x(at);
    context.fillStyle = colourOf(priority === null ? 'text-2' : priorityColours[priority]);
    if (priority !== null) {
      const from = Math.max(plot.left, left);
      context.fillRect(from, plot.top, Math.max(ratio, Math.min(right, x(until ?? toPresent(model))) - from), 3 * ratio);
    }
    if (left < plot.left || left > right) continue;
    const dash = priority === null ? 4 * ratio : plot.height;
    for (let top = plot.top; top < plot.top + plot.height; top += 2 * dash) context.fillRect(left - ratio / 2, top, ratio, dash);
  }
};

const priorityColours = { P1: 'p1', P2: 'p2', P3: 'p3', P4: 'p4' } as const;

/** What was made up never looks measured: dots over all of it, a line where it ends, and the word above it. */
const paintSimulated = (canvas: Canvas, box: Box, colourOf: ColourOf): void => {
  const { context, ratio } = canvas;
  if (box.width <= 0) return;
  dot(canvas, box, colourOf('text-3', 0.45));
  context.fillStyle = colourOf('text-3');
  context.fillRect(box.left + box.width - ratio / 2, box.top, ratio, box.height);
};

const paintLaneGround = (canvas: Canvas, lane: ChartLane, index: number, model: ChartModel, places: Places, colourOf: ColourOf): void => {
  const { context, ratio } = canvas;
  const { plot, x, y } = places;
  const box = toLaneBox(index, model, places);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  for (const { corners, target, alarm } of lane.profiles) {
    if (target !== null) {
      context.beginPath();
      for (const { at, value } of corners) context.lineTo(x(at), y(index, value + target.high));
      for (const { at, value } of corners.toReversed()) context.lineTo(x(at), y(index, value + target.low));
      context.fillStyle = colourOf('data-1', 0.14);
      context.fill();
    }
    for (const by of alarm === null ? [] : [alarm.low, alarm.high]) {
      context.beginPath();
      for (const { at, value } of corners) context.lineTo(x(at), y(index, value + by));
      context.setLineDash([1 * ratio, 3 * ratio]);
      context.strokeStyle = colourOf('text-3');
      context.lineWidth = ratio;
      context.stroke();
    }
  }
  context.setLineDash([]);
  // A probe alone that is missing is hatched at the foot of its lane: the others go on.
  const foot = y(index, lane.span.low) + 3 * ratio;
  for (const { gaps } of lane.series) {
    for (const gap of gaps) {
      if (model.gaps.some((whole) => whole.from <= gap.from && whole.to >= gap.to)) continue;
      const left = Math.max(plot.left, x(gap.from));
      // An outage that is shorter than a pixel was one all the same.
      hatch(canvas, { left, top: foot, width: Math.max(4 * ratio, x(gap.to) - left), height: 6 * ratio }, colourOf('text-3'), 4);
    }
  }
  context.restore();
};

const toLaneBox = (index: number, { lanes }: ChartModel, { plot, switchesHeight }: Places): Box => {
  const height = (plot.height - switchesHeight) / lanes.length;
  return { ...plot, top: plot.top + height * index, height };
};

const paintProfile = (
  canvas: Canvas,
  { corners, moved }: ChartProfile,
  index: number,
  model: ChartModel,
  places: Places,
  colourOf: ColourOf,
): void => {
  const { context, ratio } = canvas;
  const { plot, x, y } = places;
  const box = toLaneBox(index, model, places);
  const split = x(toPresent(model));
  for (const isAhead of [false, true]) {
    context.save();
    context.beginPath();
    const left = isAhead ? split : plot.left;
    context.rect(left, box.top, (isAhead ? plot.left + plot.width : Math.min(split, plot.left + plot.width)) - left, box.height);
    context.clip();
    context.beginPath();
    for (const { at, value } of corners) context.lineTo(x(at), y(index, value));
    context.setLineDash(isAhead ? [5 * ratio, 3 * ratio] : []);
    context.strokeStyle = colourOf('text-2');
    context.lineWidth = ratio;
    context.stroke();
    context.restore();
  }
  if (moved === null) return;
  // Where an offset has moved it, the line is the moved one, and what the schedule alone would want is dotted beside it.
  context.save();
  context.beginPath();
  context.rect(
    Math.max(plot.left, x(moved.from)),
    box.top,
    Math.min(plot.left + plot.width, x(moved.to)) - Math.max(plot.left, x(moved.from)),
    box.height,
  );
  context.clip();
  for (const [by, dash, colour, width] of [
    [-moved.delta, [1, 3], 'text-2', 1],
    [0, [], 'manual', 2],
  ] as const) {
    context.beginPath();
    for (const { at, value } of corners) context.lineTo(x(at), y(index, value + by));
    context.setLineDash(dash.map((length) => length * ratio));
    context.strokeStyle = colourOf(colour);
    context.lineWidth = width * ratio;
    context.stroke();
  }
  context.restore();
};

const paintLaneWords = (canvas: Canvas, lane: ChartLane, index: number, model: ChartModel, places: Places, colourOf: ColourOf): void => {
  const { context, ratio } = canvas;
  const { plot, y } = places;
  const { top } = toLaneBox(index, model, places);
  if (index > 0) {
    context.fillStyle = colourOf('line', 0.6);
    context.fillRect(0, Math.round(top), plot.left + plot.width, ratio);
  }
  const ticks = toValueTicks(lane.span, 3);
  const decimals = toTickDecimals(ticks);
  for (const tick of ticks) {
    const at = Math.round(y(index, tick));
    context.fillStyle = colourOf('line', 0.28);
    context.fillRect(plot.left, at, plot.width, ratio);
    context.font = `400 ${11 * ratio}px "IBM Plex Sans", system-ui, sans-serif`;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillStyle = colourOf('text-3');
    context.fillText(toNumberText(tick, decimals), plot.left - 6 * ratio, at);
  }
  const text = lane.unit === '' ? lane.title : `${lane.title}, ${lane.unit}`;
  write(
    canvas,
    text,
    { x: plot.left + 6 * ratio, y: top + 9 * ratio, width: plot.width / 2 },
    { colour: colourOf('text-2'), ground: null, weight: 500 },
  );
};

const rowHeight = 11;

/** How high the rows of so many devices are, in CSS pixels. */
export const toSwitchesHeight = (rows: number): number => (rows === 0 ? 0 : rows * rowHeight + 6);

const paintSwitches = (canvas: Canvas, { switches }: ChartModel, places: Places, colourOf: ColourOf): void => {
  const { context, ratio } = canvas;
  const { plot, x, switchesHeight } = places;
  const bottom = plot.top + plot.height;
  if (switches.length > 0) {
    context.fillStyle = colourOf('line', 0.6);
    context.fillRect(0, Math.round(bottom - switchesHeight), plot.left + plot.width, ratio);
  }
  for (const [index, row] of switches.entries()) {
    const top = bottom - switchesHeight + (4 + index * rowHeight) * ratio;
    context.fillStyle = colourOf('line', 0.4);
    context.fillRect(plot.left, top + 8 * ratio, plot.width, ratio);
    for (const span of row.spans) {
      const left = Math.max(plot.left, x(span.from));
      const width = Math.min(plot.left + plot.width, x(span.to)) - left;
      if (width <= 0) continue;
      if (span.share === null) hatch(canvas, { left, top, width, height: 8 * ratio }, colourOf('text-3'), 4);
      else if (span.share > 0) {
        const height = Math.max(2, 8 * span.share) * ratio;
        context.fillStyle = colourOf('text-2');
        context.fillRect(left, top + 8 * ratio - height, Math.max(width, ratio), height);
      }
    }
    context.font = `400 ${9.5 * ratio}px "IBM Plex Sans", system-ui, sans-serif`;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillStyle = colourOf('text-3');
    context.fillText(row.title, plot.left - 6 * ratio, top + 4 * ratio, plot.left - 8 * ratio);
  }
};
