import { createRoom, createSeededRandom, morningAir, stepRoom, type RoomInputs, type SensorName } from '@phloem/backend/plant';
import type { DeviceId, DeviceValue, Entry, EntryDraft } from '@phloem/protocol';
import {
  idleDevice,
  stepModelGate,
  takeByHand,
  type EngineState,
  type InterlockPlan,
  type InterlockState,
  type ModelDevice,
  type Plan,
  type SiteModel,
  type StepResult,
} from '@phloem/protocol/rules';

/** A device that does not do what it is told. */
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
  /** Whether what is wished is done; otherwise the room is as it was found in the morning. */
  readonly isInControl?: boolean;
  readonly stuck?: StuckDevice;
  /** What devices do to the room, besides what the plant itself knows. */
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

/** What the plant's own devices do, as it is found in the morning where nobody commands them. */
export const drivePlant: SimulationOptions['drive'] = (applied) => {
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
 * A plan in charge of the simulated room: the plant's physics, instruments read at an even pace, a gate as rule tests
 * have it. No sockets and no clock; the same seed lives the same day.
 */
export const simulate = (options: SimulationOptions): Simulation => {
  const { plan, site, interlocks, stepMs, startAt, drive, isInControl = true, stuck } = options;
  const random = createSeededRandom(options.seed);
  const devices = new Map<DeviceId, ModelDevice>(site.devices.map(({ id }) => [id, idleDevice]));
  const applied = (device: DeviceId): DeviceValue | undefined =>
    stuck?.device === device ? stuck.at : isInControl ? (devices.get(device)?.applied ?? undefined) : undefined;
  let state = plan.start();
  let guard: InterlockState | undefined = interlocks?.start();
  let room = createRoom(morningAir, drive(applied, 0));
  let lsn = 0;
  let up = 0;

  const restrict = (device: DeviceId, wish: DeviceValue) =>
    interlocks === undefined || guard === undefined
      ? { value: wish, by: [], why: '', isContradicted: false }
      : interlocks.restrict(guard, device, wish);
  const take = (draft: EntryDraft): void => {
    const queue: EntryDraft[] = [draft];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      lsn += 1;
      const entry: Entry = { ...next, lsn, up, at: startAt + up };
      const result = plan.step(state, entry, { epoch });
      ({ state } = result);
      options.onStep?.(entry, result, plan);
      for (const { device, value } of result.decisions) {
        devices.set(device, { ...(devices.get(device) ?? idleDevice), wish: value });
      }
      if (entry.kind === 'override') devices.set(entry.device, takeByHand(devices.get(entry.device) ?? idleDevice, entry));
      if (interlocks !== undefined && guard !== undefined) {
        const guarded = interlocks.step(guard, entry);
        guard = guarded.state;
        queue.push(...guarded.changes.map(({ id, state: phase }) => ({ kind: 'interlock' as const, id, state: phase })));
        queue.push(...guarded.alarms.map((alarm) => ({ kind: 'alarm' as const, ...alarm })));
      }
      for (const device of site.devices) {
        const stepped = stepModelGate(devices.get(device.id) ?? idleDevice, device, restrict, up);
        devices.set(device.id, stepped.state);
        queue.push(...stepped.reports.map((report) => toDraft(report, stuck)));
      }
    }
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
  return { state, devices, entries: lsn };
};

/** A stuck device echoes what it is told, and its contact says that it did not happen. */
const toDraft = (report: ReturnType<typeof stepModelGate>['reports'][number], stuck: StuckDevice | undefined): EntryDraft =>
  report.phase === 'confirmed' && report.device === stuck?.device && report.value !== stuck.at
    ? { ...report, phase: 'diverged', value: stuck.at }
    : report;

const clusters: readonly (readonly [string, readonly SensorName[]])[] = [
  ['front', ['front/temperature', 'front/humidity', 'front/leaf_temperature', 'front/co2', 'front/ppfd']],
  ['middle', ['middle/temperature', 'middle/humidity']],
  ['back', ['back/temperature', 'back/humidity']],
];
