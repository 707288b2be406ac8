import { describe, expect, it } from 'vitest';
import { parseForcedValues } from './forced-values.ts';
import { parseSimulatorFault } from './parse-simulator-fault.ts';

describe('a fault', () => {
  it.each([
    { kind: 'silence', unit: 2 },
    { kind: 'silence' },
    { kind: 'delay', ms: 700, unit: 1, times: 2 },
    { kind: 'exception', code: 4, function: 3 },
    { kind: 'freeze', register: 'front/temperature', value: -3276.8 },
    { kind: 'drift', register: 'cold_store/front/temperature', perHour: -0.5 },
    { kind: 'stick', relay: 'cold_store/compressor' },
    { kind: 'stick', relay: 'heater' },
    { kind: 'reboot', unit: 10, ms: 500 },
  ])('is let in: %o', (fault) => {
    expect(parseSimulatorFault(fault)).toEqual(fault);
  });

  it.each<[unknown, RegExp]>([
    [null, /a fault is an object/],
    [[], /a fault is an object/],
    [{ kind: 'zap' }, /"kind" is one of silence, delay, .*reboot/],
    [{ kind: 'constructor' }, /"kind" is one of/],
    [{ kind: 'silence', unit: 5 }, /"unit" is one of the units 1, 2, 3, 4, 10, 11, 12, 21, 22/],
    [{ kind: 'silence', ms: 5 }, /"silence" does not take "ms"; it takes kind, unit, times/],
    [{ kind: 'delay' }, /"delay" needs "ms"/],
    [{ kind: 'delay', ms: -1 }, /"ms" is a length of time/],
    [{ kind: 'exception', code: 0 }, /"code" is an exception code from 1 to 255/],
    [{ kind: 'exception', code: 2, function: '3' }, /"function" is one of the functions 1, 2/],
    [{ kind: 'drift', register: 'front/temperature' }, /"drift" needs "perHour": how far it drifts in an hour/],
    [{ kind: 'freeze', register: 'attic/temperature' }, /"register" is one of the registers front\/temperature/],
    [{ kind: 'freeze', register: 'front/temperature', value: 4000 }, /4000 does not fit into the s16 of front\/temperature/],
    [{ kind: 'stick', relay: 'lights' }, /"relay" is one of the relays dehumidifier_1, dehumidifier_2, heater/],
  ])('that cannot be is refused, naming what can: %o', (fault, message) => {
    expect(() => parseSimulatorFault(fault)).toThrow(message);
  });
});

describe('a value to force', () => {
  it.each<[unknown, RegExp]>([
    [{}, /some of temperature, humidity, co2, door, contacts, exhaust_fan, lights/],
    [{ rain: 1 }, /"rain" cannot be set; what can be set is temperature/],
    [{ humidity: 101 }, /"humidity" is a number from 0 to 100/],
    [{ humidity: Number.NaN }, /"humidity" is a number/],
    [{ door: true }, /"door" is "open" or "closed"/],
    [{ contacts: { lamp: true } }, /"contacts" is an object of true or false for some of dehumidifier_1/],
  ])('that cannot be is refused, naming what can: %o', (values, message) => {
    expect(() => parseForcedValues(values)).toThrow(message);
  });
});
