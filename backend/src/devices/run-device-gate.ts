import {
  explainDeviceValue,
  Fault,
  reasonOf,
  toLocation,
  toLocations,
  type DeviceId,
  type DeviceValue,
  type Entry,
  type Epoch,
  type Lsn,
} from '@phloem/protocol';
import { interval, Subscription, type SchedulerLike } from 'rxjs';
import type { FieldPort } from '../field/field-port.ts';
import type { InterlockService } from '../interlocks/interlock-service.ts';
import type { LeaseService } from '../leases/lease-service.ts';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandRecord, HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { keepCommand } from './command-invariants.ts';
import type { DeviceGate, GateOperator } from './device-gate.ts';
import { createDeviceMachine, isIssuedByHub, type DeviceEffect, type DeviceEvent, type DeviceMachine, type Now } from './device-machine.ts';
import { toDevicePast } from './device-past.ts';
import { toDeviceState } from './device-state.ts';
import { isSameValue, toWord } from './device-value.ts';
import { createFrameIntake } from './frame-intake.ts';
import { createPauseWatch, detectPauseEveryMs } from './own-pause.ts';
import { previewOverride } from './preview-override.ts';
import { nextDeviceWake, stepDevice } from './step-device.ts';
import { createThreePointField } from './three-point/run-three-point.ts';
import { isStillWanted } from './overtaken.ts';

export type DeviceGateParts = {
  readonly store: Pick<HubStore, 'log' | 'cursors' | 'commands' | 'transact' | 'sync'>;
  readonly field: Pick<FieldPort, 'deviceReports$' | 'write' | 'readBack'>;
  readonly leases: Pick<LeaseService, 'current' | 'covering' | 'renewedUp' | 'changes$'>;
  readonly interlocks: Pick<InterlockService, 'restrict' | 'refresh' | 'changes$'>;
  /** The site's, in its order. */
  readonly devices: readonly DeviceSpec[];
  /** The newest entries of the log from before this start, oldest first, as far back as anybody cares to remember. */
  readonly past: readonly Entry[];
  readonly clock: HubClock;
  readonly scheduler: SchedulerLike;
  /** A wall time as the site's people read it. */
  readonly toTimeText: (at: number) => string;
};

type Kept = { readonly spec: DeviceSpec; state: DeviceMachine; alarm: Subscription };

/**
 * The gate over the store, the field and the leases. It begins at once: open commands are settled, each output is
 * read (DE5), the polls are listened to. Apart from `accept`, no call belongs inside `store.transact`.
 */
export function createDeviceGate({
  store,
  field: wires,
  leases,
  interlocks,
  devices,
  past,
  clock,
  scheduler,
  toTimeText,
}: DeviceGateParts): DeviceGate & GateOperator {
  const field = createThreePointField({ field: wires, devices, clock, scheduler });
  const toEpoch = (lsn: Lsn): Epoch => store.log.lineage.find(({ end }) => lsn <= end)?.epoch ?? store.log.epoch;
  const known = { cursors: store.cursors, at: clock.at(), toEpoch };
  const kept = new Map<DeviceId, Kept>(
    devices.map((spec) => [spec.id, { spec, state: createDeviceMachine(toDevicePast(past, spec, known)), alarm: Subscription.EMPTY }]),
  );
  const intake = createFrameIntake({ store, leases, clock, find: (id) => kept.get(id) });
  const running = new Subscription();
  let idlers: readonly { readonly isDone: () => boolean; readonly done: () => void }[] = [];
  const waiting: (readonly [Kept, DeviceEvent])[] = [];
  let isBusy = false;
  let isClosed = false;

  const detectPause = createPauseWatch();
  running.add(interval(detectPauseEveryMs, scheduler).subscribe(() => detectPause(clock.up())));
  const toNow = ({ id }: DeviceSpec, up = clock.up()): Now => ({
    up,
    at: clock.at(),
    pause: detectPause(up),
    head: { epoch: store.log.epoch, lsn: store.log.head },
    liveTerm: leases.covering(id)?.term ?? null,
    renewedUp: leases.renewedUp(id),
    restrict: (value) => interlocks.restrict(id, value),
    toTimeText,
  });

  // Anyone who learns of an entry may end a session, and so a lease, then and there: that comes after the step under way.
  const dispatch = (device: Kept, event: DeviceEvent): void => {
    waiting.push([device, event]);
    if (isBusy) return;
    isBusy = true;
    try {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) apply(...one);
    } finally {
      isBusy = false;
    }
  };

  const apply = (device: Kept, event: DeviceEvent): void => {
    if (isClosed) return;
    const { spec } = device;
    if (event.kind === 'synced') interlocks.refresh();
    const [next, effects] = stepDevice(device.state, event, { spec, now: toNow(spec) });
    keep(effects);
    device.state = next;
    for (const effect of effects) start(device, effect);
    setAlarm(device);
    const done = idlers.filter(({ isDone }) => isDone());
    idlers = idlers.filter((idler) => !done.includes(idler));
    for (const idler of done) idler.done();
  };

  const keep = (effects: readonly DeviceEffect[]): void => {
    if (!effects.some(({ kind }) => kind === 'append' || kind === 'record')) return;
    store.transact(() => {
      for (const effect of effects) {
        if (effect.kind === 'append') store.log.append([effect.draft]);
        if (effect.kind === 'record') keepCommand(store.commands, effect.record);
      }
    });
  };

  const start = (device: Kept, effect: DeviceEffect): void => {
    const { spec } = device;
    switch (effect.kind) {
      case 'sync':
        void store.sync().then(() => dispatch(device, { kind: 'synced' }));
        break;
      case 'write': {
        const { record, value } = effect;
        const guard = { mayStill: () => mayWrite(device, record, value), isUrgent: isIssuedByHub(record) };
        void field.write(spec, value, guard).then((outcome) => dispatch(device, { kind: 'written', outcome }));
        break;
      }
      case 'refresh': {
        const { value } = effect;
        void field
          .write(spec, value, { mayStill: () => mayRefresh(device, value) })
          .then((outcome) => dispatch(device, { kind: 'refreshed', outcome }));
        break;
      }
      case 'read-back':
        void field.readBack(spec).then((outcome) => dispatch(device, { kind: 'read-back', outcome }));
        break;
      case 'read':
        void field.readBack(spec).then((outcome) => dispatch(device, { kind: 'report', outcome }));
        break;
      case 'append':
      case 'record':
        break;
    }
  };

  /** What stands may be written again while nobody wants something else. */
  const mayRefresh = ({ spec, state }: Kept, value: DeviceValue): boolean => {
    if (isClosed || state.flight.kind !== 'refreshing' || state.nextHubCommand !== null || state.isDraining) return false;
    interlocks.refresh();
    return isSameValue(spec, interlocks.restrict(spec.id, value).value, value);
  };

  const mayWrite = (device: Kept, record: CommandRecord, value: DeviceValue): boolean => {
    const { spec } = device;
    const { term } = record;
    if (!isStillWanted(device, record)) return false;
    if (isClosed || (term !== null && leases.current(term) === null)) return false;
    interlocks.refresh();
    return isSameValue(spec, interlocks.restrict(spec.id, value).value, value);
  };

  const setAlarm = (device: Kept): void => {
    device.alarm.unsubscribe();
    const wake = nextDeviceWake(device.state, device);
    if (wake === null) return;
    device.alarm = scheduler.schedule(() => dispatch(device, { kind: 'tick' }), Math.max(0, wake - clock.up()));
  };

  const dispatchAll = (event: DeviceEvent): void => {
    for (const device of kept.values()) dispatch(device, event);
  };

  const settled = (isSettled: (device: Kept) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const idler = { isDone: () => [...kept.values()].every(isSettled), done: resolve };
      if (isClosed || idler.isDone()) resolve();
      else idlers = [...idlers, idler];
    });

  /** What travels for minutes is stopped where it is; its command ends there. */
  const comeToRest = async (): Promise<void> => {
    const isAtRest = ({ state: { flight, nextHubCommand } }: Kept): boolean => flight.kind === 'rest' && nextHubCommand === null;
    await settled((device) => device.spec.threePoint !== undefined || isAtRest(device));
    await field.stop();
    await settled(isAtRest);
  };

  const flush = (): void => {
    for (const { record, validUp } of intake.collect()) {
      const device = kept.get(record.device);
      if (device !== undefined) dispatch(device, { kind: 'request', record, validUp });
    }
  };

  const cancelForeign = (open: readonly CommandRecord[]): void => {
    const strangers = open.filter(({ device }) => !kept.has(device));
    if (strangers.length === 0) return;
    store.transact(() => {
      for (const record of strangers) {
        const { id, device, value, by, cause } = record;
        keepCommand(store.commands, { ...record, stage: 'ended', end: 'cancelled' });
        store.log.append([{ kind: 'device', device, phase: 'cancelled', value, id, by, cause, why: reasonOf('site/no-device') }]);
      }
    });
  };

  /** An override of a device that is gone holds nothing. */
  const releaseStrangers = (): void => {
    const held = new Map(past.flatMap((entry) => (entry.kind === 'override' ? [[entry.device, entry] as const] : [])));
    for (const { device, released } of held.values()) {
      if (kept.has(device) || released === true) continue;
      store.log.append([{ kind: 'override', device, by: 'hub', released: true, reason: 'the site no longer has this device' }]);
    }
  };

  const find = (id: DeviceId): Kept => {
    const device = kept.get(id);
    if (device === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}`);
    return device;
  };
  const findFor = (id: DeviceId, value: DeviceValue): Kept => {
    const device = find(id);
    const noValue = explainDeviceValue(device.spec, value);
    if (noValue !== null) throw new Fault('command/value', `${toWord(value, device.spec)} is not possible for ${id}: ${noValue}`);
    return device;
  };
  const findOpen = (device: Kept): Kept => {
    if (device.state.isDraining || isClosed) throw new Fault('command/draining', 'the hub is shutting down and accepts no commands');
    return device;
  };

  const open = store.commands.open();
  releaseStrangers();
  cancelForeign(open);
  for (const device of kept.values()) dispatch(device, { kind: 'start', open: open.filter((record) => record.device === device.spec.id) });
  running.add(
    leases.changes$.subscribe(({ lease }) => {
      if (lease === null) return;
      const locations = toLocations(lease.scope);
      for (const device of kept.values()) {
        if (locations.includes(toLocation(device.spec.id))) dispatch(device, { kind: 'granted', term: lease.term });
      }
    }),
  );
  running.add(
    interlocks.changes$.subscribe((ids) => {
      for (const id of ids) {
        const device = kept.get(id);
        if (device !== undefined) dispatch(device, { kind: 'interlock' });
      }
    }),
  );
  running.add(
    field.deviceReports$.subscribe(({ device: { id }, outcome }) => {
      const device = kept.get(id);
      if (device !== undefined) dispatch(device, { kind: 'report', outcome });
    }),
  );

  return {
    accept: (frames, authority) => intake.accept(frames, authority),
    flush,
    states: () => [...kept.values()].map(({ spec, state }) => toDeviceState(spec, state)),
    acknowledge(id, by) {
      dispatch(find(id), { kind: 'acknowledge', by });
    },
    override(id, { value, reason, forMs }, by) {
      const device = findOpen(findFor(id, value));
      // An override of it could only hold it at rest; a pulse is over before anybody releases it.
      if (device.spec.kind === 'momentary' && value === true) {
        throw new Fault('override/invalid', `${id} accepts single pulses from rules; an override can only hold it off`);
      }
      if (reason.trim() === '') throw new Fault('override/invalid', 'an override needs a reason');
      if (!(forMs > 0)) throw new Fault('override/invalid', 'an override needs an end');
      const { isAllowed, consequences } = previewOverride({ ...device, now: toNow(device.spec) }, { value, forMs });
      if (!isAllowed) throw new Fault('override/invalid', consequences[0]?.text ?? 'not allowed');
      dispatch(device, { kind: 'override', order: { value, reason: reason.trim(), forMs, by } });
    },
    release(id, by, reason) {
      const device = findOpen(find(id));
      if (device.state.override === null) throw new Fault('override/unknown', `there is no override of ${id}`);
      dispatch(device, { kind: 'release', by, reason });
    },
    preview(id, request) {
      const device = findFor(id, request.value);
      return previewOverride({ ...device, now: toNow(device.spec) }, request);
    },
    driveSafe() {
      intake.shut();
      dispatchAll({ kind: 'drive-safe' });
      return comeToRest();
    },
    drain() {
      intake.shut();
      dispatchAll({ kind: 'drain' });
      return comeToRest();
    },
    close() {
      isClosed = true;
      intake.shut();
      running.unsubscribe();
      field.close();
      for (const { alarm } of kept.values()) alarm.unsubscribe();
      for (const { done } of idlers) done();
      idlers = [];
    },
  };
}
