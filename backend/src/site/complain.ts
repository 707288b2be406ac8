import { hintForName, parseDuration, type Path, type Problem, type SourceDocument } from '@phloem/rules';
import { Fault, millis, type Millis } from '@phloem/protocol';

/** Collects everything that is wrong with a document, each with its place. */
export type Complain = (path: Path, expected: string, found: string, hint?: string) => void;

/** A collector for one document. */
export const createComplain =
  (source: SourceDocument, problems: Problem[]): Complain =>
  (path, expected, found, hint = '') => {
    problems.push(source.problem(path, { expected, found, hint }));
  };

/** Complains about a name that nobody has; says whether somebody does. */
export const isKnown = (name: string, known: readonly string[], what: string, path: Path, complain: Complain): boolean => {
  if (known.includes(name)) return true;
  complain(path, `a known ${what}`, JSON.stringify(name), hintForName(name, known));
  return false;
};

/** The durations of a document have passed the pattern of the schema. */
export const toMillis = (written: string | undefined, otherwise: number): Millis => {
  if (written === undefined) return millis(otherwise);
  const length = parseDuration(written);
  if (length === undefined) throw new Fault('document/invalid', `${written} is not a duration`);
  return length;
};
