/** Lines of a table in columns; those in `right` are aligned to the right. */
export const toTable = (head: readonly string[], rows: readonly (readonly string[])[], right: readonly number[] = []): string[] => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const toLine = (row: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [toLine(head), ...rows.map(toLine)].map((line) => `  ${line}`);
};
