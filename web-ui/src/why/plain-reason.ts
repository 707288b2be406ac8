import { renderReason, type DeviceShape, type Reason, type SiteLayout } from '@phloem/protocol';
import { toStateWord } from '../format/state-word.ts';
import type { SiteTime } from '../format/site-time.ts';

/** What ids are called; an id that has no title is shown by its last part. */
export type Titles = { readonly locations: ReadonlySet<string>; readonly byId: ReadonlyMap<string, string> };

/** The titles of what is there, with those of rules where they are known. */
export const toTitles = (site: SiteLayout | null, rules: ReadonlyMap<string, string> = new Map()): Titles => ({
  locations: new Set((site?.locations ?? []).map(({ id }) => id)),
  byId: new Map([...[...(site?.points ?? []), ...(site?.devices ?? [])].map(({ id, title }) => [id, title] as const), ...rules]),
});

const comparisons: Readonly<Record<string, string>> = {
  '<': 'is below',
  '<=': 'is at most',
  '>': 'is above',
  '>=': 'is at least',
  '==': 'is',
  '!=': 'is not',
};

/** Where a reason is shown: the times and the device of it, and what ids are called there. */
export type ReasonPlace = { readonly time: Pick<SiteTime, 'clock'>; readonly device?: DeviceShape | undefined; readonly titles?: Titles };

/** A reason in plain words: `Heat when it is too cool asks for on: temp 22.50 °C is below 23.60 °C for 4 s`; empty where there is none. */
export const toPlainReason = (reason: Reason | null | undefined, { time, device, titles = noTitles }: ReasonPlace): string =>
  reason === null || reason === undefined
    ? ''
    : renderReason(reason, {
        time: time.clock,
        value: (value) => toStateWord(value, device),
        title: (id) => toTitle(id, titles),
        condition: (text) => toPlainCondition(text, titles),
      });

const noTitles: Titles = { locations: new Set(), byId: new Map() };

/** An expression in plain words: `vpd < sp.vpd - kPa(0.07)` becomes `vpd is below set-point vpd − 0.07 kPa`. */
export const toPlainExpression = (text: string): string =>
  text
    .replaceAll(/ (<=|>=|==|!=|<|>) /g, (_all, sign: string) => ` ${comparisons[sign] ?? sign} `)
    .replaceAll(' && ', ' and ')
    .replaceAll(' || ', ' or ')
    .replaceAll(/\bsp\.([A-Za-z]\w*)/g, 'set-point $1')
    .replaceAll(/\b([A-Za-z]+)\((\d+(?:\.\d+)?)\)/g, (all, unit: string, number: string) =>
      unitNames.has(unit) ? `${number} ${unit === 'C' ? '°C' : unit}` : all,
    )
    .replaceAll(/ - (?=\d)/g, ' − ');

/** The functions of the language that only say a unit. */
const unitNames: ReadonlySet<string> = new Set(['K', 'C', 'kPa', 'Pa', 'ppm', 'lx', 'W', 's']);

/** A condition or a sentence in plain words, with titles in place of ids. */
export const toPlainCondition = (text: string, { locations, byId }: Titles): string =>
  toPlainExpression(text).replaceAll(/(?<![\p{L}\p{N}_/])([a-z0-9_]+)(?:\/[a-z0-9_-]+)+/gu, (id: string, location: string) =>
    locations.has(location) || byId.has(id) ? (byId.get(id) ?? toWords(id)) : id,
  );

/** What an id is called; without a title its last part. */
export const toTitle = (id: string, { byId }: Titles): string => byId.get(id) ?? toWords(id);

const toWords = (id: string): string => (id.split('/').at(-1) ?? id).replaceAll(/[_-]/g, ' ');
