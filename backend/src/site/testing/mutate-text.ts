/** What stands in for a value: of another type, at the ends of what numbers can be, or nothing that a document says. */
const strangers = [
  '',
  '~',
  'null',
  'true',
  'off',
  '-1',
  '0',
  '65536',
  '1e309',
  '-1e-320',
  '.nan',
  '.inf',
  '0x10',
  '"\\u0000"',
  '"\\u202e"',
  '[]',
  '{}',
  '[[[[]]]]',
  '{ a: { b: [ 1 ] } }',
  '__proto__',
  'constructor',
  '"0 s"',
  '1e9d',
  '"99999999999999999999 °C"',
  '"5 furlongs"',
  'a/b/c',
  '&a [ *a ]',
  '2026-02-30',
  '"24:61"',
] as const;

const signs = '{ } [ ] : , # & * ! | > \' " % @ ` - \t \u0000 \u2028'.split(' ');

type Dice = () => number;

const pick = <T>(items: readonly T[], dice: Dice): T | undefined => items[Math.floor(dice() * items.length)];

/** Places at which a value stands: after a colon, a dash, a comma or a bracket. */
const valueAt = /(?<=[:,[-]\s)[^\s,[\]{}#][^,[\]{}#\n]*/g;
const keyAt = /[A-Za-z_]+(?=:)/g;

const replaceOne = (text: string, pattern: RegExp, dice: Dice, toNext: (found: string, others: readonly string[]) => string): string => {
  const found = [...text.matchAll(pattern)];
  const one = pick(found, dice);
  if (one === undefined) return text;
  const next = toNext(
    one[0],
    found.map(([value]) => value),
  );
  return text.slice(0, one.index) + next + text.slice(one.index + one[0].length);
};

const changeLines = (text: string, dice: Dice, change: (lines: string[], at: number) => void): string => {
  const lines = text.split('\n');
  change(lines, Math.floor(dice() * lines.length));
  return lines.join('\n');
};

const mutations: readonly ((text: string, dice: Dice) => string)[] = [
  (text, dice) => replaceOne(text, valueAt, dice, () => pick(strangers, dice) ?? ''),
  // A value that is right elsewhere.
  (text, dice) => replaceOne(text, valueAt, dice, (found, others) => pick(others, dice) ?? found),
  (text, dice) => replaceOne(text, keyAt, dice, (found, others) => pick(others, dice) ?? found),
  (text, dice) => replaceOne(text, /\d+/g, dice, () => String(Math.floor(dice() * 70_000))),
  (text, dice) => changeLines(text, dice, (lines, at) => void lines.splice(at, 1)),
  (text, dice) => changeLines(text, dice, (lines, at) => void lines.splice(at, 0, lines[at] ?? '')),
  (text, dice) => changeLines(text, dice, (lines, at) => void (lines[at] = `  ${lines[at] ?? ''}`)),
  (text, dice) =>
    changeLines(text, dice, (lines, at) => {
      const other = Math.floor(dice() * lines.length);
      [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
    }),
  (text, dice) => {
    const at = Math.floor(dice() * text.length);
    return text.slice(0, at) + (pick(signs, dice) ?? '') + text.slice(at);
  },
  (text, dice) => text.slice(0, Math.floor(dice() * text.length)),
];

/** A document that somebody has got wrong, in one to three places. */
export const mutateText = (text: string, dice: Dice): string => {
  let next = text;
  const count = 1 + Math.floor(dice() * dice() * 3);
  for (let n = 0; n < count; n += 1) next = pick(mutations, dice)?.(next, dice) ?? next;
  return next;
};
