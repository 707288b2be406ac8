import type { Machine } from './machine.ts';
import type { Finding } from './report.ts';
import type { Figure } from './statistics.ts';

/** What `pnpm bench --json` prints. */
export type BenchRun = { readonly machine: Pick<Machine, 'cpu' | 'cores' | 'loadBefore'>; readonly findings: readonly ComparedFinding[] };
type ComparedFinding = Pick<Finding, 'name' | 'unit' | 'columns' | 'rows'>;

/** One figure of two runs; medians, in the unit of the benchmark. */
export type ComparedFigure = {
  readonly bench: string;
  readonly row: string;
  readonly column: string;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  readonly ratio: number;
};

const toMedian = (figure: Figure | number | null | undefined): number | null =>
  figure === null || figure === undefined || typeof figure === 'number' ? (figure ?? null) : figure.median;

/** The figures that two runs have in common: of the same benchmark, row and column. */
export const compareRuns = (before: BenchRun, after: BenchRun): readonly ComparedFigure[] =>
  after.findings.flatMap((finding) => {
    const earlier = before.findings.find(({ name }) => name === finding.name);
    return finding.rows.flatMap((row) => {
      const old = earlier?.rows.find(({ name }) => name === row.name);
      return finding.columns.flatMap((column, index) => {
        const from = toMedian(old?.figures[earlier?.columns.indexOf(column) ?? -1]);
        const to = toMedian(row.figures[index]);
        if (from === null || to === null) return [];
        return [{ bench: finding.name, row: row.name, column, unit: finding.unit, from, to, ratio: to / from }];
      });
    });
  });
