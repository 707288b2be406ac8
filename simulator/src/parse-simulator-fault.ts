import { Fault } from '@phloem/protocol';
import { isPlainObject, type JsonObject, toList } from './json-object.ts';
import { relayNames } from './machines.ts';
import { isHoldable, registerMap, units } from './register-map.ts';
import type { SimulatorFault } from './simulator-fault.ts';

/**
 * Lets a fault in.
 *
 * @throws Fault `protocol/invalid`, whose message names what is allowed.
 */
export const parseSimulatorFault = (value: unknown): SimulatorFault => {
  if (!isPlainObject(value)) throw refuse(`a fault is an object such as {"kind":"silence","unit":2}`);
  const kind = value['kind'];
  const fields = typeof kind === 'string' && Object.hasOwn(faultFields, kind) ? faultFields[kind as SimulatorFault['kind']] : undefined;
  if (fields === undefined) throw refuse(`"kind" is one of ${toList(Object.keys(faultFields))}`);
  const allowed: readonly string[] = ['kind', ...fields.needs, ...fields.takes];
  const stranger = Object.keys(value).find((key) => !allowed.includes(key));
  if (stranger !== undefined) throw refuse(`"${String(kind)}" does not take "${stranger}"; it takes ${toList(allowed)}`);
  for (const key of fields.needs) {
    if (value[key] === undefined) throw refuse(`"${String(kind)}" needs "${key}": ${fieldChecks[key].means}`);
  }
  for (const key of [...fields.needs, ...fields.takes]) {
    if (value[key] !== undefined && !fieldChecks[key].check(value[key])) throw refuse(`"${key}" is ${fieldChecks[key].means}`);
  }
  checkFrozenValue(value);
  return value as unknown as SimulatorFault;
};

type FieldName = 'unit' | 'times' | 'ms' | 'code' | 'function' | 'register' | 'value' | 'perHour' | 'relay';
type Fields = { readonly needs: readonly FieldName[]; readonly takes: readonly FieldName[] };

const faultFields: { readonly [kind in SimulatorFault['kind']]: Fields } = {
  silence: { needs: [], takes: ['unit', 'times'] },
  delay: { needs: ['ms'], takes: ['unit', 'times'] },
  duplicate: { needs: [], takes: ['unit', 'times'] },
  'wrong-echo': { needs: [], takes: ['unit', 'times'] },
  exception: { needs: ['code'], takes: ['unit', 'times', 'function'] },
  'swap-words': { needs: [], takes: ['unit', 'times'] },
  freeze: { needs: ['register'], takes: ['value'] },
  drift: { needs: ['register', 'perHour'], takes: [] },
  stick: { needs: ['relay'], takes: [] },
  'half-open': { needs: [], takes: [] },
  drop: { needs: [], takes: [] },
  reboot: { needs: [], takes: ['unit', 'ms'] },
};

const isWhole = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max;

const fieldChecks: { readonly [name in FieldName]: { readonly means: string; readonly check: (value: unknown) => boolean } } = {
  unit: { means: `one of the units ${toList([...units].map(String))}`, check: (value) => typeof value === 'number' && units.has(value) },
  times: { means: 'how many answers it touches: a whole number from 1', check: (value) => isWhole(value, 1, Number.MAX_SAFE_INTEGER) },
  ms: { means: 'a length of time in milliseconds, from 0 to 3600000', check: (value) => isWhole(value, 0, 3_600_000) },
  code: { means: 'an exception code from 1 to 255', check: (value) => isWhole(value, 1, 255) },
  function: {
    means: 'one of the functions 1, 2, 3, 4, 5, 6, 15, 16',
    check: (value) => typeof value === 'number' && [1, 2, 3, 4, 5, 6, 15, 16].includes(value),
  },
  register: {
    means: `one of the registers ${toList(registerMap.map((register) => register.name))}`,
    check: (value) => registerMap.some((register) => register.name === value),
  },
  value: { means: "a number in the register's own unit of measure", check: (value) => Number.isFinite(value) },
  perHour: {
    means: "how far it drifts in an hour of simulated time, in the register's own unit of measure",
    check: (value) => Number.isFinite(value),
  },
  relay: { means: `one of the relays ${toList(relayNames)}`, check: (value) => relayNames.some((name) => name === value) },
};

const checkFrozenValue = ({ register: name, value }: JsonObject): void => {
  const register = registerMap.find((candidate) => candidate.name === name);
  if (register === undefined || typeof value !== 'number' || isHoldable(register, value)) return;
  throw refuse(`"value" ${value} does not fit into the ${register.type} of ${register.name} (raw × ${register.scale})`);
};

const refuse = (message: string): Fault => new Fault('protocol/invalid', message);
