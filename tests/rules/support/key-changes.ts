import { isMap, type Found } from './key-paths.ts';

/** Keys whose last word is one of these are for people alone: what they say must come out where people read. */
const forPeople: ReadonlySet<string> = new Set(
  (
    'title owner tags reason text name guidance cause consequence action ' +
    'maker source document edition page url status version notes vendorAddress'
  ).split(' '),
);
/** And in the documents of a site: how a panel shows what the hub works with all the same. */
const forPanels: ReadonlySet<string> = new Set(['isDemonstration', 'decimals', 'power', 'hold']);
const isOfSite = (kind: string): boolean => kind === 'Site' || kind === 'Devices' || kind === 'Profile';

export const isPeopleKey = (kind: string, path: string): boolean => {
  const words = path.replaceAll(/\[\]|\|\w+/g, '').split('.');
  const last = words.at(-1) ?? '';
  return path === 'metadata.id' || forPeople.has(last) || (isOfSite(kind) && forPanels.has(last));
};

/** Keys that say what the rest of the document says too: all that they can do is to be refused where they are wrong. */
export const isCheckKey = (path: string): boolean => /^spec\.(signals\.\*\.inputs(\[\])?|devices\.\*\.watchdog)$/.test(path);

/** Units that another unit may be exchanged for, where a text is one. */
const units = ['min', 'h', 's', 'Wh', 'kWh', 'K/min', 'K/h', 'µmol/m²', 'mol/m²', '°F', '°C', 'K', '%', 'kPa', 'Pa'];

/** Names that a document of a world may hold in the place of another one of the same sort. */
export type Names = readonly (readonly string[])[];

const numbersIn = /\d+(?:\.\d+)?/;
const durationText = /^(?:\d+(?:\.\d+)?(?:ms|s|min|h|d))+$/;

const toNumber = (text: string, change: (value: number) => number): string =>
  text.replace(numbersIn, (number) => String(Number(change(Number(number)).toFixed(3))));

/** Moments, instants, days and samples of a series: what is written with more than one number. */
const toOtherTimes = (text: string): readonly string[] => {
  const clock = /^(\d\d):(\d\d)$/.exec(text);
  if (clock !== null) {
    const [, hours = '', minutes = ''] = clock;
    return [3, 11, 17].map((later) => `${String((Number(hours) + later) % 24).padStart(2, '0')}:${minutes}`);
  }
  if (/^(?:sunrise|sunset|lights-on|lights-off)/.test(text))
    return [text.replace(/sunrise|lights-on/, '03:00'), text.replace(/^\S+/, '11:00'), '19:00'];
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return [text.replace(/T\d\d/, 'T01'), text.replace(/-\d\dT/, '-07T'), text.replace(/-\d\d-/, '-07-')];
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return ['2026-03-02', '2027-01-01', text.replace(/\d\d$/, '28')];
  return [];
};

const isExpression = ({ node }: Found): boolean => String((node as { expected?: string }).expected).startsWith('an expression');

const toOtherTexts = (found: Found, text: string, names: Names): readonly unknown[] => {
  const alike = names.find((group) => group.includes(text))?.filter((name) => name !== text) ?? [];
  if (alike.length > 0) return [...alike.slice(0, 6), 'no/such/name'];
  if (durationText.test(text)) return [5, 0.2, 40, 0.01].map((factor) => toNumber(text, (value) => Math.max(1, value * factor)));
  if (units.includes(text) || found.path.endsWith('unit')) return units.filter((unit) => unit !== text);
  if (isExpression(found))
    return [`!(${text})`, toNumber(text, (value) => value * 0.5), toNumber(text, (value) => value + 7), `(${text}) * 0.5`, 'false', 'true'];
  const times = toOtherTimes(text);
  if (times.length > 0) return times;
  const quantities = numbersIn.test(text) ? [0.5, 2, 6].map((factor) => toNumber(text, (value) => value * factor)) : [];
  return [
    ...quantities,
    ...(numbersIn.test(text) ? [toNumber(text, (value) => value + 1)] : []),
    `${text} changed`,
    'changed',
    `${text}-b`,
    'Asia/Tokyo',
    'off',
    'on',
  ];
};

const toOtherNumbers = (value: number): readonly number[] =>
  [value + 1, value - 1, value * 2, value / 2, value + 7, value - 7, value * 10, 0, -value, 1].filter((other) => other !== value);

/** The values that a key may have in the place of the one that it has, likely ones first; undefined stands for no such key. */
export const toChanges = (found: Found, names: Names): readonly unknown[] => {
  const { node, value, isOptional } = found;
  const last = found.at.at(-1);
  const isOwn = isOptional || typeof last === 'number' || found.path.split('|')[0]?.endsWith('*') === true;
  const gone = isOwn ? [undefined] : [];
  const choice = node.enum ?? [];
  if (choice.length > 1) return [...choice.filter((other) => other !== value), ...gone];
  if (typeof value === 'boolean') return [!value, ...gone];
  if (typeof value === 'number') return [...toOtherNumbers(value), ...gone];
  if (typeof value === 'string') return [...toOtherTexts(found, value, names), ...gone];
  return [...gone, ...toOtherWholes(value)];
};

const toOtherWholes = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return [value.slice(1), value.toReversed(), value.slice(0, -1), undefined];
  return isMap(value) ? [undefined] : [];
};
