import type { DocumentDifference } from './diff-documents.ts';

/** Differences as people read them. */
export const toDifferenceLines = (differences: readonly DocumentDifference[]): readonly string[] =>
  differences.length === 0
    ? ['no difference in meaning']
    : differences.flatMap(({ kind, id, change, lines }) => [
        `${id} (${kind})${change === 'changed' ? '' : `: ${change}`}`,
        ...lines.map((line) => `  ${line}`),
      ]);
