import type { DeviceId, DeviceValue, Entry, EntryDraft } from '@phloem/protocol';
import type { RoomInputs, SensorName } from '@phloem/simulator';
import { readExample, type World } from './documents.ts';
import { simulate } from './simulate.ts';

/** A day of log, with what a plan decided as it was lived. */
export type RecordedDay = {
  readonly world: World;
  readonly entries: readonly Entry[];
  readonly switches: number;
  readonly unknowns: number;
};

const location = 'flower_room';
const minute = 60_000;
const hour = 60 * minute;

/** Two of three humidity probes fall silent for a quarter of an hour, twice; a temperature probe for two hours. */
const isSilent = (sensor: SensorName, up: number): boolean => {
  const time = up % (12 * hour);
  if (sensor === 'front/humidity' || sensor === 'middle/humidity') return time > 4 * hour && time < 4 * hour + 15 * minute;
  return sensor === 'back/temperature' && time > 7 * hour && time < 9 * hour;
};

/** The room of the handbook: lights by the clock, a cooling valve, a door that is opened now and then. */
const drive = (applied: (device: DeviceId) => DeviceValue | undefined, up: number): RoomInputs => {
  const isOn = (device: string): boolean => applied(`${location}/${device}`) === true;
  const isDay = up % (24 * hour) < 12 * hour;
  return {
    dehumidifiers: Number(isOn('dehumidifier_1')) + Number(isOn('dehumidifier_2')),
    isHeaterOn: isOn('heater'),
    isDosing: isOn('co2_valve'),
    // What cools this room is air from outside.
    fanShare: 0.08 + Number(applied(`${location}/cooling_valve`) ?? 0) / 125,
    lightShare: isDay ? 0.8 : 0,
    isDoorOpen: up % (3 * hour) > 100 * minute && up % (3 * hour) < 104 * minute,
  };
};

/** What people do that day: overrides and offsets that end by themselves and that are taken back, and a latch that is released. */
const weave = (up: number): readonly EntryDraft[] => {
  const at = (time: number, draft: EntryDraft): readonly EntryDraft[] => (up === time ? [draft] : []);
  const heater = { kind: 'override', device: `${location}/heater`, by: { kind: 'user', id: 'anna' } } as const;
  const valve = { kind: 'override', device: `${location}/cooling_valve`, by: { kind: 'user', id: 'anna' } } as const;
  const climate = { kind: 'offset', by: { kind: 'user', id: 'anna' } } as const;
  return [
    ...at(2 * hour, { ...heater, value: true, reason: 'warm up for a test', forMs: 10 * minute }),
    ...at(5 * hour, { ...valve, value: 60, reason: 'flush', forMs: hour }),
    ...at(5 * hour + 20 * minute, { ...valve, released: true }),
    ...at(7 * hour, { ...climate, setpoint: `${location}/climate/temp`, delta: 1.5, reason: 'cold seedlings', forMs: 2 * hour }),
    ...at(8 * hour, { ...climate, setpoint: `${location}/climate/temp`, delta: -1, reason: 'too much', forMs: 40 * minute }),
    ...at(15 * hour, { ...climate, setpoint: `${location}/climate/vpd`, delta: 0.2, reason: 'mould', forMs: 3 * hour }),
    ...at(16 * hour, { ...climate, setpoint: `${location}/climate/vpd`, released: true }),
    ...[2, 5, 8, 11, 14, 17, 20, 23].flatMap((n) =>
      at(n * hour + 30 * minute, {
        kind: 'interlock',
        id: `${location}/safety/co2-person`,
        state: 'clear',
        by: { kind: 'user', id: 'anna' },
      }),
    ),
  ];
};

/** Lives a day with the handbook's documents in charge of the simulated room, and keeps its log. */
export const recordDay = ({ hours, seed = 7 }: { readonly hours: number; readonly seed?: number }): RecordedDay => {
  const world = readExample('handbook', { timeZone: 'Europe/Amsterdam' });
  const entries: Entry[] = [];
  let unknowns = 0;
  const { devices } = simulate({
    ...world,
    seed,
    hours,
    stepMs: 10_000,
    startAt: Date.UTC(2026, 2, 2, 5),
    drive,
    weave,
    isSilent,
    onStep: (entry, result) => {
      entries.push(entry);
      if (result.values.some(({ name, v }) => name.endsWith('/vpd') && v === null)) unknowns += 1;
    },
  });
  return { world, entries, switches: [...devices.values()].reduce((sum, device) => sum + device.switches, 0), unknowns };
};
