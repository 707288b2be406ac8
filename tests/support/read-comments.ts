/** A line of comment. */
export type CommentLine = { readonly line: number; readonly text: string };

const slashed = /^\s*(?:\/\/|\/?\*)(.*)|(?:^|[\s;,{}()])\/\/ (.*)$/;
const hashed = /(?:^|\s)#(?!\{|!)\s?(.*)$/;
const marked = /<!--(.*?)-->/g;

/** Whether quotes before a place are all closed: what follows is no part of a string. */
const isOutside = (before: string): boolean => ["'", '"', '`'].every((quote) => before.split(quote).length % 2 === 1);

/** The comments of a source, line by line: TypeScript, JavaScript, Svelte, CSS, Python, YAML or shell, by the name of its file. */
export const readComments = (path: string, source: string): readonly CommentLine[] => {
  const pattern = /\.(?:py|ya?ml|sh)$/.test(path) ? hashed : slashed;
  return source.split('\n').flatMap((content, index) => {
    const found = pattern.exec(content);
    const text = found?.slice(1).find((part) => part !== undefined);
    const own = found === null || text === undefined || !isOutside(content.slice(0, found.index)) ? [] : [text];
    const html = path.endsWith('.svelte') ? [...content.matchAll(marked)].map(([, inner = '']) => inner) : [];
    return [...own, ...html].map((each) => ({ line: index + 1, text: each }));
  });
};

const titled =
  /\b(?:it|test|describe)(?:\.(?:each|for|concurrent|skipIf\([^)]*\)|runIf\([^)]*\))[^\n]*?)?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
const eachTitled = /\]\)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;

/** The titles of the tests of a file, those of `each` with the marks for what is put in. */
export const readTitles = (source: string): readonly CommentLine[] =>
  [titled, eachTitled].flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => ({ line: source.slice(0, match.index).split('\n').length, text: match[2] ?? '' })),
  );
