import { createRoom, createSeededRandom, morningAir, stepRoom, type RoomInputs, type SensorName } from '@phloem/simulator';
import type { DeviceId, DeviceValue, Entry, EntryDraft } from '@phloem/protocol';
import {
  createReplay,
  type EngineState,
  type GateReport,
  type InterlockPlan,
  type ModelDevice,
  type Plan,
  type SiteModel,
  type StepResult,
} from '@phloem/rules';

/** A device that does not do what it is commanded. */
export type StuckDevice = { readonly device: DeviceId; readonly at: DeviceValue };

export type SimulationOptions = {
  readonly plan: Plan;
  readonly site: SiteModel;
  readonly interlocks?: InterlockPlan;
  readonly seed: number;
  readonly hours: number;
  /** How often the instruments are read. */
  readonly stepMs: number;
  /** Wall time of the first entry. */
  readonly startAt: number;
  /** Whether what is requested is done; otherwise the room is as it was found in the morning. */
  readonly isInControl?: boolean;
  readonly stuck?: StuckDevice;
  /** What devices do to the room, besides what the simulator itself knows. */
  readonly drive: (applied: (device: DeviceId) => DeviceValue | undefined, upMs: number) => RoomInputs;
  /** Drafts that somebody else puts into the log at this moment. */
  readonly weave?: (upMs: number) => readonly EntryDraft[];
  /** Sensors that say nothing at this moment. */
  readonly isSilent?: (sensor: SensorName, upMs: number) => boolean;
  readonly onStep?: (entry: Entry, result: StepResult, plan: Plan) => void;
};

export type Simulation = {
  readonly state: EngineState;
  readonly devices: ReadonlyMap<DeviceId, ModelDevice>;
  readonly entries: number;
};

export const epoch = 'simulated000';
const location = 'flower_room';

/** What the simulator's own devices do, as it is found in the morning where nobody commands them. */
export const driveSimulator: SimulationOptions['drive'] = (applied) => {
  const isOn = (device: string): boolean => applied(`${location}/${device}`) === true;
  const share = (device: string, found: number): number => Number(applied(`${location}/${device}`) ?? found) / 100;
  return {
    dehumidifiers: Number(isOn('dehumidifier_1')) + Number(isOn('dehumidifier_2')),
    isHeaterOn: isOn('heater'),
    isDosing: isOn('co2_valve'),
    fanShare: share('exhaust_fan', 25),
    lightShare: share('lights', 80),
    isDoorOpen: false,
  };
};

/**
 * A plan in charge of the simulated room: the simulator's physics, instruments read at an even pace, a gate as rule tests
 * have it. No sockets and no clock; the same seed gives the same day.
 */
export const simulate = (options: SimulationOptions): Simulation => {
  const { plan, site, interlocks, stepMs, startAt, drive, isInControl = true, stuck } = options;
  const random = createSeededRandom(options.seed);
  let lsn = 0;
  let up = 0;
  const stamp = (draft: EntryDraft): Entry => {
    lsn += 1;
    return { ...draft, lsn, up, at: startAt + up };
  };
  const replay = createReplay({
    plan,
    site,
    gate: 'modelled',
    stamp,
    toReport: (report) => toDraft(report, stuck),
    ...(interlocks === undefined ? {} : { interlocks }),
  });
  let state = replay.start();
  const applied = (device: DeviceId): DeviceValue | undefined =>
    stuck?.device === device ? stuck.at : isInControl ? (state.devices.get(device)?.applied ?? undefined) : undefined;
  let room = createRoom(morningAir, drive(applied, 0));
  const take = (draft: EntryDraft): void => {
    const step = replay.step(state, stamp(draft), epoch);
    ({ state } = step);
    for (const { entry, result } of step.taken) options.onStep?.(entry, result, plan);
  };

  take({ kind: 'lease', scope: plan.scope, term: 1, holder: 'simulation' });
  const end = options.hours * 3_600_000;
  for (up = 0; up < end; up += stepMs) {
    const inputs = drive(applied, up);
    room = stepRoom(room, inputs, stepMs, random);
    for (const [cluster, sensors] of clusters) {
      const readings = sensors
        .filter((sensor) => options.isSilent?.(sensor, up) !== true)
        .map((sensor) => [
          sensor.slice(sensor.indexOf('/') + 1),
          { v: Number(room.sensors[sensor].reading.toFixed(2)), q: 'good' as const },
        ]);
      if (readings.length > 0) take({ kind: 'sensor', location, cluster, readings: Object.fromEntries(readings) });
    }
    take({ kind: 'sensor', location, cluster: 'door', readings: { open: { v: inputs.isDoorOpen, q: 'good' } } });
    for (const draft of options.weave?.(up) ?? []) take(draft);
    take({ kind: 'pulse' });
  }
  return { state: state.run, devices: state.devices, entries: lsn };
};

/** A stuck device echoes what it is commanded, and its contact says that it did not happen. */
const toDraft = (report: GateReport, stuck: StuckDevice | undefined): EntryDraft =>
  report.phase === 'confirmed' && report.device === stuck?.device && report.value !== stuck.at
    ? { ...report, phase: 'discrepancy', value: stuck.at }
    : report;

const clusters: readonly (readonly [string, readonly SensorName[]])[] = [
  ['front', ['front/temperature', 'front/humidity', 'front/leaf_temperature', 'front/co2', 'front/ppfd']],
  ['middle', ['middle/temperature', 'middle/humidity']],
  ['back', ['back/temperature', 'back/humidity']],
];
