import { join } from 'node:path';
import {
  livePast,
  type PastMoment,
  type PastOptions,
  type PastWorld,
  readPastWorld,
  toEvaporation,
  toTranspiration,
} from '@phloem/simulator';
import type { DeviceId, DeviceValue, PointId } from '@phloem/protocol';
import { parseQuantity, readDocuments } from '@phloem/rules';
import { readFolderFiles } from '../../support/folder.ts';
import { root } from '../../support/repository.ts';

/** How a day in the demonstration's rooms went. Shares are of the time in which the value was known. */
export type Day = {
  readonly name: string;
  /** By room and set-point, such as `flower_room/temp`: the share in its target band. */
  readonly inBand: Readonly<Record<string, number>>;
  /** In which temperature or VPD of the flower room was not known. */
  readonly unknownMinutes: number;
  readonly switches: number;
  readonly switchesByDevice: Readonly<Record<DeviceId, number>>;
  /** The longest time in which nothing in any room was switched. */
  readonly longestPauseMs: number;
  readonly kilowattHours: number;
  /** Of each point, and of the device `<room>/lights`: its hours by the clock of the site, from midnight on. */
  readonly hours: ReadonlyMap<PointId, readonly Hour[]>;
  /** Litres that the crop has given to the air, in each hour from midnight on. */
  readonly transpired: { readonly flower_room: readonly number[]; readonly propagation: readonly number[] };
};

/** What a value was within an hour. */
export type Hour = { readonly least: number; readonly mean: number; readonly most: number };

export type DayOptions = { readonly hours: number; readonly stepMs: number; readonly seed: number };

const folder = join(root, 'examples/flower-room');
const bundle = join(folder, 'bundle');

/** The demonstration's documents, ready to live by. */
export const readDemonstration = (): PastWorld => readPastWorld({ site: join(folder, 'site'), bundle });

/** The machines of the simulated rooms, at the powers that the simulator's physics has; the site's are those of a real room. */
const watts: Readonly<Record<DeviceId, number>> = {
  'flower_room/dehumidifier_1': 550,
  'flower_room/dehumidifier_2': 550,
  'flower_room/heater': 3000,
  'flower_room/exhaust_fan': 400,
  'flower_room/lights': 1500,
  'propagation/heater': 1200,
  'propagation/lights': 300,
  'cold_store/compressor': 1300,
  'cold_store/defrost_heater': 900,
};

/** The band around each set-point, as the bundle's own documents say, by room and name. */
const readBands = (): ReadonlyMap<string, number> => {
  const documents = readDocuments(readFolderFiles(bundle)).map(
    ({ value }) => value as { kind: string; metadata: { id: string }; spec: { bands?: Record<string, { target: string }> } },
  );
  return new Map(
    documents
      .filter(({ kind }) => kind === 'Setpoints')
      .flatMap(({ metadata, spec }) =>
        Object.entries(spec.bands ?? {}).map(([name, { target }]): [string, number] => [
          `${metadata.id.split('/')[0]}/${name}`,
          parseQuantity(target)?.value ?? Number.NaN,
        ]),
      ),
  );
};

/** A day with the demonstration's bundle in charge, without it, and with it while the heater does not come on. */
export const liveDays = (options: DayOptions): readonly Day[] => {
  const world = readDemonstration();
  return [
    liveDay('with the rules', world, options),
    liveDay('without rules', world, options, (device) => found[device] ?? false),
    liveDay('heater stuck off', world, options, (device, told) => (device === 'flower_room/heater' ? false : told)),
  ];
};

const liveDay = (name: string, world: PastWorld, { hours, stepMs, seed }: DayOptions, obey?: PastOptions['obey']): Day => {
  const bands = readBands();
  const values = new Map<string, number | null>();
  const inside = new Map<string, { known: number; within: number }>();
  const last = new Map<DeviceId, DeviceValue>();
  const switches = new Map<DeviceId, number>();
  const byHour = createHours(world.site.timeZone);
  let [unknownSteps, joules, longestPauseMs, quietSince] = [0, 0, 0, 0];
  const from = Date.UTC(2026, 2, 2, 5);
  const moments = livePast({
    ...world,
    seed,
    from,
    to: from + hours * 3_600_000,
    stepMs,
    ...(obey === undefined ? {} : { obey }),
    onStep: (_entry, result) => {
      for (const { name: told, v } of result.values) values.set(told, typeof v === 'number' ? v : null);
    },
  });
  for (const moment of moments) {
    const up = moment.at - from;
    byHour.add(moment, last, stepMs);
    for (const { device, value } of moment.switches) {
      const before = last.get(device);
      last.set(device, value);
      if (before === undefined || before === value) continue;
      switches.set(device, (switches.get(device) ?? 0) + 1);
      longestPauseMs = Math.max(longestPauseMs, up - quietSince);
      quietSince = up;
    }
    for (const [band, width] of bands) {
      const [room = '', what = ''] = band.split('/');
      const wanted = values.get(`${room}/climate/${what}`);
      const is = values.get(`${room}/signals/${what}`) ?? moment.readings.get(`${room}/front/${what}`)?.v;
      if (typeof is !== 'number' || typeof wanted !== 'number') continue;
      const { known, within } = inside.get(band) ?? { known: 0, within: 0 };
      inside.set(band, { known: known + 1, within: within + Number(Math.abs(is - wanted) <= width) });
    }
    const isKnown = ['temp', 'vpd'].every((what) => typeof values.get(`flower_room/signals/${what}`) === 'number');
    if (!isKnown) unknownSteps += 1;
    for (const [device, power] of Object.entries(watts)) {
      const value = last.get(device) ?? false;
      joules += power * (typeof value === 'boolean' ? Number(value) : Number(value) / 100) * (stepMs / 1000);
    }
  }
  return {
    name,
    inBand: Object.fromEntries([...inside].map(([band, { known, within }]) => [band, within / known])),
    unknownMinutes: (unknownSteps * stepMs) / 60_000,
    switches: [...switches.values()].reduce((sum, n) => sum + n, 0),
    switchesByDevice: Object.fromEntries(switches),
    longestPauseMs,
    kilowattHours: joules / 3_600_000,
    hours: byHour.values(),
    transpired: byHour.transpired,
  };
};

/** Sorts the moments of a day by their hour on the clocks of a site. */
const createHours = (timeZone: string) => {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
  const sums = new Map<string, { count: number; sum: number; least: number; most: number }[]>();
  const transpired = { flower_room: Array.from({ length: 24 }, () => 0), propagation: Array.from({ length: 24 }, () => 0) };
  const note = (name: string, hour: number, value: number): void => {
    const all = sums.get(name) ?? Array.from({ length: 24 }, () => ({ count: 0, sum: 0, least: Infinity, most: -Infinity }));
    sums.set(name, all);
    const one = all[hour];
    if (one === undefined) return;
    one.count += 1;
    one.sum += value;
    one.least = Math.min(one.least, value);
    one.most = Math.max(one.most, value);
  };
  return {
    transpired,
    add: ({ at, readings, simulator }: PastMoment, devices: ReadonlyMap<DeviceId, DeviceValue>, stepMs: number): void => {
      const hour = Number(clock.format(at));
      for (const [point, { v }] of readings) if (typeof v === 'number') note(point, hour, v);
      for (const lights of ['flower_room/lights', 'propagation/lights']) note(lights, hour, Number(devices.get(lights) ?? 0));
      const { rooms, drives } = simulator;
      const kilograms = stepMs / 1e6;
      transpired.flower_room[hour] =
        (transpired.flower_room[hour] ?? 0) + toTranspiration(rooms.flower_room.air, drives.lights.actual / 1000) * kilograms;
      transpired.propagation[hour] =
        (transpired.propagation[hour] ?? 0) + toEvaporation(rooms.propagation.air, drives['propagation/lights'].actual / 1000) * kilograms;
    },
    values: (): Day['hours'] =>
      new Map([...sums].map(([name, all]) => [name, all.map(({ count, sum, least, most }): Hour => ({ least, mean: sum / count, most }))])),
  };
};

/** What stands where manually before anybody commands. */
const found: Readonly<Record<string, DeviceValue>> = {
  'flower_room/exhaust_fan': 25,
  'flower_room/lights': 80,
  'propagation/vent': 20,
  'propagation/lights': 60,
};
