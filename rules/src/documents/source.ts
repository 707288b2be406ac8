import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node, type Scalar } from 'yaml';
import { blankJsonComments } from './json-comments.ts';
import { DocumentFault, type Problem } from './problem.ts';

/** A text that holds documents. */
export type SourceFile = { readonly path: string; readonly text: string };
/** The way from a document's root to one of its parts. */
export type Path = readonly (string | number)[];
/** A stretch of one line of a source file. */
export type Place = { readonly line: number; readonly column: number; readonly length: number; readonly excerpt: string };
/** What `SourceDocument.problem` receives about a part. */
export type Complaint = {
  readonly expected: string;
  readonly found?: string;
  readonly hint?: string;
  /** Point at the key instead of at its value. */
  readonly atKey?: boolean;
  /** Point at a stretch of the text that the part holds: characters `from` to `to`. */
  readonly within?: readonly [from: number, to: number];
};

/** One document with its plain JSON value, which remembers where each part of it was written. */
export type SourceDocument = {
  readonly file: string;
  readonly value: unknown;
  /** Makes a problem of this document that points at the part, or at the nearest part above it that is there. */
  readonly problem: (path: Path, complaint: Complaint) => Problem;
};

const limits = { fileLength: 1_048_576, documents: 1000, nodes: 50_000, depth: 40, brackets: 400 } as const;

/**
 * Reads texts of YAML 1.2 (core schema), of which JSON is a part; a text may hold several documents. A `.json` file may
 * have the comments of JSONC. Aliases are resolved within bounds; empty documents are left out.
 *
 * @throws DocumentFault `document/syntax` with every problem: not YAML, a key twice, a value that JSON does not know,
 * an unknown tag, a text that is too large or nested too deep.
 */
export const readDocuments = (files: readonly SourceFile[]): readonly SourceDocument[] => {
  const problems: Problem[] = [];
  const documents = files.flatMap((file) => readFile(file, problems));
  if (problems.length > 0) throw new DocumentFault('document/syntax', problems);
  return documents;
};

/** A plain value as a document of its own text (indented JSON), so that problems can be shown where no file exists. */
export const toSourceDocument = (value: unknown, file: string): SourceDocument => {
  const [document] = readDocuments([{ path: file, text: JSON.stringify(value, null, 2) }]);
  return document ?? { file, value, problem: (path, complaint) => toProblem(file, path, complaint, undefined) };
};

/**
 * A plain value that was checked before, as a document: it is read as a text only when a problem is to be shown, which is
 * most of the work of `toSourceDocument`.
 */
export const toCheckedSource = (value: unknown, file: string): SourceDocument => ({
  file,
  value,
  problem: (path, complaint) => toSourceDocument(value, file).problem(path, complaint),
});

/** The path as people write it: `spec.devices["flower_room/heater"].minOn`. */
export const formatPath = (path: Path): string => {
  let out = '';
  for (const key of path) {
    if (typeof key === 'number') out += `[${key}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(key)) out += out === '' ? key : `.${key}`;
    else out += `[${JSON.stringify(key)}]`;
  }
  return out;
};

/** A value as a short text for "found …". */
export const describeValue = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  // JSON knows no NaN and no infinity; YAML does.
  const text = typeof value === 'number' ? `${value}` : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
};

const toProblem = (file: string, path: Path, complaint: Complaint, place: Place | undefined): Problem => ({
  file,
  line: place?.line ?? 0,
  column: place?.column ?? 0,
  path: formatPath(path),
  expected: complaint.expected,
  found: complaint.found ?? '',
  hint: complaint.hint ?? '',
  excerpt: place?.excerpt ?? '',
});

/** The most brackets open at once, those in texts and comments counted as well: an upper bound. */
const countOpenBrackets = (text: string): number => {
  let open = 0;
  let most = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    most = Math.max(most, open);
  }
  return most;
};

type Text = { readonly file: string; readonly text: string; readonly counter: LineCounter };

const readFile = (source: SourceFile, problems: Problem[]): SourceDocument[] => {
  const counter = new LineCounter();
  const text: Text = { file: source.path, text: source.text, counter };
  const refuse = (expected: string, found: string, offset?: number): void => {
    problems.push(toProblem(source.path, [], { expected, found }, offset === undefined ? undefined : toPlace(text, offset, offset + 1)));
  };
  if (source.text.length > limits.fileLength) {
    refuse(`at most ${limits.fileLength} characters`, `${source.text.length}`);
    return [];
  }
  // Thousands of brackets keep the parser busy for seconds before it gives up; counting them does not.
  const isJson = /\.jsonc?$/.test(source.path);
  const written = isJson ? blankJsonComments(source.text) : source.text;
  const parsed = countOpenBrackets(written) > limits.brackets ? undefined : parse(written, counter);
  if (parsed === undefined) {
    refuse(`at most ${limits.depth} levels`, 'a text nested deeper');
    return [];
  }
  if (parsed.length > limits.documents) refuse(`at most ${limits.documents} documents`, `${parsed.length}`);
  const documents: SourceDocument[] = [];
  for (const document of parsed) {
    const faults = [...document.errors, ...document.warnings];
    for (const fault of faults) refuse('YAML 1.2', fault.message, fault.pos[0]);
    if (faults.length > 0 || document.contents === null) continue;
    if (isScalar(document.contents) && document.contents.value === null) continue;
    const value = toValue(document, text, problems);
    if (value === undefined) continue;
    documents.push({
      file: source.path,
      value: value.of,
      problem: (path, complaint) => toProblem(source.path, path, complaint, locate(document, text, path, complaint)),
    });
  }
  return documents;
};

const parse = (text: string, lineCounter: LineCounter): Document.Parsed[] | undefined => {
  try {
    const parsed = parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      stringKeys: true,
      merge: false,
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter,
    });
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    // The parser recurses; a text of a hundred thousand brackets exhausts the stack before anything can be counted.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** The plain value of a document, within bounds; undefined when a problem was found. */
const toValue = (document: Document.Parsed, text: Text, problems: Problem[]): { readonly of: unknown } | undefined => {
  let nodes = 0;
  let isWhole = true;
  const refuse = (node: unknown, expected: string, found: string): null => {
    // One complaint about size is enough: it would be repeated for every part.
    if (isWhole || nodes <= limits.nodes) {
      const [from, to] = rangeOf(node) ?? [0, 1];
      problems.push(toProblem(text.file, [], { expected, found }, toPlace(text, from, to)));
    }
    isWhole = false;
    return null;
  };
  const walk = (node: unknown, depth: number): unknown => {
    nodes++;
    if (nodes > limits.nodes) return isWhole ? refuse(node, `at most ${limits.nodes} parts, aliases resolved`, 'more') : null;
    if (depth > limits.depth) return refuse(node, `at most ${limits.depth} levels`, 'a part nested deeper');
    if (isAlias(node)) {
      const target = node.resolve(document);
      return target === undefined ? refuse(node, 'an anchor of this document', `*${node.source}`) : walk(target, depth + 1);
    }
    if (isSeq(node)) return node.items.map((item) => walk(item, depth + 1));
    if (isMap(node)) {
      const out: Record<string, unknown> = {};
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? pair.key.value : pair.key;
        if (typeof key !== 'string') refuse(pair.key, 'a text as key', describeValue(key));
        else if (key === '__proto__') refuse(pair.key, 'another key', '__proto__');
        else out[key] = walk(pair.value, depth + 1);
      }
      return out;
    }
    if (!isScalar(node)) return node === null || node === undefined ? null : refuse(node, 'a value of JSON', 'something else');
    const value = node.value;
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return value.isWellFormed() ? value : refuse(node, 'well-formed Unicode', 'a lone surrogate');
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return refuse(node, 'a value of JSON', describeValue(value));
  };
  const value = walk(document.contents, 0);
  return isWhole ? { of: value } : undefined;
};

const rangeOf = (node: unknown): readonly [number, number] | undefined => {
  const range = (node as Node | null | undefined)?.range;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
};

const locate = (document: Document.Parsed, text: Text, path: Path, complaint: Complaint): Place => {
  let node: unknown = document.contents;
  let [from, to] = rangeOf(node) ?? [0, 1];
  let isInAlias = false;
  for (const [i, key] of path.entries()) {
    if (isAlias(node)) {
      isInAlias = true;
      node = node.resolve(document);
    }
    let keyNode: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === String(key));
      if (pair === undefined) return toPlace(text, from, Math.min(to, lineEnd(text, from)));
      keyNode = pair.key;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number' && key < node.items.length) {
      node = node.items[key];
    } else return toPlace(text, from, to);
    if (isInAlias) continue;
    const isPointedAt = complaint.atKey === true && i === path.length - 1;
    [from, to] = (isPointedAt ? rangeOf(keyNode) : undefined) ?? rangeOf(node) ?? rangeOf(keyNode) ?? [from, to];
  }
  if (complaint.within !== undefined && !isInAlias && isScalar(node)) {
    const inner = toInnerRange(text.text, node, from, to, complaint.within);
    if (inner !== undefined) [from, to] = inner;
  }
  return toPlace(text, from, to);
};

/** Where characters of a scalar's value stand in the file; undefined where the way of writing hides it. */
const toInnerRange = (
  text: string,
  scalar: Scalar,
  from: number,
  to: number,
  [first, last]: readonly [number, number],
): readonly [number, number] | undefined => {
  const value = String(scalar.value);
  const raw = text.slice(from, to);
  if (scalar.type === 'PLAIN') return raw.trimEnd() === value ? [from + first, from + last] : undefined;
  if (scalar.type === 'QUOTE_SINGLE' && !raw.includes('\n')) {
    const shift = (offset: number): number => from + 1 + offset + value.slice(0, offset).split("'").length - 1;
    return [shift(first), shift(last)];
  }
  if (scalar.type === 'QUOTE_DOUBLE' && !raw.includes('\n') && !raw.includes('\\')) return [from + 1 + first, from + 1 + last];
  if (scalar.type !== 'BLOCK_LITERAL') return undefined;
  const line = value.slice(0, first).split('\n').length;
  const lines = raw.split('\n');
  const indent = (lines.find((candidate, i) => i > 0 && candidate.trim() !== '') ?? '').search(/\S/);
  const start = from + lines.slice(0, line).reduce((sum, candidate) => sum + candidate.length + 1, 0) + Math.max(0, indent);
  const column = first - (value.lastIndexOf('\n', first - 1) + 1);
  return [start + column, start + column + (last - first)];
};

const lineEnd = (text: Text, from: number): number => {
  const end = text.text.indexOf('\n', from);
  return end === -1 ? text.text.length : end;
};

/** A stretch of the text as a place; what goes beyond the first line is cut. */
const toPlace = (text: Text, from: number, to: number): Place => {
  const { line, col } = text.counter.linePos(Math.min(from, text.text.length));
  const start = from - (col - 1);
  const whole = text.text.slice(start, lineEnd(text, from)).trimEnd();
  const length = Math.max(1, Math.min(to, start + whole.length) - from);
  const number = String(Math.max(1, line));
  const gutter = ' '.repeat(number.length);
  // A tab in the source stays a tab below it, so that the underline keeps its place.
  const pad = whole.slice(0, col - 1).replaceAll(/[^\t]/g, ' ');
  return { line, column: col, length, excerpt: `  ${number} | ${whole}\n  ${gutter} | ${pad}${'^'.repeat(length)}` };
};
