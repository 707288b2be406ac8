import type { RegisterTable } from '@phloem/backend/documents';
import type { Bench, BenchOutput } from './bench.ts';
import type { ColdSensor } from './cold-store.ts';
import { type DriveName, driveNames, type RelayName, relayNames, relayPlaces, toUnit } from './machines.ts';
import { type SimulatorState, toCalendarMs } from './simulator-state.ts';
import type { ActiveFault } from './simulator-fault.ts';
import type { NurserySensor } from './propagation.ts';
import { isColdDoorOpen } from './rooms.ts';
import type { SensorName } from './room.ts';
import { hourMs } from './weather.ts';

/** One value of the simulator and where it is kept. */
export type SimulatorRegister = {
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
  readonly read: (state: SimulatorState) => number;
  /** What a write moves; absent where nothing can be written. */
  readonly drives?:
    | { readonly kind: 'relay'; readonly name: RelayName }
    | { readonly kind: 'drive'; readonly name: DriveName }
    | { readonly kind: 'bench'; readonly name: BenchOutput };
};

type Shape = Pick<SimulatorRegister, 'type' | 'scale' | 'measure' | 'about'>;

const input = (unit: number, address: number, name: string, shape: Shape, read: SimulatorRegister['read']): SimulatorRegister => ({
  ...shape,
  name,
  unit,
  address,
  table: 'input',
  read,
});

const sensor = (unit: number, address: number, name: SensorName, shape: Shape): SimulatorRegister =>
  input(unit, address, name, shape, (state) => state.rooms.flower_room.sensors[name].reading);

const nurserySensor = (unit: number, address: number, name: NurserySensor, shape: Shape): SimulatorRegister =>
  input(unit, address, name, shape, (state) => state.rooms.propagation.sensors[name].reading);

const coldSensor = (unit: number, address: number, name: ColdSensor, shape: Shape): SimulatorRegister =>
  input(unit, address, name, shape, (state) => state.rooms.cold_store.sensors[name].reading);

const door = (unit: number, name: string, isOpen: (state: SimulatorState) => boolean): SimulatorRegister => ({
  name,
  unit,
  table: 'discrete',
  address: 0,
  type: 'bit',
  scale: 1,
  measure: '',
  about: '1 = open',
  read: (state) => Number(isOpen(state)),
});

type BenchPlace = Pick<SimulatorRegister, 'unit' | 'table' | 'address' | 'type' | 'scale' | 'measure' | 'about'>;

/** One register of the bench; with `output` it can be written. */
const bench = (name: keyof Bench, place: BenchPlace, output?: BenchOutput): SimulatorRegister => ({
  ...place,
  name: `bench/${name}`,
  read: (state) => state.bench[name] * place.scale,
  ...(output !== undefined && { drives: { kind: 'bench', name: output } }),
});

const relayBit = { type: 'bit', scale: 1, measure: '' } as const;
const share = { type: 'u16', scale: 0.1, measure: '%' } as const;

const temperature = { type: 's16', scale: 0.1, measure: '°C', about: 'air temperature' } as const;
const humidity = { type: 'u16', scale: 0.1, measure: '%', about: 'relative humidity' } as const;
const leaf = { ...temperature, about: 'leaf temperature by infrared' } as const;
const co2 = { type: 'u16', scale: 1, measure: 'ppm', about: 'carbon dioxide' } as const;
const ppfd = { type: 'f32', scale: 1, measure: 'µmol m⁻² s⁻¹', about: 'photon flux on the canopy, high word first' } as const;
const driveWords = { exhaust_fan: 'speed', lights: 'level', 'propagation/vent': 'speed', 'propagation/lights': 'level' } as const;

/** Every register of the simulator. */
export const registerMap: readonly SimulatorRegister[] = [
  sensor(1, 0, 'front/temperature', temperature),
  sensor(1, 1, 'front/humidity', humidity),
  sensor(1, 2, 'front/leaf_temperature', leaf),
  sensor(1, 3, 'front/co2', co2),
  sensor(1, 4, 'front/ppfd', ppfd),
  sensor(2, 0, 'middle/temperature', temperature),
  sensor(2, 1, 'middle/humidity', humidity),
  sensor(3, 0, 'back/temperature', temperature),
  sensor(3, 1, 'back/humidity', humidity),
  door(4, 'door/open', ({ doors }) => doors.flower_room === 'open'),
  nurserySensor(21, 0, 'propagation/bench/temperature', temperature),
  nurserySensor(21, 1, 'propagation/bench/humidity', humidity),
  nurserySensor(21, 2, 'propagation/bench/leaf_temperature', leaf),
  nurserySensor(21, 3, 'propagation/bench/co2', co2),
  nurserySensor(21, 4, 'propagation/bench/ppfd', ppfd),
  nurserySensor(22, 0, 'propagation/shelf/temperature', temperature),
  nurserySensor(22, 1, 'propagation/shelf/humidity', humidity),
  nurserySensor(24, 0, 'propagation/tank/level', { type: 'u16', scale: 0.1, measure: '%', about: 'water in the tank of the fogger' }),
  coldSensor(31, 0, 'cold_store/front/temperature', temperature),
  coldSensor(31, 1, 'cold_store/front/humidity', humidity),
  coldSensor(32, 0, 'cold_store/back/temperature', temperature),
  coldSensor(32, 1, 'cold_store/back/humidity', humidity),
  coldSensor(33, 0, 'cold_store/coil/temperature', { ...temperature, about: 'the coil that cools' }),
  coldSensor(33, 1, 'cold_store/product/temperature', { type: 'f32', scale: 1, measure: '°C', about: 'in the produce, high word first' }),
  door(34, 'cold_store/door/open', (state) => isColdDoorOpen(state.doors, toCalendarMs(state))),
  bench('valve_open', { unit: 41, table: 'coil', address: 0, ...relayBit, about: 'the relay that opens the valve' }, 'valve_open'),
  bench('valve_close', { unit: 41, table: 'coil', address: 1, ...relayBit, about: 'the relay that closes the valve' }, 'valve_close'),
  bench('valve_position', { unit: 41, table: 'input', address: 0, ...share, about: 'where the valve really is' }),
  bench('dimmer', { unit: 42, table: 'holding', address: 0, ...share, about: 'level, rounded to 8 bits' }, 'dimmer'),
  bench(
    'ac_temperature',
    { unit: 43, table: 'holding', address: 0, type: 's16', scale: 0.1, measure: '°C', about: 'set temperature, in steps of 0.5 °C' },
    'ac_temperature',
  ),
  bench(
    'ac_mode',
    { unit: 43, table: 'holding', address: 1, type: 'u16', scale: 1, measure: '', about: '0 off, 1 heat, 2 cool, 3 fan only' },
    'ac_mode',
  ),
  bench('ac_power', { unit: 43, table: 'holding', address: 2, type: 'u16', scale: 1, measure: '', about: '1 = on' }, 'ac_power'),
  bench('drive_command', { unit: 44, table: 'holding', address: 0, ...share, about: 'commanded speed' }, 'drive_command'),
  bench('drive_actual', { unit: 44, table: 'input', address: 0, ...share, about: 'actual speed: 30 s from rest to full' }),
  bench('horn', { unit: 45, table: 'coil', address: 0, ...relayBit, about: 'one pulse; it resets itself' }, 'horn'),
  ...relayNames.flatMap((name): readonly SimulatorRegister[] => {
    const place = { ...relayPlaces[name], type: 'bit', scale: 1, measure: '' } as const;
    return [
      {
        ...place,
        name: `${name}/command`,
        table: 'coil',
        about: 'the command of the relay',
        read: (state) => Number(state.relays[name].isCommanded),
        drives: { kind: 'relay', name },
      },
      {
        ...place,
        name: `${name}/contact`,
        table: 'discrete',
        about: "the relay's contact: the actual state",
        read: (state) => Number(state.relays[name].isClosed),
      },
    ];
  }),
  ...driveNames.flatMap((name): readonly SimulatorRegister[] => {
    const place = { unit: toUnit(name), address: 0, type: 'u16', scale: 0.1, measure: '%' } as const;
    return [
      {
        ...place,
        name: `${name}/command`,
        table: 'holding',
        about: `${driveWords[name]}, commanded`,
        read: (state) => state.drives[name].commanded / 10,
        drives: { kind: 'drive', name },
      },
      {
        ...place,
        name: `${name}/actual`,
        table: 'input',
        about: `${driveWords[name]}, actual`,
        read: (state) => state.drives[name].actual / 10,
      },
    ];
  }),
];

/** The units that are there. */
export const units: ReadonlySet<number> = new Set(registerMap.map((register) => register.unit).toSorted((a, b) => a - b));

/** The register that keeps this address, its second word included. */
export const findRegister = (unit: number, table: RegisterTable, address: number): SimulatorRegister | undefined =>
  places.get(`${unit}/${table}/${address}`);

/** What a client reads in a register: the value as it is, or where a fault has put it. The newest of a kind speaks. */
export const readRegister = (register: SimulatorRegister, state: SimulatorState, faults: readonly ActiveFault[]): number => {
  if (faults.length === 0) return register.read(state);
  const frozen = faults.find(({ fault }) => fault.kind === 'freeze' && fault.register === register.name);
  if (frozen !== undefined && frozen.frozenAt !== null) return frozen.frozenAt;
  const drifting = faults.find(({ fault }) => fault.kind === 'drift' && fault.register === register.name);
  if (drifting?.fault.kind !== 'drift') return register.read(state);
  return register.read(state) + (drifting.fault.perHour * (state.atMs - drifting.sinceMs)) / hourMs;
};

/** How many addresses a register takes. */
export const wordCount = (register: SimulatorRegister): number => (register.type === 'f32' ? 2 : 1);

/** A value as the words of its register, high word first. A sensor's value that its register cannot hold is at the end of its scale. */
export const encodeValue = (register: SimulatorRegister, value: number): readonly number[] => {
  if (register.type === 'f32') {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value);
    return [view.getUint16(0), view.getUint16(2)];
  }
  const { min, max } = rawRanges[register.type];
  return [Math.min(max, Math.max(min, Math.round(value / register.scale))) & 0xffff];
};

/** Claims that a register can hold this value. */
export const isHoldable = (register: SimulatorRegister, value: number): boolean => {
  if (register.type === 'f32') return true;
  const { min, max } = rawRanges[register.type];
  const raw = Math.round(value / register.scale);
  return raw >= min && raw <= max;
};

const rawRanges = { bit: { min: 0, max: 1 }, u16: { min: 0, max: 65_535 }, s16: { min: -32_768, max: 32_767 } } as const;

const places: ReadonlyMap<string, SimulatorRegister> = new Map(
  registerMap.flatMap((register) =>
    Array.from({ length: wordCount(register) }, (_, i) => [`${register.unit}/${register.table}/${register.address + i}`, register]),
  ),
);
