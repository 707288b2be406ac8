import type { Entry } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { readExample } from '../rules/support/documents.ts';
import { driveSimulator, simulate } from '../rules/support/simulate.ts';

const heater = 'flower_room/heater';
const deadAt = 6 * 60_000;

/** Six minutes of the demonstration, then all its thermometers fall silent while the heater happens to be on. */
const liveWithDeadSensors = (minutes: number) => {
  const { plan, site } = readExample('flower-room');
  const told: { up: number; value: unknown }[] = [];
  let deadSince: number | null = null;
  let isOn = false;
  const alarms = new Map<string, string>();
  simulate({
    plan,
    site,
    seed: 3,
    hours: minutes / 60,
    stepMs: 1000,
    startAt: Date.UTC(2026, 2, 2, 11),
    drive: driveSimulator,
    isSilent: (sensor, up) => {
      if (deadSince === null && up >= deadAt && isOn) deadSince = up;
      return deadSince !== null && sensor.endsWith('temperature');
    },
    onStep: (entry: Entry, { decisions, alarms: reported }) => {
      for (const { device, value } of decisions) {
        if (device !== heater) continue;
        isOn = value === true;
        told.push({ up: entry.up, value });
      }
      for (const { alarm, state } of reported) alarms.set(alarm, state);
    },
  });
  return { deadSince: deadSince ?? Number.NaN, told, alarms };
};

// A thermostat whose sensor dies goes on as it was, and the heater with it, until somebody smells it.
it('a heater whose thermometers are silent is released after its hold, with an alarm', () => {
  const { deadSince, told, alarms } = liveWithDeadSensors(30);
  const after = told.filter(({ up }) => up > deadSince);
  expect(deadSince).toBeGreaterThan(0);
  // Readings are too old after 15 s, and the rule holds for 20 s more.
  expect(after.map(({ value }) => value)).toEqual([false]);
  expect((after[0]?.up ?? 0) - deadSince).toBeLessThanOrEqual(40_000);
  expect(alarms.get('flower_room/heat/unknown')).toBe('active');
});
