import { type Relay, restingRelay } from './relay.ts';

/** The relays, by the board that they are on, in the order of their coils. Those of the flower room have no room in their name. */
const boards = {
  10: ['dehumidifier_1', 'dehumidifier_2', 'heater', 'co2_valve'],
  25: ['propagation/heater', 'propagation/fogger', 'propagation/refill_valve'],
  35: ['cold_store/compressor', 'cold_store/defrost_heater'],
} as const;

/** The machines that are commanded to a share of their power, each a unit of its own. */
const driveUnits = { exhaust_fan: 11, lights: 12, 'propagation/vent': 26, 'propagation/lights': 27 } as const;

/** The name of a relay. */
export type RelayName = (typeof boards)[keyof typeof boards][number];
/** The name of a drive. */
export type DriveName = keyof typeof driveUnits;

/** Where a relay is: its board, and its coil there. */
export type RelayPlace = { readonly unit: number; readonly address: number };

/** Where each relay is. */
export const relayPlaces: { readonly [name in RelayName]: RelayPlace } = Object.fromEntries(
  Object.entries(boards).flatMap(([unit, names]) => names.map((name, address) => [name, { unit: Number(unit), address }])),
) as { readonly [name in RelayName]: RelayPlace };

/** Every relay. */
export const relayNames = Object.keys(relayPlaces) as readonly RelayName[];
/** Every drive. */
export const driveNames = Object.keys(driveUnits) as readonly DriveName[];

/** The unit on which a relay or a drive is. */
export const toUnit = (machine: RelayName | DriveName): number =>
  machine in driveUnits ? driveUnits[machine as DriveName] : relayPlaces[machine as RelayName].unit;

/** What a drive is commanded and what it does, in tenths of a percent, as in its registers. */
export type Drive = { readonly commanded: number; readonly actual: number };

/** A door: held open or closed; `used` is opened by those who come and go. */
export type Door = 'open' | 'closed' | 'used';

/** All that acts on the rooms. */
export type Machines = {
  readonly relays: { readonly [name in RelayName]: Relay };
  readonly drives: { readonly [name in DriveName]: Drive };
  readonly doors: { readonly flower_room: 'open' | 'closed'; readonly cold_store: Door };
};

/** As they are found: relays at rest, fans set manually, and lights too, where it is day. */
export const findMachines = (isDay: boolean): Machines => ({
  relays: Object.fromEntries(relayNames.map((name) => [name, restingRelay])) as Machines['relays'],
  drives: {
    exhaust_fan: { commanded: 250, actual: 250 },
    lights: isDay ? { commanded: 800, actual: 800 } : { commanded: 0, actual: 0 },
    'propagation/vent': { commanded: 200, actual: 200 },
    'propagation/lights': isDay ? { commanded: 600, actual: 600 } : { commanded: 0, actual: 0 },
  },
  doors: { flower_room: 'closed', cold_store: 'used' },
});

/** The drives after `dtMs`: lights from dark to full in 0.4 s, fans from rest in 0.8 s. */
export const followCommands = (drives: Machines['drives'], dtMs: number): Machines['drives'] =>
  driveNames.every((name) => drives[name].actual === drives[name].commanded)
    ? drives
    : {
        exhaust_fan: follow(drives.exhaust_fan, dtMs * 1.25),
        lights: follow(drives.lights, dtMs * 2.5),
        'propagation/vent': follow(drives['propagation/vent'], dtMs * 1.25),
        'propagation/lights': follow(drives['propagation/lights'], dtMs * 2.5),
      };

const follow = (drive: Drive, most: number): Drive => ({
  ...drive,
  actual: drive.actual + Math.min(most, Math.max(-most, drive.commanded - drive.actual)),
});
