import { Fault } from '@phloem/protocol';

/** One thing in a document that is not as it must be, reported so that it can be fixed without reading code. */
export type Problem = {
  readonly file: string;
  /** 1-based; 0 when the document came without a text. */
  readonly line: number;
  readonly column: number;
  /** Where in the document: `spec.inputs.t1.maxAge`; empty for the whole of it. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** What to do; empty when `expected` says it all. */
  readonly hint: string;
  /** The source line, and a line below it that underlines the place; empty when there is no text. */
  readonly excerpt: string;
};

/** How many problems a message reports; `problems` has all of them. */
const maxReported = 50;

/** Documents that cannot be taken, with everything that is wrong with them, in the order of the texts. */
export class DocumentFault extends Fault {
  readonly problems: readonly Problem[];

  constructor(code: 'document/syntax' | 'document/invalid', problems: readonly Problem[], options?: ErrorOptions) {
    const told = problems.slice(0, maxReported).map(formatProblem);
    // One quote that is never closed makes a problem of every line after it.
    const more = problems.length > maxReported ? [`${problems.length - maxReported} more problems; correct these first`] : [];
    super(code, [...told, ...more].join('\n\n'), options);
    this.problems = problems;
  }
}

/** A problem as people read it: place, what was expected and found, the underlined line, what to do. */
export const formatProblem = (problem: Problem): string => {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const what = `expected ${problem.expected}${problem.found === '' ? '' : `, found ${problem.found}`}`;
  return [
    `${place}: ${problem.path === '' ? '' : `${problem.path}: `}${what}`,
    ...(problem.excerpt === '' ? [] : [problem.excerpt]),
    ...(problem.hint === '' ? [] : [`  hint: ${problem.hint}`]),
  ].join('\n');
};

/** The name among `known` that `typed` was probably meant to be, cut short (`mon`) or mistyped; undefined when none is near. */
export const didYouMean = (typed: string, known: readonly string[]): string | undefined => {
  const longer = typed.length < 3 ? [] : known.filter((candidate) => candidate.startsWith(typed.toLowerCase()));
  if (longer.length === 1) return longer[0];
  const limit = Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = countEdits(typed.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
};

/** A hint for a name that nobody knows: the nearest one, or the list while it is short. */
export const hintForName = (typed: string, known: readonly string[]): string => {
  const near = didYouMean(typed, known);
  if (near !== undefined) return `did you mean ${near}?`;
  if (known.length === 0) return '';
  return known.length <= 12 ? `known: ${known.join(', ')}` : '';
};

/** Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours. */
const countEdits = (a: string, b: string): number => {
  if (Math.abs(a.length - b.length) > 8 || a.length > 80 || b.length > 80) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? 0;
};
