import { createRoom, createSeededRandom, morningAir, stepRoom } from '@phloem/backend/plant';
import { idleDevice, stepModelGate } from '@phloem/protocol/rules';
export const epoch = 'simulated000';
const location = 'flower_room';
/** What the plant's own devices do, as it is found in the morning where nobody commands them. */
export const drivePlant = (applied) => {
  const isOn = (device) => applied(`${location}/${device}`) === true;
  const share = (device, found) => Number(applied(`${location}/${device}`) ?? found) / 100;
  return {
    dehumidifiers: Number(isOn('dehumidifier_1')) + Number(isOn('dehumidifier_2')),
    isHeaterOn: isOn('heater'),
    fanShare: share('exhaust_fan', 25),
    lightShare: share('lights', 80),
    isDoorOpen: false,
  };
};
/**
 * A plan in charge of the simulated room: the plant's physics, instruments read at an even pace, a gate as rule tests
 * have it. No sockets and no clock; the same seed lives the same day.
 */
export const simulate = (options) => {
  const { plan, site, interlocks, stepMs, startAt, drive, isInControl = true, stuck } = options;
  const random = createSeededRandom(options.seed);
  const devices = new Map(site.devices.map(({ id }) => [id, idleDevice]));
  const applied = (device) => (stuck?.device === device ? stuck.at : isInControl ? (devices.get(device)?.applied ?? undefined) : undefined);
  let state = plan.start();
  let guard = interlocks?.start();
  let room = createRoom(morningAir, drive(applied, 0));
  let lsn = 0;
  let up = 0;
  const restrict = (device, wish) =>
    interlocks === undefined || guard === undefined
      ? { value: wish, by: [], why: '', isContradicted: false }
      : interlocks.restrict(guard, device, wish);
  const take = (draft) => {
    const queue = [draft];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      lsn += 1;
      const entry = { ...next, lsn, up, at: startAt + up };
      const result = plan.step(state, entry, { epoch });
      ({ state } = result);
      options.onStep?.(entry, result, plan);
      for (const { device, value } of result.decisions) {
        devices.set(device, { ...(devices.get(device) ?? idleDevice), wish: value });
      }
      if (interlocks !== undefined && guard !== undefined) {
        const guarded = interlocks.step(guard, entry);
        guard = guarded.state;
        queue.push(...guarded.changes.map(({ id, state: phase }) => ({ kind: 'interlock', id, state: phase })));
        queue.push(...guarded.alarms.map((alarm) => ({ kind: 'alarm', ...alarm })));
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
        .map((sensor) => [sensor.slice(sensor.indexOf('/') + 1), { v: Number(room.sensors[sensor].reading.toFixed(2)), q: 'good' }]);
      if (readings.length > 0) take({ kind: 'sensor', location, cluster, readings: Object.fromEntries(readings) });
    }
    take({ kind: 'sensor', location, cluster: 'door', readings: { open: { v: inputs.isDoorOpen, q: 'good' } } });
    for (const draft of options.weave?.(up) ?? []) take(draft);
    take({ kind: 'pulse' });
  }
  return { state, devices, entries: lsn };
};
/** A stuck device echoes what it is told, and its contact says that it did not happen. */
const toDraft = (report, stuck) =>
  report.phase === 'confirmed' && report.device === stuck?.device && report.value !== stuck.at
    ? { ...report, phase: 'diverged', value: stuck.at }
    : report;
const clusters = [
  ['front', ['front/temperature', 'front/humidity', 'front/leaf_temperature', 'front/co2', 'front/ppfd']],
  ['middle', ['middle/temperature', 'middle/humidity']],
  ['back', ['back/temperature', 'back/humidity']],
];
//# sourceMappingURL=simulate.js.map
