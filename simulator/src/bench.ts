/**
 * A bench of actuators that stands in no room: a three-point valve, an 8-bit dimmer, an air conditioner in steps of half a
 * degree, a drive with a ramp of 30 s, and a horn that takes single pulses. They are as awkward as their kind is in the field.
 */
export type Bench = {
  /** The two relays of the valve. */
  readonly valve_open: number;
  readonly valve_close: number;
  /** Where the valve really is, in tenths of a per cent. */
  readonly valve_position: number;
  /** How often both relays of the valve have been on at once: it must stay 0. */
  readonly valve_shorted: number;
  /** In tenths of a per cent, as its eight bits can say it. */
  readonly dimmer: number;
  /** The set temperature, in tenths of a degree, on a whole half. */
  readonly ac_temperature: number;
  /** 0 off, 1 heat, 2 cool, 3 fan only. */
  readonly ac_mode: number;
  readonly ac_power: number;
  /** In tenths of a per cent: commanded, and real. */
  readonly drive_command: number;
  readonly drive_actual: number;
  /** A horn that sounds for one pulse and falls back by itself, and how often it has sounded. */
  readonly horn: number;
  readonly horn_pulses: number;
};

/** What a client can write on the bench. */
export type BenchOutput = 'valve_open' | 'valve_close' | 'dimmer' | 'ac_temperature' | 'ac_mode' | 'ac_power' | 'drive_command' | 'horn';

/** As it is found: the valve somewhere, everything else at rest. */
export const restingBench: Bench = {
  valve_open: 0,
  valve_close: 0,
  valve_position: 370,
  valve_shorted: 0,
  dimmer: 0,
  ac_temperature: 240,
  ac_mode: 0,
  ac_power: 0,
  drive_command: 0,
  drive_actual: 0,
  horn: 0,
  horn_pulses: 0,
};

/** The valve takes 30 s from end to end, and so does the drive from rest to full speed. */
const fullWayMs = 30_000;

const limits: Readonly<Record<BenchOutput, readonly [number, number]>> = {
  valve_open: [0, 1],
  valve_close: [0, 1],
  dimmer: [0, 1000],
  ac_temperature: [160, 300],
  ac_mode: [0, 3],
  ac_power: [0, 1],
  drive_command: [0, 1000],
  horn: [0, 1],
};

/** Claims that an output takes a raw value; what it does not take is refused with exception 3. */
export const isBenchValue = (name: BenchOutput, raw: number): boolean => raw >= limits[name][0] && raw <= limits[name][1];

/** The bench after one output was commanded to a raw value. What rounds, rounds here. */
export const commandBench = (bench: Bench, name: BenchOutput, raw: number): Bench => {
  const value =
    name === 'dimmer'
      ? Math.round((Math.round((raw / 1000) * 255) / 255) * 1000)
      : name === 'ac_temperature'
        ? Math.round(raw / 5) * 5
        : raw;
  const next = { ...bench, [name]: value, horn_pulses: bench.horn_pulses + (name === 'horn' ? value : 0) };
  const isShorted = next.valve_open === 1 && next.valve_close === 1 && !(bench.valve_open === 1 && bench.valve_close === 1);
  return isShorted ? { ...next, valve_shorted: bench.valve_shorted + 1 } : next;
};

/** The bench after a while: the valve travels, the drive ramps. */
export const stepBench = (bench: Bench, dtMs: number): Bench => {
  const way = (dtMs / fullWayMs) * 1000;
  const valve = Math.min(1000, Math.max(0, bench.valve_position + way * (bench.valve_open - bench.valve_close)));
  const drive = bench.drive_actual + Math.min(way, Math.max(-way, bench.drive_command - bench.drive_actual));
  const isSame = valve === bench.valve_position && drive === bench.drive_actual && bench.horn === 0;
  return isSame ? bench : { ...bench, valve_position: valve, drive_actual: drive, horn: 0 };
};

const offAfterPower: Readonly<Record<number, Partial<Bench>>> = {
  41: { valve_open: 0, valve_close: 0 },
  42: { dimmer: 0 },
  43: { ac_power: 0 },
  44: { drive_command: 0 },
  45: { horn: 0 },
};

/** The bench after the power of a unit, or of all of them, failed and came back. */
export const cutBenchPower = (bench: Bench, unit: number | undefined): Bench =>
  Object.entries(offAfterPower).reduce(
    (next, [own, off]) => (unit === undefined || unit === Number(own) ? { ...next, ...off } : next),
    bench,
  );
