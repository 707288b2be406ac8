import type { RegisterTable } from '../site/site.ts';
import { type DriveName, driveNames, type PlantState, type RelayName, relayNames } from './plant-state.ts';

/** One value of the plant and where it is kept. */
export type PlantRegister = {
  readonly name: string;
  readonly unit: number;
  readonly table: RegisterTable;
  readonly address: number;
  readonly type: 'bit' | 'u16' | 's16' | 'f32';
  /** value = raw × scale. */
  readonly scale: number;
  /** The unit of measure, empty for a bit. */
  readonly measure: string;
  readonly about: string;
  /** The value as it is, before faults. */
  readonly read: (state: PlantState) => number;
  /** What a write moves; absent where nothing can be written. */
  readonly drives?: { readonly kind: 'relay'; readonly name: RelayName } | { readonly kind: 'drive'; readonly name: DriveName };
};

const sensor = (
  unit: number,
  address: number,
  name: keyof PlantState['room']['sensors'],
  shape: Pick<PlantRegister, 'type' | 'scale' | 'measure' | 'about'>,
): PlantRegister => ({ ...shape, name, unit, address, table: 'input', read: (state) => state.room.sensors[name].reading });

const temperature = { type: 's16', scale: 0.1, measure: '°C', about: 'air temperature' } as const;
const humidity = { type: 'u16', scale: 0.1, measure: '%', about: 'relative humidity' } as const;
const driveUnits = { exhaust_fan: 11, lights: 12 } as const;
const driveWords = { exhaust_fan: 'speed', lights: 'level' } as const;

/** The unit of the relay board. */
export const relayUnit = 10;

/** Every register of the plant. */
export const registerMap: readonly PlantRegister[] = [
  sensor(1, 0, 'front/temperature', temperature),
  sensor(1, 1, 'front/humidity', humidity),
  sensor(1, 2, 'front/leaf_temperature', { ...temperature, about: 'leaf temperature by infrared' }),
  sensor(1, 3, 'front/co2', { type: 'u16', scale: 1, measure: 'ppm', about: 'carbon dioxide' }),
  sensor(1, 4, 'front/ppfd', { type: 'f32', scale: 1, measure: 'µmol m⁻² s⁻¹', about: 'photon flux on the canopy, high word first' }),
  sensor(2, 0, 'middle/temperature', temperature),
  sensor(2, 1, 'middle/humidity', humidity),
  sensor(3, 0, 'back/temperature', temperature),
  sensor(3, 1, 'back/humidity', humidity),
  {
    name: 'door/open',
    unit: 4,
    table: 'discrete',
    address: 0,
    type: 'bit',
    scale: 1,
    measure: '',
    about: '1 = open',
    read: (state) => Number(state.isDoorOpen),
  },
  ...relayNames.flatMap((name, address): readonly PlantRegister[] => {
    const place = { unit: relayUnit, address, type: 'bit', scale: 1, measure: '' } as const;
    return [
      {
        ...place,
        name: `${name}/command`,
        table: 'coil',
        about: 'what the relay is told',
        read: (state) => Number(state.relays[name].isCommanded),
        drives: { kind: 'relay', name },
      },
      {
        ...place,
        name: `${name}/contact`,
        table: 'discrete',
        about: "the relay's contact: what really is",
        read: (state) => Number(state.relays[name].isClosed),
      },
    ];
  }),
  ...driveNames.flatMap((name): readonly PlantRegister[] => {
    const place = { unit: driveUnits[name], address: 0, type: 'u16', scale: 0.1, measure: '%' } as const;
    return [
      {
        ...place,
        name: `${name}/command`,
        table: 'holding',
        about: `${driveWords[name]} as told`,
        read: (state) => state.drives[name].commanded / 10,
        drives: { kind: 'drive', name },
      },
      {
        ...place,
        name: `${name}/actual`,
        table: 'input',
        about: `${driveWords[name]} as it is`,
        read: (state) => state.drives[name].actual / 10,
      },
    ];
  }),
];

/** The units that are there. */
export const units: ReadonlySet<number> = new Set(registerMap.map((register) => register.unit));

/** The unit on which a relay or a drive is. */
export const toUnit = (device: RelayName | DriveName): number =>
  device === 'exhaust_fan' || device === 'lights' ? driveUnits[device] : relayUnit;

/** The register that keeps this address, its second word included. */
export const findRegister = (unit: number, table: RegisterTable, address: number): PlantRegister | undefined =>
  registerMap.find(
    (register) =>
      register.unit === unit && register.table === table && address >= register.address && address < register.address + wordCount(register),
  );

/** How many addresses a register takes. */
export const wordCount = (register: PlantRegister): number => (register.type === 'f32' ? 2 : 1);

/** A value as the words of its register, high word first. A sensor's value that its register cannot hold is at the end of its scale. */
export const encodeValue = (register: PlantRegister, value: number): readonly number[] => {
  if (register.type === 'f32') {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value);
    return [view.getUint16(0), view.getUint16(2)];
  }
  const { min, max } = rawRanges[register.type];
  return [Math.min(max, Math.max(min, Math.round(value / register.scale))) & 0xffff];
};

/** Claims that a register can hold this value. */
export const isHoldable = (register: PlantRegister, value: number): boolean => {
  if (register.type === 'f32') return true;
  const { min, max } = rawRanges[register.type];
  const raw = Math.round(value / register.scale);
  return raw >= min && raw <= max;
};

const rawRanges = { bit: { min: 0, max: 1 }, u16: { min: 0, max: 65_535 }, s16: { min: -32_768, max: 32_767 } } as const;
