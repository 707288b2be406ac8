import type { Machine } from './machine.ts';
import type { Figure } from './statistics.ts';

/** A figure beside its goal, in one sentence each. */
export type Verdict = { readonly goal: string; readonly measured: string; readonly isReached: boolean };

/** What a benchmark found: rows of figures, and what they say of the goals. */
export type Finding = {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly figures: readonly (Figure | number | null)[] }[];
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly string[];
};

const toText = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

/** A figure with the spread of its middle half. */
export const figureText = (figure: Figure | number | null): string => {
  if (figure === null) return '';
  return typeof figure === 'number' ? toText(figure) : `${toText(figure.median)} (${toText(figure.low)}–${toText(figure.high)})`;
};

/** The machine, in one line. */
export const machineText = ({ cpu, cores, memoryGib, system, node, loadBefore }: Machine): string =>
  `${cpu}, ${cores} cores, ${memoryGib} GiB; ${system}; Node ${node}; load before the run ${loadBefore}`;

/** A finding as a table for people. */
export const findingText = ({ title, unit, columns, rows, verdicts, notes }: Finding): string => {
  const table = [['', ...columns], ...rows.map(({ name, figures }) => [name, ...figures.map(figureText)])];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   '),
  );
  return [
    `${title} (${unit})`,
    ...lines.map((line) => `  ${line}`.trimEnd()),
    ...verdicts.map(({ goal, measured, isReached }) => `  ${isReached ? 'reached   ' : 'falls short'} ${goal}: ${measured}`),
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
};
