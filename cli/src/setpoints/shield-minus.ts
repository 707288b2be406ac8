/** What people type, with a true minus before a number with a unit: `-1 K` would be taken for an option. */
export const shieldMinus = (args: readonly string[]): readonly string[] =>
  args.map((text) => (/^-\s*[\d.]+\s*[^\s\d.]/.test(text) ? `−${text.slice(1)}` : text));
