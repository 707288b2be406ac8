import { describe, expect, it } from 'vitest';
import { planFill } from './plan-fill.ts';

const hour = 3_600_000;
const day = 24 * hour;
const before = 100 * day;

describe('what of a past is to be filled', () => {
  it.each([
    ['nothing yet: all of it', { from: null, to: null, before }, { from: before - day, to: before }],
    ['broken off: all of it again', { from: before - day, to: before - 5 * hour, before }, { from: before - day, to: before }],
    ['done: nothing', { from: before - day, to: before - 10_000, before }, null],
    ['nothing lived yet: nothing', { from: null, to: null, before: null }, null],
    ['the log was cut since, so that life begins later: nothing', { from: before - 9 * day, to: before - 8 * day, before }, null],
  ])('%s', (_name, reach, expected) => {
    expect(planFill(reach, day, 10_000)).toEqual(expected);
  });
});
