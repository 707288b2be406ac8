import { describe, expect, it } from 'vitest';
import { placeHeadings } from './headings.ts';

const at = (headings: readonly { from: number; to: number; width: number }[]) => placeHeadings(headings).map((placed) => placed.at);

describe('headings of a chart', () => {
  it('stand at the left of their stretches', () =>
    expect(
      at([
        { from: 10, to: 100, width: 40 },
        { from: 200, to: 300, width: 12 },
      ]),
    ).toEqual([10, 200]));

  it('move right to keep clear of one another, on either side', () =>
    expect(
      at([
        { from: 50, to: 200, width: 40 },
        { from: 60, to: 200, width: 40 },
        { from: 30, to: 200, width: 40 },
      ]),
    ).toEqual([50, 90, 130]));

  it('are left out where their stretch has no room for them', () =>
    expect(
      at([
        { from: 0, to: 100, width: 80 },
        { from: 60, to: 100, width: 30 },
        { from: 0, to: 100, width: 20 },
      ]),
    ).toEqual([0, 80]));
});
