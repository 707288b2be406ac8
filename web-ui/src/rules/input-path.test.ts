import { expect, it } from 'vitest';
import { toInputPath } from './input-path.ts';

const window = { from: 0, to: 100 };

it('draws a line from left to right, with a gap where there is no value', () => {
  const at = [0, 10, 20, 30, 40, 50];
  const line = toInputPath({ at, mean: [1, 2, null, null, 2, 3], bucketMs: 10 }, window);
  expect(line).toMatchObject({ low: 1, high: 3 });
  expect(line?.path.split(/(?=[ML])/).map((part) => part.split(' ')[0])).toEqual(['M50.0', 'L150.0', 'M450.0', 'L550.0']);
});

it('draws a flat line in the middle, and nothing where there is no value', () => {
  expect(toInputPath({ at: [0], mean: [5], bucketMs: 10 }, window)?.path).toBe('M50.0 50.0');
  expect(toInputPath({ at: [0], mean: [null], bucketMs: 10 }, window)).toBeNull();
});
