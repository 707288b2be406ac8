/** Words that documents no longer use, the terms that replace them, and phrases in which they stay. */
export type RetiredWords = { readonly words: readonly string[]; readonly use: string; readonly except: readonly string[] };

const toList = (cell: string): readonly string[] =>
  cell
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** The table under "Retired words" in the glossary. */
export const parseRetiredWords = (glossary: string): readonly RetiredWords[] => {
  const section = glossary.split(/^## Retired words$/m)[1] ?? '';
  return [...section.matchAll(/^\| ([^|]+)\|([^|]+)\|([^|]*)\|$/gm)]
    .filter(([, words = '']) => !/^retired |^-/.test(words))
    .map(([, words = '', use = '', except = '']) => ({ words: toList(words), use: use.trim(), except: toList(except) }));
};

const blank = (match: string): string => match.replace(/[^\n]/g, ' ');

/** The text without its code and link targets, on the same lines: only prose is checked. */
const toProse = (text: string): string =>
  text
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, blank)
    .replace(/`[^`\n]*`/g, blank)
    .replace(/\]\([^)]*\)/g, blank);

/** Every retired word in the prose of a document, as `file:line: "word", use: …`. */
export const findRetiredWords = (file: string, text: string, retired: readonly RetiredWords[]): readonly string[] => {
  const prose = toProse(text);
  return retired.flatMap(({ words, use, except }) => {
    const kept = except.reduce((rest, phrase) => rest.replace(new RegExp(phrase, 'gi'), blank), prose);
    const pattern = new RegExp(`\\b(?:${words.map((word) => word.replaceAll(' ', '\\s+')).join('|')})\\b`, 'gi');
    return [...kept.matchAll(pattern)].map(
      (match) => `${file}:${kept.slice(0, match.index).split('\n').length}: "${match[0].replace(/\s+/, ' ')}", use: ${use}`,
    );
  });
};
