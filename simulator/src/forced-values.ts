import { Fault } from '@phloem/protocol';
import { isPlainObject, toList } from './json-object.ts';
import { type ForcedValues, maxFrost } from './force-simulator.ts';
import { relayNames } from './machines.ts';

/**
 * Lets in the values that somebody wants to force.
 *
 * @throws Fault `protocol/invalid`, whose message names what is allowed.
 */
export const parseForcedValues = (value: unknown): ForcedValues => {
  if (!isPlainObject(value) || Object.keys(value).length === 0) throw refuse(`expected an object with some of ${toList(names)}`);
  for (const [name, forced] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof ForcedValues] : undefined;
    if (rule === undefined) throw refuse(`"${name}" cannot be set; what can be set is ${toList(names)}`);
    if (!rule.check(forced)) throw refuse(`"${name}" is ${rule.means}`);
  }
  return value;
};

type Rule = { readonly means: string; readonly check: (value: unknown) => boolean };

const within = (min: number, max: number, measure: string): Rule => ({
  means: `a number from ${min} to ${max} (${measure})`,
  check: (value) => typeof value === 'number' && value >= min && value <= max,
});

const rules: { readonly [name in keyof Required<ForcedValues>]: Rule } = {
  temperature: within(-20, 60, '°C'),
  humidity: within(0, 100, '%'),
  co2: within(0, 20_000, 'ppm'),
  door: { means: '"open" or "closed"', check: (value) => value === 'open' || value === 'closed' },
  contacts: {
    means: `an object of true or false for some of ${toList(relayNames)}`,
    check: (value) =>
      isPlainObject(value) &&
      Object.entries(value).every(([name, isClosed]) => relayNames.some((relay) => relay === name) && typeof isClosed === 'boolean'),
  },
  exhaust_fan: within(0, 100, '%'),
  lights: within(0, 100, '%'),
  'propagation/temperature': within(-20, 60, '°C'),
  'propagation/humidity': within(0, 100, '%'),
  'propagation/tank': within(0, 100, '%'),
  'propagation/vent': within(0, 100, '%'),
  'propagation/lights': within(0, 100, '%'),
  'cold_store/temperature': within(-20, 60, '°C'),
  'cold_store/humidity': within(0, 100, '%'),
  'cold_store/frost': within(0, maxFrost, 'g'),
  'cold_store/door': {
    means: '"open", "closed", or "used" (as people come and go)',
    check: (value) => value === 'open' || value === 'closed' || value === 'used',
  },
};

const names = Object.keys(rules);

const refuse = (message: string): Fault => new Fault('protocol/invalid', message);
