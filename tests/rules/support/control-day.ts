import type { DeviceId, DeviceValue } from '@phloem/protocol';
import { parseQuantity, readDocuments } from '@phloem/protocol/rules';
import { readExample, type World } from './documents.ts';
import { drivePlant, simulate, type StuckDevice } from './simulate.ts';

/** How a day in the demonstration's room went. Shares are of the time in which the value was known. */
export type Day = {
  readonly name: string;
  readonly temperatureInBand: number;
  readonly vpdInBand: number;
  readonly unknownMinutes: number;
  readonly switches: number;
  readonly switchesByDevice: Readonly<Record<DeviceId, number>>;
  readonly kilowattHours: number;
};

export type DayOptions = { readonly hours: number; readonly stepMs: number; readonly seed: number };

const watts: Readonly<Record<string, number>> = {
  'flower_room/dehumidifier_1': 550,
  'flower_room/dehumidifier_2': 550,
  'flower_room/heater': 2600,
  'flower_room/exhaust_fan': 400,
  'flower_room/lights': 1500,
};

/** The band around each set-point, as the bundle's own document says. */
const readBands = (world: World): ReadonlyMap<string, number> => {
  const found = readDocuments(world.bundleFiles).map(
    ({ value }) => value as { kind: string; spec: { bands?: Record<string, { target: string }> } },
  );
  const bands = found.find(({ kind }) => kind === 'Setpoints')?.spec.bands ?? {};
  return new Map(Object.entries(bands).map(([name, { target }]) => [name, parseQuantity(target)?.value ?? Number.NaN]));
};

/** A day with the demonstration's bundle in charge, without it, and with it while the heater does not come on. */
export const liveDays = (options: DayOptions): readonly Day[] => {
  const world = readExample('flower-room');
  return [
    liveDay('with the rules', world, options),
    liveDay('without rules', world, { ...options, isInControl: false }),
    liveDay('heater stuck off', world, { ...options, stuck: { device: 'flower_room/heater', at: false } }),
  ];
};

const liveDay = (
  name: string,
  world: World,
  { hours, stepMs, seed, isInControl = true, stuck }: DayOptions & { readonly isInControl?: boolean; readonly stuck?: StuckDevice },
): Day => {
  const { plan, site, interlocks } = world;
  const bands = readBands(world);
  const askOf = (text: string) => plan.query(text);
  const asked = { temp: askOf('temp - sp.temp'), vpd: askOf('vpd - sp.vpd') };
  const inBand = { temp: 0, vpd: 0 };
  const known = { temp: 0, vpd: 0 };
  let unknownSteps = 0;
  let joules = 0;
  let applied: (device: DeviceId) => DeviceValue | undefined = () => undefined;
  const { devices } = simulate({
    plan,
    site,
    interlocks,
    seed,
    hours,
    stepMs,
    isInControl,
    startAt: Date.UTC(2026, 2, 2, 5),
    ...(stuck === undefined ? {} : { stuck }),
    drive: (of, up) => {
      applied = of;
      return drivePlant(of, up);
    },
    onStep: (entry, { state }) => {
      if (entry.kind !== 'pulse') return;
      for (const what of ['temp', 'vpd'] as const) {
        const off = asked[what](state);
        if (typeof off !== 'number') continue;
        known[what] += 1;
        if (Math.abs(off) <= (bands.get(what) ?? Number.NaN)) inBand[what] += 1;
      }
      if (typeof asked.temp(state) !== 'number' || typeof asked.vpd(state) !== 'number') unknownSteps += 1;
      for (const [device, power] of Object.entries(watts)) {
        const value = applied(device) ?? found[device] ?? false;
        joules += power * (typeof value === 'boolean' ? Number(value) : value / 100) * (stepMs / 1000);
      }
    },
  });
  const switchesByDevice = Object.fromEntries([...devices].map(([id, { switches }]) => [id, isInControl ? switches : 0]));
  return {
    name,
    temperatureInBand: inBand.temp / known.temp,
    vpdInBand: inBand.vpd / known.vpd,
    unknownMinutes: (unknownSteps * stepMs) / 60_000,
    switches: Object.values(switchesByDevice).reduce((sum, n) => sum + n, 0),
    switchesByDevice,
    kilowattHours: joules / 3_600_000,
  };
};

/** What stands where by hand before anybody commands. */
const found: Readonly<Record<string, DeviceValue>> = { 'flower_room/exhaust_fan': 25, 'flower_room/lights': 80 };
