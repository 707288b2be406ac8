import { toStep, toValueRange, type DeviceLayout, type DeviceValue } from '@phloem/protocol';
import { toStateWord } from '../format/state-word.ts';

/** One value that a person can choose at once. */
export type ValueChoice = { readonly value: DeviceValue; readonly text: string };

/** What the panel offers for a device: values to choose from, and a number to type where it takes one. */
export type ValueChoices = {
  readonly choices: readonly ValueChoice[];
  readonly number: {
    readonly min: number;
    readonly max: number;
    readonly step: number;
    readonly unit: string;
    readonly start: number;
  } | null;
};

/** What may be asked of a device manually. */
export function toValueChoices(layout: DeviceLayout, confirmed: DeviceValue | null): ValueChoices {
  const range = toValueRange(layout);
  switch (layout.kind) {
    case 'switch':
      return { choices: [toChoice(true, 'On'), toChoice(false, 'Off')], number: null };
    case 'momentary':
      return { choices: [toChoice(false, 'Hold off')], number: null };
    case 'mode':
      return { choices: (layout.modes ?? []).map(({ name }) => toChoice(name, toSentence(name))), number: null };
    case 'percent':
    case 'three-point': {
      const words = layout.kind === 'percent' ? ['On (100 %)', 'Off'] : ['Open (100 %)', 'Closed'];
      const number = { min: range?.min ?? 0, max: range?.max ?? 100, step: layout.step ?? 1, unit: '%', start: 40 };
      return { choices: [toChoice(100, words[0] ?? ''), toChoice(0, words[1] ?? '')], number };
    }
    case 'setpoint': {
      const { min, max } = range ?? { min: 0, max: 100 };
      const start = toStep(layout, typeof confirmed === 'number' ? confirmed : (min + max) / 2);
      const unit = toStateWord(start, layout).replace(/^[-−\d.,\s]+/, '');
      return { choices: [], number: { min, max, step: layout.step ?? 0.1, unit, start } };
    }
  }
}

const toChoice = (value: DeviceValue, text: string): ValueChoice => ({ value, text });

/** `fan_only` as people read it: `Fan only`. */
const toSentence = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll(/[_-]/g, ' ')}`;
