import { createDayText, type DeviceId, type DeviceValue, type EntryDraft, type PointId, type Reading } from '@phloem/protocol';
import {
  type DaySum,
  decodeRegister,
  deriveReading,
  isDaySum,
  isInstant,
  type PointSpec,
  type RegisterPlace,
  type Site,
  stepDaySum,
  toDaySumReading,
  toReading,
} from '@phloem/backend/documents';
import { commandSimulatorDrive, commandSimulatorRelay, type SimulatorRandom, type SimulatorState } from '../simulator-state.ts';
import { encodeValue, findRegister, type SimulatorRegister } from '../register-map.ts';

/** The simulator as a site sees it, without a bus in between. */
export type SimulatorField = {
  /** What the site's points would say at this wall time, and as frames, cluster by cluster. Sums over the day go on with it. */
  read(simulator: SimulatorState, at: number): { readonly readings: ReadonlyMap<PointId, Reading>; readonly frames: readonly EntryDraft[] };
  /** The simulator after a device of the site was commanded. */
  write(simulator: SimulatorState, device: DeviceId, value: DeviceValue): SimulatorState;
  /** What each device of the site is now. */
  readDevices(simulator: SimulatorState): ReadonlyMap<DeviceId, DeviceValue>;
};

/** What of a site a past needs. */
export type PastSite = Pick<Site, 'points' | 'devices' | 'isDemonstration' | 'timeZone'>;

type ReadPoint = { readonly point: PointSpec; readonly place: RegisterPlace; readonly register: SimulatorRegister };

/** Makes the field of a site whose instruments and devices are units of the simulator; what is not there is left out. */
export const createSimulatorField = (site: PastSite, random: SimulatorRandom): SimulatorField => {
  const read = site.points.flatMap((point): readonly ReadPoint[] => {
    if (point.source.kind !== 'register') return [];
    const register = findRegister(point.source.unit, point.source.register.table, point.source.register.address);
    return register === undefined ? [] : [{ point, place: point.source, register }];
  });
  const derived = site.points.filter(isInstant);
  const summed = site.points.filter(isDaySum);
  const sums = new Map<PointId, DaySum>();
  const toDay = createDayText(site.timeZone);
  const devices = new Map(
    site.devices.map(({ id, write }) => [id, findRegister(write.unit, write.register.table, write.register.address)?.drives]),
  );
  const quality = site.isDemonstration ? 'simulated' : 'good';
  const clusters = [...Map.groupBy(site.points, ({ location, cluster }) => `${location}/${cluster}`).values()];
  return {
    read(simulator, at) {
      const readings = new Map<PointId, Reading>();
      for (const { point, place, register } of read) {
        const words = encodeValue(register, register.read(simulator));
        const decoded = decodeRegister(place.register, register.type === 'bit' ? words.map((word) => word === 1) : words);
        readings.set(
          point.id,
          decoded.kind === 'value' ? toReading(point, decoded.value, quality) : { v: null, q: 'bad', why: decoded.why },
        );
      }
      for (const point of derived)
        readings.set(
          point.id,
          deriveReading(point, (id) => readings.get(id)),
        );
      for (const point of summed) {
        const input = readings.get(point.source.inputs[0] ?? '');
        const sum = stepSum(sums.get(point.id), input, at, toDay(at));
        sums.set(point.id, sum);
        readings.set(point.id, toDaySumReading(point, sum, input));
      }
      const frames = clusters.flatMap((members) => toFrame(members, readings));
      return { readings, frames };
    },
    readDevices(simulator) {
      const values = new Map<DeviceId, DeviceValue>();
      for (const [device, drives] of devices) {
        if (drives === undefined || drives.kind === 'bench') continue;
        values.set(device, drives.kind === 'relay' ? simulator.relays[drives.name].isClosed : simulator.drives[drives.name].actual / 10);
      }
      return values;
    },
    write(simulator, device, value) {
      const drives = devices.get(device);
      if (drives === undefined || drives.kind === 'bench') return simulator;
      return drives.kind === 'relay'
        ? commandSimulatorRelay(simulator, drives.name, value === true, { why: 'write', cause: null }, random)
        : commandSimulatorDrive(simulator, drives.name, Math.round(Number(value) * 10));
    },
  };
};

const stepSum = (before: DaySum | undefined, input: Reading | undefined, at: number, day: string): DaySum =>
  stepDaySum(
    before ?? { day, mol: 0, unknownMs: 0, isWhole: false, isMadeUp: false, since: at, last: null, now: at },
    typeof input?.v === 'number' ? input.v : null,
    { now: at, at, day },
    Infinity,
  );

/** The sensor frame of a cluster; none where nothing of it is known. */
const toFrame = (members: readonly PointSpec[], readings: ReadonlyMap<PointId, Reading>): readonly EntryDraft[] => {
  const [first] = members;
  const known = members.flatMap(({ id, measurement }) => {
    const reading = readings.get(id);
    return reading === undefined ? [] : [[measurement, reading] as const];
  });
  if (first === undefined || known.length === 0) return [];
  return [{ kind: 'sensor', location: first.location, cluster: first.cluster, readings: Object.fromEntries(known) }];
};
