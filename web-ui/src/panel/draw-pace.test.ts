import { describe, expect, it } from 'vitest';
import { fullPace, stepDrawPace, toPaceText, type DrawPace } from './draw-pace.ts';

const run = (took: readonly (readonly [tookMs: number, running: number])[], from: DrawPace = fullPace): DrawPace =>
  took.reduce((pace, [tookMs, running]) => stepDrawPace(pace, tookMs, running), from);
const slow = (running: number) => [20, running] as const;
const quick = (running: number) => [2, running] as const;

describe('draw pace', () => {
  it('one slow flush, or two, is no reason', () => {
    expect(toPaceText(run([slow(0), slow(250), quick(500), slow(750), slow(1000)]))).toBe('draw 10 Hz');
  });

  it('three in a row slow it down, and three more once again, and no further', () => {
    const three = [slow(0), slow(250), slow(500)];
    expect(toPaceText(run(three))).toBe('draw 5 Hz');
    expect(toPaceText(run([...three, ...three]))).toBe('draw 2 Hz');
    expect(toPaceText(run([...three, ...three, ...three]))).toBe('draw 2 Hz');
  });

  it('speeds up a step at a time after ten seconds without a slow one', () => {
    const slowed = run([slow(0), slow(0), slow(0), slow(0), slow(0), slow(0)]);
    expect(toPaceText(run([quick(9_999)], slowed))).toBe('draw 2 Hz');
    expect(toPaceText(run([quick(10_000)], slowed))).toBe('draw 5 Hz');
    expect(toPaceText(run([quick(10_000), quick(10_250)], slowed))).toBe('draw 5 Hz');
    expect(toPaceText(run([quick(10_000), quick(20_000)], slowed))).toBe('draw 10 Hz');
  });
});
