import { parseQuantity, readDocuments } from '@phloem/protocol/rules';
import { readExample } from './documents.js';
import { drivePlant, simulate } from './simulate.js';
const watts = {
  'flower_room/dehumidifier_1': 550,
  'flower_room/dehumidifier_2': 550,
  'flower_room/heater': 2600,
  'flower_room/exhaust_fan': 400,
  'flower_room/lights': 1500,
};
/** The band around each set-point, as the bundle's own document says. */
const readBands = (world) => {
  const found = readDocuments(world.bundleFiles).map(({ value }) => value);
  const bands = found.find(({ kind }) => kind === 'Setpoints')?.spec.bands ?? {};
  return new Map(Object.entries(bands).map(([name, { target }]) => [name, parseQuantity(target)?.value ?? Number.NaN]));
};
/** A day with the demonstration's bundle in charge, without it, and with it while the heater does not come on. */
export const liveDays = (options) => {
  const world = readExample('flower-room');
  return [
    liveDay('with the rules', world, options),
    liveDay('without rules', world, { ...options, isInControl: false }),
    liveDay('heater stuck off', world, { ...options, stuck: { device: 'flower_room/heater', at: false } }),
  ];
};
const liveDay = (name, { plan, site, ...world }, { hours, stepMs, seed, isInControl = true, stuck }) => {
  const bands = readBands({ plan, site, ...world });
  const askOf = (text) => plan.query(text);
  const asked = { temp: askOf('temp - sp.temp'), vpd: askOf('vpd - sp.vpd') };
  const inBand = { temp: 0, vpd: 0 };
  const known = { temp: 0, vpd: 0 };
  let unknownSteps = 0;
  let joules = 0;
  let applied = () => undefined;
  const { devices } = simulate({
    plan,
    site,
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
      for (const what of ['temp', 'vpd']) {
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
const found = { 'flower_room/exhaust_fan': 25, 'flower_room/lights': 80 };
//# sourceMappingURL=control-day.js.map
