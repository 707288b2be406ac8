import { addRollUps, type RollUp } from '../roll-up.ts';

/** Adds up what falls into the same bucket of a point as long as it comes one after the other; the table adds up the rest. */
export function createRolling(add: { run(...values: (number | null)[]): unknown }) {
  const open = new Map<number, { at: number; row: RollUp }>();
  const store = (point: number, at: number, { min, max, sum, values, samples, good, simulated }: RollUp): void =>
    void add.run(point, at, min, max, sum, values, samples, good, simulated);
  return {
    add: (point: number, at: number, row: RollUp): void => {
      const known = open.get(point);
      if (known?.at === at) {
        known.row = addRollUps(known.row, row);
        return;
      }
      if (known !== undefined) store(point, known.at, known.row);
      open.set(point, { at, row });
    },
    flush: (): void => {
      for (const [point, { at, row }] of open) store(point, at, row);
    },
  };
}
