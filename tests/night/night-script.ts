import type { Night } from './night.ts';

/** The night is one in Europe/Berlin, in winter. */
const zone = 'Europe/Berlin';
const [evening, morning] = ['2026-11-28', '2026-11-29'];

/** The instant of a time of this night, such as `02:10`. */
export const toInstant = (time: string): number => Date.parse(`${time >= '12:00' ? evening : morning}T${time}:00+01:00`);

const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });

/** The local time of an instant, to the minute. */
export const toTime = (at: number): string => format.format(at);

/** Something that goes wrong, or that somebody does, at its time. */
export type Happening = { readonly at: string; readonly happen: (night: Night) => void };

/** What happens in the scripted night. */
export const script: readonly Happening[] = [
  // Cold air calls for heat, so that the heater is on when its contact welds.
  { at: '02:09', happen: ({ simulator }) => simulator.force({ temperature: 18.5 }) },
  { at: '02:10', happen: ({ simulator }) => void simulator.inject({ kind: 'stick', relay: 'heater' }) },
  { at: '02:40', happen: ({ simulator }) => void simulator.clear() },
  // Warm and dry enough that nothing runs: what the rooms do without control does not depend on a cycle's phase.
  {
    at: '02:59',
    happen: ({ simulator }) =>
      simulator.force({
        temperature: 22,
        humidity: 55,
        'propagation/temperature': 22.6,
        'propagation/humidity': 82,
        'propagation/tank': 80,
      }),
  },
  { at: '03:00', happen: ({ gateways }) => gateways.simulator.turnOff() },
  { at: '03:20', happen: ({ gateways }) => gateways.simulator.turnOn() },
  { at: '04:00', happen: ({ simulator }) => simulator.force({ 'cold_store/door': 'open' }) },
  { at: '04:40', happen: ({ simulator }) => simulator.force({ 'cold_store/door': 'closed' }) },
  {
    at: '05:00',
    happen: ({ hub }) =>
      hub.gate.override(
        'flower_room/exhaust_fan',
        { value: 60, forMs: 45 * 60_000, reason: 'smell in the corridor' },
        { kind: 'user', id: 'anna' },
      ),
  },
];
