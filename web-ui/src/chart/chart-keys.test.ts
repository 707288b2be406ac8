import { describe, expect, it } from 'vitest';
import { moveCursor, toChartCommand, toPageCommand, type ChartPress } from './chart-keys.ts';
import type { ChartModel } from './model.ts';

const press = (key: string, part: Partial<ChartPress> = {}): ChartPress => ({
  key,
  isAlt: false,
  isShift: false,
  isModified: false,
  ...part,
});

/** A chart of 1000 ms in columns of 10 ms, with 720 ms ahead of now. */
const stretch = { from: 0, now: 1000, aheadMs: 720 };
const model = { stretch, lanes: [{ series: [{ columns: { grid: { from: 0, stepMs: 10, count: 100 } } }] }] } as unknown as ChartModel;
const chart = { model, cursorAt: 500, hasNotes: true };

describe('a key in the chart', () => {
  it.each([
    ['ArrowLeft', {}, 490],
    ['ArrowRight', {}, 510],
    ['ArrowRight', { isShift: true }, 600],
    ['Home', {}, 0],
    ['End', {}, 1000],
  ])('%s %o moves the cursor and has it read', (key, part, at) =>
    expect(toChartCommand(press(key, part), chart)).toEqual({ kind: 'point', at, reads: true }),
  );

  it('Escape takes the cursor away, and is for others without one', () => {
    expect(toChartCommand(press('Escape'), chart)).toEqual({ kind: 'point', at: null, reads: false });
    expect(toChartCommand(press('Escape'), { ...chart, cursorAt: null })).toBeNull();
  });

  it('n opens a note where the chart has notes', () => {
    expect(toChartCommand(press('n'), chart)).toEqual({ kind: 'note' });
    expect(toChartCommand(press('n'), { ...chart, hasNotes: false })).toBeNull();
  });

  it('an arrow is used up while nothing is drawn', () => {
    const empty = { ...chart, model: null };
    expect(toChartCommand(press('ArrowLeft'), empty)).toEqual({ kind: 'take' });
    expect(toChartCommand(press('Home'), empty)).toBeNull();
  });

  it.each([{ isAlt: true }, { isModified: true }])('with %o belongs to the browser', (part) =>
    expect(toChartCommand(press('ArrowLeft', part), chart)).toBeNull(),
  );
});

describe('the cursor', () => {
  it('starts from now, stays within the chart, and takes longer steps ahead of now', () => {
    expect(moveCursor(model, null, -1)).toBe(990);
    expect(moveCursor(model, null, 1)).toBe(1010);
    expect(moveCursor(model, 5, -1)).toBe(0);
    expect(moveCursor(model, 1715, 1)).toBe(1720);
  });

  it('moves by minutes over a chart without lines', () => {
    expect(moveCursor({ ...model, lanes: [], stretch: { ...stretch, from: -100_000 } }, 500, -1)).toBe(-59_500);
  });
});

describe('a key of the page', () => {
  const free = { isTyping: false, isOnControl: false };

  it.each([
    ['[', free, 'shorter'],
    [']', free, 'longer'],
    [' ', free, 'freeze'],
    [' ', { ...free, isOnControl: true }, undefined],
    ['[', { ...free, isTyping: true }, undefined],
    ['x', free, undefined],
  ])('%j %o is %s', (key, target, kind) => expect(toPageCommand(press(key), target)?.kind).toBe(kind));

  it('Alt T opens the table, also from a field', () => {
    expect(toPageCommand(press('T', { isAlt: true }), { ...free, isTyping: true })).toEqual({ kind: 'table' });
    expect(toPageCommand(press('[', { isModified: true }), free)).toBeNull();
  });
});
