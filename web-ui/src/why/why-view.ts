import type { DeviceShape, DeviceValue, PointLayout, WhyAnswer } from '@phloem/protocol';
import { toDurationText } from '../format/duration.ts';
import { toNumberText, toValueText, toUnitText } from '../format/format-value.ts';
import type { SiteTime } from '../format/site-time.ts';
import { toStateWord } from '../format/state-word.ts';
import { toPlainCondition, toPlainExpression, toTitle, type Titles } from './plain-reason.ts';

/** Why a device is as it is, as it is drawn. */
export type WhyView = {
  readonly sentence: string;
  readonly levels: readonly { readonly level: string; readonly text: string; readonly wins: boolean }[];
  readonly blocked: readonly string[];
  readonly rules: readonly { readonly title: string; readonly lines: readonly string[]; readonly parts: readonly string[] }[];
  readonly interlocks: readonly { readonly text: string; readonly isActive: boolean }[];
  readonly inputs: readonly { readonly id: string; readonly text: string; readonly isGood: boolean }[];
};

/** What the words are made with. */
export type WhyPlace = {
  readonly time: SiteTime;
  readonly titles: Titles;
  readonly device: DeviceShape | undefined;
  readonly points: readonly PointLayout[];
};

const levelWords: Readonly<Record<string, string>> = {
  manual: 'override',
  protect: 'protection',
  fallback: 'no rule requests it',
};

const interlockWords: Readonly<Record<string, string>> = { force: 'forces', deny: 'denies', limit: 'limits to' };

/** Pure: the answer in plain words, with titles in place of ids. */
export const toWhyView = (answer: WhyAnswer, place: WhyPlace): WhyView => {
  const { titles, device } = place;
  const word = (value: DeviceValue): string => toStateWord(value, device);
  return {
    sentence: toSentence(answer, place),
    levels: answer.levels
      .filter(({ requests }) => requests.length > 0)
      .map(({ level, requests }) => ({
        level: levelWords[level] ?? level,
        text: requests
          .map(({ rule, value }) => [rule === null ? '' : toTitle(rule, titles), word(value)].filter(Boolean).join(': '))
          .join(', '),
        wins: requests.some(({ wins }) => wins),
      })),
    blocked: answer.blocked.map(({ because }) => capitalise(toPlainCondition(because, titles))),
    rules: toRules(answer, titles),
    interlocks: answer.interlocks.map((interlock) => toInterlock(interlock, place)),
    inputs: answer.inputs.map((input) => toInput(input, place)),
  };
};

/** The sentence begins with the id of the device, which the lane around it names already. */
const toSentence = ({ device, sentence }: WhyAnswer, { titles }: WhyPlace): string =>
  capitalise(toPlainCondition(sentence.startsWith(`${device} `) ? sentence.slice(device.length + 1) : sentence, titles));

const capitalise = (text: string): string => text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());

/** The conditions of each rule, and under them what they are made of. A part that is a number by itself says nothing. */
const toRules = ({ expressions }: WhyAnswer, titles: Titles): WhyView['rules'] =>
  [...Map.groupBy(expressions, ({ rule }) => rule)].map(([rule, own]) => ({
    title: toTitle(rule, titles),
    lines: own.map(({ text, value }) => `${toPlainExpression(text)}: ${toValueWord(value)}`),
    parts: [
      ...new Set(
        own.flatMap(({ parts }) =>
          parts
            .filter(({ text }) => /[a-z_]/i.test(text) && !/^[A-Za-z]+\([\d.]+\)$/.test(text))
            .map(({ text, value }) => `${toPlainExpression(text)} = ${toValueWord(value)}`),
        ),
      ),
    ],
  }));

const toValueWord = (value: WhyAnswer['inputs'][number]['value']): string => {
  if (value === null) return 'unknown';
  if (typeof value === 'number') return toNumberText(value, Number.isInteger(value) ? 0 : 2);
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
};

const toInterlock = (
  { id, does, state, since, why }: WhyAnswer['interlocks'][number],
  { titles, time }: WhyPlace,
): WhyView['interlocks'][number] => {
  const [verb = '', ...rest] = does.split(' ');
  const effect = `${interlockWords[verb] ?? verb} ${rest.join(' ')}`.trim();
  const begun = since === null || state === 'clear' ? '' : ` since ${time.clock(since)}`;
  const reason = why === '' || state === 'clear' ? '' : `: ${toPlainCondition(why, titles)}`;
  return { text: `${toTitle(id, titles)} (${effect}): ${state}${begun}${reason}`, isActive: state !== 'clear' };
};

const toInput = (
  { name, point, value, named, quality, ageMs }: WhyAnswer['inputs'][number],
  { points, titles }: WhyPlace,
): WhyView['inputs'][number] => {
  const layout = points.find(({ id }) => id === point);
  const shown =
    named ??
    (typeof value === 'number' && layout !== undefined
      ? `${toValueText(value, layout.decimals, name, layout.names)} ${toUnitText(layout.quantity)}`.trim()
      : toValueWord(value));
  const age = ageMs === null ? 'never received' : `${toDurationText(ageMs)} old`;
  const cluster = point.split('/')[1]?.replaceAll('_', ' ') ?? '';
  return {
    id: point,
    text: `${toTitle(point, titles)}${cluster === '' ? '' : ` (${cluster})`}: ${shown}, ${quality === 'good' ? age : `${quality}, ${age}`}`,
    isGood: quality === 'good',
  };
};

/** The value that a device is asked not to have: the other one of a switch, the other end of a percentage; null for other kinds. */
export const toOpposite = (value: WhyAnswer['value']): { readonly asked: string; readonly value: DeviceValue } | null => {
  if (typeof value === 'boolean') return { asked: value ? 'off' : 'on', value: !value };
  if (typeof value !== 'number') return null;
  return value > 0 ? { asked: '0', value: 0 } : { asked: '100', value: 100 };
};
