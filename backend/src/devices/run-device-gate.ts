import { Fault, toLocation, toLocations, type DeviceId, type DeviceValue, type Entry, type Epoch, type Lsn } from '@phloem/protocol';
import { Subscription, type SchedulerLike } from 'rxjs';
import type { FieldPort } from '../field/field-port.ts';
import type { InterlockKeeper } from '../interlocks/interlock-keeper.ts';
import type { LeaseKeeper } from '../leases/lease-keeper.ts';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandRecord, HubClock, HubStore } from '../store/hub-store.ts';
import { keepCommand } from './command-invariants.ts';
import type { DeviceGate, GateOperator } from './device-gate.ts';
import { createDeviceMachine, isSafe, type DeviceEffect, type DeviceEvent, type DeviceMachine, type Now } from './device-machine.ts';
import { toDevicePast } from './device-past.ts';
import { toDeviceState } from './device-state.ts';
import { isSameValue, isValueOf, toWord } from './device-value.ts';
import { createFrameDesk } from './frame-desk.ts';
import { previewOverride } from './preview-override.ts';
import { nextDeviceWake, stepDevice } from './step-device.ts';
import { isStillWanted } from './write-cycle.ts';

export type DeviceGateParts = {
  readonly store: Pick<HubStore, 'log' | 'cursors' | 'commands' | 'transact' | 'sync'>;
  readonly field: Pick<FieldPort, 'deviceReports$' | 'write' | 'readBack'>;
  readonly leases: Pick<LeaseKeeper, 'current' | 'covering' | 'renewedUp' | 'changes$'>;
  readonly interlocks: Pick<InterlockKeeper, 'restrict' | 'refresh' | 'changes$'>;
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
  field,
  leases,
  interlocks,
  devices,
  past,
  clock,
  scheduler,
  toTimeText,
}: DeviceGateParts): DeviceGate & GateOperator {
  const toEpoch = (lsn: Lsn): Epoch => store.log.lineage.find(({ end }) => lsn <= end)?.epoch ?? store.log.epoch;
  const known = { cursors: store.cursors, at: clock.at(), toEpoch };
  const kept = new Map<DeviceId, Kept>(
    devices.map((spec) => [spec.id, { spec, state: createDeviceMachine(toDevicePast(past, spec, known)), alarm: Subscription.EMPTY }]),
  );
  const desk = createFrameDesk({ store, leases, clock, find: (id) => kept.get(id) });
  const running = new Subscription();
  let idlers: readonly { readonly isDone: () => boolean; readonly done: () => void }[] = [];
  const waiting: (readonly [Kept, DeviceEvent])[] = [];
  let isBusy = false;
  let isClosed = false;

  const toNow = ({ id }: DeviceSpec): Now => ({
    up: clock.up(),
    at: clock.at(),
    head: { epoch: store.log.epoch, lsn: store.log.head },
    liveTerm: leases.covering(id)?.term ?? null,
    renewedUp: leases.renewedUp(id),
    restrict: (value) => interlocks.restrict(id, value),
    toTimeText,
  });

  // Whoever hears of an entry may end a session, and so a lease, then and there: that comes after the step under way.
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
        const { record } = effect;
        const guard = { mayStill: () => mayWrite(device, record), isUrgent: isSafe(record) };
        void field.write(spec, record.value, guard).then((outcome) => dispatch(device, { kind: 'written', outcome }));
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

  const mayWrite = (device: Kept, record: CommandRecord): boolean => {
    const { spec } = device;
    const { term, value } = record;
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

  const settled = (isDone: (state: DeviceMachine) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const idler = { isDone: () => [...kept.values()].every(({ state }) => isDone(state)), done: resolve };
      if (isClosed || idler.isDone()) resolve();
      else idlers = [...idlers, idler];
    });

  const flush = (): void => {
    for (const { record, validUp } of desk.collect()) {
      const device = kept.get(record.device);
      if (device !== undefined) dispatch(device, { kind: 'wish', record, validUp });
    }
  };

  const voidStrangers = (open: readonly CommandRecord[]): void => {
    const strangers = open.filter(({ device }) => !kept.has(device));
    if (strangers.length === 0) return;
    store.transact(() => {
      for (const record of strangers) {
        const { id, device, value, by, cause } = record;
        keepCommand(store.commands, { ...record, stage: 'ended', end: 'voided' });
        store.log.append([{ kind: 'device', device, phase: 'voided', value, id, by, cause, why: 'the site has no such device any more' }]);
      }
    });
  };

  /** A hand on a device that is gone holds nothing. */
  const releaseStrangers = (): void => {
    const held = new Map(past.flatMap((entry) => (entry.kind === 'override' ? [[entry.device, entry] as const] : [])));
    for (const { device, released } of held.values()) {
      if (kept.has(device) || released === true) continue;
      store.log.append([{ kind: 'override', device, by: 'hub', released: true, reason: 'the site has no such device any more' }]);
    }
  };

  const find = (id: DeviceId): Kept => {
    const device = kept.get(id);
    if (device === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}`);
    return device;
  };
  const findFor = (id: DeviceId, value: DeviceValue): Kept => {
    const device = find(id);
    if (!isValueOf(device.spec.kind, value)) throw new Fault('command/value', `${toWord(value)} is no value of a ${device.spec.kind}`);
    return device;
  };
  const findOpen = (device: Kept): Kept => {
    if (device.state.isDraining || isClosed) throw new Fault('command/draining', 'the hub is going down and takes no new commands');
    return device;
  };

  const open = store.commands.open();
  releaseStrangers();
  voidStrangers(open);
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
    accept: (frames, authority) => desk.accept(frames, authority),
    flush,
    states: () => [...kept.values()].map(({ spec, state }) => toDeviceState(spec, state)),
    acknowledge(id, by) {
      dispatch(find(id), { kind: 'acknowledge', by });
    },
    override(id, { value, reason, forMs }, by) {
      const device = findOpen(findFor(id, value));
      if (reason.trim() === '') throw new Fault('override/invalid', 'an override says why');
      if (!(forMs > 0)) throw new Fault('override/invalid', 'an override has an end');
      const { isAllowed, consequences } = previewOverride({ ...device, now: toNow(device.spec) }, { value, forMs });
      if (!isAllowed) throw new Fault('override/invalid', consequences[0]?.text ?? 'not allowed');
      dispatch(device, { kind: 'override', order: { value, reason: reason.trim(), forMs, by } });
    },
    release(id, by, reason) {
      const device = findOpen(find(id));
      if (device.state.override === null) throw new Fault('override/unknown', `nobody has taken ${id} by hand`);
      dispatch(device, { kind: 'release', by, reason });
    },
    preview(id, request) {
      const device = findFor(id, request.value);
      return previewOverride({ ...device, now: toNow(device.spec) }, request);
    },
    driveSafe() {
      desk.shut();
      dispatchAll({ kind: 'drive-safe' });
      return settled(({ flight, nextSafe }) => flight.kind === 'rest' && nextSafe === null);
    },
    drain() {
      desk.shut();
      dispatchAll({ kind: 'drain' });
      return settled(({ flight }) => flight.kind === 'rest' || flight.kind === 'pausing');
    },
    close() {
      isClosed = true;
      desk.shut();
      running.unsubscribe();
      for (const { alarm } of kept.values()) alarm.unsubscribe();
      for (const { done } of idlers) done();
      idlers = [];
    },
  };
}
