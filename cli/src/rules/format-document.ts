import { canonicalJson } from '@phloem/protocol';
import { readDocuments } from '@phloem/rules';
import { Lexer } from 'yaml';

/**
 * A text of documents as everybody writes it: two blanks a level, room inside braces, no blanks at the ends of lines, one
 * empty line at most. Comments, quotes, the order of keys and columns that were lined up manually stay as they are.
 *
 * @throws DocumentFault `document/syntax` when it is no YAML.
 */
export const formatDocument = (text: string, path: string): string => {
  const before = meaningOf(text, path);
  const formatted = layOut(toLines(text));
  // A way of writing that is not foreseen here is left alone: what it means matters more than how it looks.
  return isSame(before, formatted, path) ? formatted : text;
};

const meaningOf = (text: string, path: string): string => canonicalJson(readDocuments([{ path, text }]).map(({ value }) => value));

const isSame = (before: string, text: string, path: string): boolean => {
  try {
    return meaningOf(text, path) === before;
  } catch {
    // What cannot be read any more is not what it was.
    return false;
  }
};

/** A token, with the blanks before it on its line. */
type Piece = {
  readonly gap: number;
  readonly text: string;
  readonly kind: 'open' | 'close' | 'comma' | 'dash' | 'comment' | 'block' | 'other';
};
type Line = readonly Piece[];

const kinds: Readonly<Record<string, Piece['kind']>> = { '{': 'open', '[': 'open', '}': 'close', ']': 'close', ',': 'comma', '-': 'dash' };

const toLines = (text: string): readonly Line[] => {
  const lines: Line[] = [];
  let line: Piece[] = [];
  let gap = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text.replaceAll('\r\n', '\n'))) {
    if (token === '\u001F') {
      isScalar = true;
      continue;
    }
    if (token === '\u0002' || token === '\u0018' || token === '\uFEFF') continue;
    if (token === '\n') {
      lines.push(line);
      [line, gap] = [[], 0];
    } else if (!isScalar && /^[ \t]+$/.test(token)) {
      gap += token.replaceAll('\t', '  ').length;
    } else {
      const isBlock = isScalar && token.endsWith('\n');
      const kind = isBlock ? 'block' : isScalar ? 'other' : token.startsWith('#') ? 'comment' : (kinds[token] ?? 'other');
      line.push({ gap, text: token, kind });
      gap = 0;
      if (isBlock) {
        lines.push(line);
        line = [];
      }
    }
    isScalar = false;
  }
  return line.length > 0 ? [...lines, line] : lines;
};

const step = 2;

const layOut = (lines: readonly Line[]): string => {
  const out: string[] = [];
  /** The columns of the levels that are open, as they were written; each becomes twice its place. */
  let levels: number[] = [];
  let depth = 0;
  let shift = 0;
  const shifted = (column: number): number => Math.max(0, column + shift);
  for (const [i, line] of lines.entries()) {
    const [first] = line;
    if (first === undefined) {
      if (out.length > 0 && out.at(-1) !== '') out.push('');
      continue;
    }
    if (first.kind === 'block') {
      const moved = first.text.replace(/\n$/, '').split('\n');
      const least = Math.min(...moved.filter((each) => each.trim() !== '').map((each) => each.search(/\S/)));
      out.push(...moved.map((each) => (each.trim() === '' ? '' : move(each, levels.length * step - least))));
      continue;
    }
    let column: number;
    if (depth > 0) column = shifted(first.gap);
    else if (first.text === '---' || first.text === '...') {
      levels = [];
      column = 0;
    } else if (first.kind === 'comment') {
      column = toCommentColumn(first.gap, nextContent(lines, i), levels);
    } else {
      while ((levels.at(-1) ?? -1) > first.gap) levels.pop();
      if ((levels.at(-1) ?? -1) < first.gap) levels.push(first.gap);
      column = (levels.length - 1) * step;
      shift = column - first.gap;
      // What follows a dash on its line opens a level of its own.
      let at = first.gap;
      for (const [j, piece] of line.entries()) {
        const next = line[j + 1];
        if (piece.kind !== 'dash' || next === undefined || next.kind === 'comment') break;
        at += 1 + next.gap;
        levels.push(at);
      }
    }
    let written = ' '.repeat(column);
    for (const [j, piece] of line.entries()) {
      if (j > 0) written += ' '.repeat(toGap(line[j - 1], piece));
      written += piece.kind === 'other' ? moveTail(piece.text, shift) : piece.text;
      if (piece.kind === 'open') depth += 1;
      if (piece.kind === 'close') depth -= 1;
    }
    out.push(...written.split('\n').map((each) => each.trimEnd()));
  }
  while (out.at(-1) === '') out.pop();
  return `${out.join('\n')}\n`;
};

/** The column of the next line that is neither empty nor a comment. */
const nextContent = (lines: readonly Line[], from: number): number | undefined =>
  lines.slice(from).find(([first]) => first !== undefined && first.kind !== 'comment')?.[0]?.gap;

const toCommentColumn = (column: number, next: number | undefined, levels: readonly number[]): number => {
  // A comment belongs to what follows it if it was written in its column, else to the level in which it stands.
  const open = levels.filter((level) => level <= column);
  const isDeeper = next === column && (levels.at(-1) ?? -1) < column;
  return Math.max(0, (open.length - (isDeeper ? 0 : 1)) * step);
};

const toGap = (before: Piece | undefined, { gap, kind }: Piece): number => {
  if (before?.kind === 'open') return kind === 'close' ? 0 : Math.max(1, gap);
  if (before?.kind === 'dash') return 1;
  if (kind === 'comma') return 0;
  return before?.kind === 'comma' || kind === 'close' || kind === 'comment' ? Math.max(1, gap) : gap;
};

const move = (line: string, by: number): string => (by >= 0 ? ' '.repeat(by) + line : line.slice(Math.min(-by, line.search(/\S/))));

/** A text over several lines moves with its first one. */
const moveTail = (text: string, by: number): string =>
  text
    .split('\n')
    .map((line, i) => (i === 0 || line.trim() === '' ? line : move(line, by)))
    .join('\n');
