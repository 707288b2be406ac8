import type { DeviceLayout } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { emptyForm, toAnswer } from './override-form.ts';
import { toValueChoices } from './value-choices.ts';

const layout: DeviceLayout = {
  id: 'room/thing',
  kind: 'switch',
  title: 'Thing',
  power: null,
  failSafe: { afterMs: 10_000, value: false },
  limits: { maxOverrideMs: 86_400_000 },
};
const ac: DeviceLayout = { ...layout, kind: 'setpoint', quantity: 'temperature', range: { min: 16, max: 30 }, step: 0.5 };
const modes = [
  { name: 'off', raw: 0 },
  { name: 'fan_only', raw: 3 },
];

describe('what the override panel offers', () => {
  it('[DE4] values by the kind of the device, with unit, range and step', () => {
    expect(toValueChoices(layout, null)).toMatchObject({ choices: [{ value: true }, { value: false }], number: null });
    expect(toValueChoices({ ...layout, kind: 'percent' }, 40).number).toMatchObject({ min: 0, max: 100, unit: '%' });
    expect(toValueChoices({ ...layout, kind: 'three-point' }, 40).choices.map(({ text }) => text)).toEqual(['Open (100 %)', 'Closed']);
    expect(toValueChoices(ac, 22.5)).toEqual({ choices: [], number: { min: 16, max: 30, step: 0.5, unit: '°C', start: 22.5 } });
    expect(toValueChoices({ ...layout, kind: 'mode', modes }, 'off').choices).toEqual([
      { value: 'off', text: 'Off' },
      { value: 'fan_only', text: 'Fan only' },
    ]);
    expect(toValueChoices({ ...layout, kind: 'momentary' }, false).choices).toEqual([{ value: false, text: 'Hold off' }]);
  });

  it('[DE4] says what a value has to be before anything is sent', () => {
    const form = { ...emptyForm, chip: 'test' };
    expect(toAnswer({ ...form, value: 22.5 }, ac, null).request).toMatchObject({ value: 22.5 });
    expect(toAnswer({ ...form, value: 22.3 }, ac, null).missing).toContain('steps of 0.5 °C; the nearest is 22.5 °C');
    expect(toAnswer({ ...form, value: 40 }, ac, null).missing).toContain('16 to 30 °C');
  });
});
