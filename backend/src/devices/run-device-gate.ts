import {
  explainDeviceValue,
  Fault,
  reasonOf,
  toLocation,
  toLocations,
  type Author,
  type DeviceId,
  type DeviceState,
  type DeviceValue,
  type Entry,
  type Epoch,
  type Lsn,
  type OverridePreview,
  type OverridePreviewRequest,
  type OverrideRequest,
  type SentFrame,
} from '@phloem/protocol';
import { interval, Subscription, type SchedulerLike } from 'rxjs';
import { type ThreePointField, createThreePointField } from './three-point/run-three-point.ts';
import type { CommandAuthority, DeviceGate, GateOperator } from './device-gate.ts';
import type { FieldPort } from '../field/field-port.ts';
import type { InterlockService } from '../interlocks/interlock-service.ts';
import type { LeaseService } from '../leases/lease-service.ts';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandRecord, HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { keepCommand } from './command-invariants.ts';
import { createDeviceMachine, isIssuedByHub, type DeviceEffect, type DeviceEvent, type DeviceMachine, type Now } from './device-machine.ts';
import { toDevicePast } from './device-past.ts';
import { toDeviceState } from './device-state.ts';
import { isSameValue, toWord } from './device-value.ts';
import { createFrameIntake } from './frame-intake.ts';
import { createPauseWatch, detectPauseEveryMs } from './own-pause.ts';
import { previewOverride } from './preview-override.ts';
import { nextDeviceWake, stepDevice } from './step-device.ts';
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
export const createDeviceGate = (parts: DeviceGateParts): DeviceGate & GateOperator => new RunningDeviceGate(parts);

class RunningDeviceGate implements DeviceGate, GateOperator {
  readonly #store: DeviceGateParts['store'];
  readonly #leases: DeviceGateParts['leases'];
  readonly #interlocks: DeviceGateParts['interlocks'];
  readonly #past: DeviceGateParts['past'];
  readonly #clock: DeviceGateParts['clock'];
  readonly #scheduler: DeviceGateParts['scheduler'];
  readonly #toTimeText: DeviceGateParts['toTimeText'];
  readonly #field: ThreePointField;
  readonly #kept: Map<DeviceId, Kept>;
  readonly #intake: ReturnType<typeof createFrameIntake>;
  readonly #running = new Subscription();
  #idlers: readonly { readonly isDone: () => boolean; readonly done: () => void }[] = [];
  readonly #waiting: (readonly [Kept, DeviceEvent])[] = [];
  #isBusy = false;
  #isClosed = false;
  readonly #detectPause = createPauseWatch();

  constructor({ store, field: wires, leases, interlocks, devices, past, clock, scheduler, toTimeText }: DeviceGateParts) {
    this.#store = store;
    this.#leases = leases;
    this.#interlocks = interlocks;
    this.#past = past;
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#toTimeText = toTimeText;
    this.#field = createThreePointField({ field: wires, devices, clock, scheduler });
    const known = { cursors: store.cursors, at: clock.at(), toEpoch: (lsn: Lsn) => this.#toEpoch(lsn) };
    this.#kept = new Map<DeviceId, Kept>(
      devices.map((spec) => [spec.id, { spec, state: createDeviceMachine(toDevicePast(past, spec, known)), alarm: Subscription.EMPTY }]),
    );
    this.#intake = createFrameIntake({ store, leases, clock, find: (id) => this.#kept.get(id) });
    this.#running.add(interval(detectPauseEveryMs, scheduler).subscribe(() => this.#detectPause(clock.up())));
    const open = store.commands.open();
    this.#releaseStrangers();
    this.#cancelForeign(open);
    for (const device of this.#kept.values())
      this.#dispatch(device, { kind: 'start', open: open.filter((record) => record.device === device.spec.id) });
    this.#running.add(
      leases.changes$.subscribe(({ lease }) => {
        if (lease === null) return;
        const locations = toLocations(lease.scope);
        for (const device of this.#kept.values()) {
          if (locations.includes(toLocation(device.spec.id))) this.#dispatch(device, { kind: 'granted', term: lease.term });
        }
      }),
    );
    this.#running.add(
      interlocks.changes$.subscribe((ids) => {
        for (const id of ids) {
          const device = this.#kept.get(id);
          if (device !== undefined) this.#dispatch(device, { kind: 'interlock' });
        }
      }),
    );
    this.#running.add(
      this.#field.deviceReports$.subscribe(({ device: { id }, outcome }) => {
        const device = this.#kept.get(id);
        if (device !== undefined) this.#dispatch(device, { kind: 'report', outcome });
      }),
    );
  }

  flush(): void {
    for (const { record, validUp } of this.#intake.collect()) {
      const device = this.#kept.get(record.device);
      if (device !== undefined) this.#dispatch(device, { kind: 'request', record, validUp });
    }
  }

  accept(frames: readonly SentFrame[], authority: CommandAuthority): void {
    this.#intake.accept(frames, authority);
  }

  states(): readonly DeviceState[] {
    return [...this.#kept.values()].map(({ spec, state }) => toDeviceState(spec, state));
  }

  acknowledge(id: DeviceId, by: Author): void {
    this.#dispatch(this.#find(id), { kind: 'acknowledge', by });
  }

  override(id: DeviceId, { value, reason, forMs }: OverrideRequest, by: Author): void {
    const device = this.#findOpen(this.#findFor(id, value));
    // An override of it could only hold it at rest; a pulse is over before anybody releases it.
    if (device.spec.kind === 'momentary' && value === true) {
      throw new Fault('override/invalid', `${id} accepts single pulses from rules; an override can only hold it off`);
    }
    if (reason.trim() === '') throw new Fault('override/invalid', 'an override needs a reason');
    if (!(forMs > 0)) throw new Fault('override/invalid', 'an override needs an end');
    const { isAllowed, consequences } = previewOverride({ ...device, now: this.#toNow(device.spec) }, { value, forMs });
    if (!isAllowed) throw new Fault('override/invalid', consequences[0]?.text ?? 'not allowed');
    this.#dispatch(device, { kind: 'override', order: { value, reason: reason.trim(), forMs, by } });
  }

  release(id: DeviceId, by: Author, reason: string | null): void {
    const device = this.#findOpen(this.#find(id));
    if (device.state.override === null) throw new Fault('override/unknown', `there is no override of ${id}`);
    this.#dispatch(device, { kind: 'release', by, reason });
  }

  preview(id: DeviceId, request: OverridePreviewRequest): OverridePreview {
    const device = this.#findFor(id, request.value);
    return previewOverride({ ...device, now: this.#toNow(device.spec) }, request);
  }

  driveSafe(): Promise<void> {
    this.#intake.shut();
    this.#dispatchAll({ kind: 'drive-safe' });
    return this.#comeToRest();
  }

  drain(): Promise<void> {
    this.#intake.shut();
    this.#dispatchAll({ kind: 'drain' });
    return this.#comeToRest();
  }

  close(): void {
    this.#isClosed = true;
    this.#intake.shut();
    this.#running.unsubscribe();
    this.#field.close();
    for (const { alarm } of this.#kept.values()) alarm.unsubscribe();
    for (const { done } of this.#idlers) done();
    this.#idlers = [];
  }

  #toEpoch(lsn: Lsn): Epoch {
    return this.#store.log.lineage.find(({ end }) => lsn <= end)?.epoch ?? this.#store.log.epoch;
  }

  #toNow({ id }: DeviceSpec, up = this.#clock.up()): Now {
    return {
      up,
      at: this.#clock.at(),
      pause: this.#detectPause(up),
      head: { epoch: this.#store.log.epoch, lsn: this.#store.log.head },
      liveTerm: this.#leases.covering(id)?.term ?? null,
      renewedUp: this.#leases.renewedUp(id),
      restrict: (value) => this.#interlocks.restrict(id, value),
      toTimeText: this.#toTimeText,
    };
  }

  // Anyone who learns of an entry may end a session, and so a lease, then and there: that comes after the step under way.
  #dispatch(device: Kept, event: DeviceEvent): void {
    this.#waiting.push([device, event]);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) this.#apply(...one);
    } finally {
      this.#isBusy = false;
    }
  }

  #apply(device: Kept, event: DeviceEvent): void {
    if (this.#isClosed) return;
    const { spec } = device;
    if (event.kind === 'synced') this.#interlocks.refresh();
    const [next, effects] = stepDevice(device.state, event, { spec, now: this.#toNow(spec) });
    this.#keep(effects);
    device.state = next;
    for (const effect of effects) this.#start(device, effect);
    this.#setAlarm(device);
    const done = this.#idlers.filter(({ isDone }) => isDone());
    this.#idlers = this.#idlers.filter((idler) => !done.includes(idler));
    for (const idler of done) idler.done();
  }

  #keep(effects: readonly DeviceEffect[]): void {
    if (!effects.some(({ kind }) => kind === 'append' || kind === 'record')) return;
    this.#store.transact(() => {
      for (const effect of effects) {
        if (effect.kind === 'append') this.#store.log.append([effect.draft]);
        if (effect.kind === 'record') keepCommand(this.#store.commands, effect.record);
      }
    });
  }

  #start(device: Kept, effect: DeviceEffect): void {
    const { spec } = device;
    switch (effect.kind) {
      case 'sync':
        void this.#store.sync().then(() => this.#dispatch(device, { kind: 'synced' }));
        break;
      case 'write': {
        const { record, value } = effect;
        const guard = { mayStill: () => this.#mayWrite(device, record, value), isUrgent: isIssuedByHub(record) };
        void this.#field.write(spec, value, guard).then((outcome) => this.#dispatch(device, { kind: 'written', outcome }));
        break;
      }
      case 'refresh': {
        const { value } = effect;
        void this.#field
          .write(spec, value, { mayStill: () => this.#mayRefresh(device, value) })
          .then((outcome) => this.#dispatch(device, { kind: 'refreshed', outcome }));
        break;
      }
      case 'read-back':
        void this.#field.readBack(spec).then((outcome) => this.#dispatch(device, { kind: 'read-back', outcome }));
        break;
      case 'read':
        void this.#field.readBack(spec).then((outcome) => this.#dispatch(device, { kind: 'report', outcome }));
        break;
      case 'append':
      case 'record':
        break;
    }
  }

  /** What stands may be written again while nobody wants something else. */
  #mayRefresh({ spec, state }: Kept, value: DeviceValue): boolean {
    if (this.#isClosed || state.flight.kind !== 'refreshing' || state.nextHubCommand !== null || state.isDraining) return false;
    this.#interlocks.refresh();
    return isSameValue(spec, this.#interlocks.restrict(spec.id, value).value, value);
  }

  #mayWrite(device: Kept, record: CommandRecord, value: DeviceValue): boolean {
    const { spec } = device;
    const { term } = record;
    if (!isStillWanted(device, record)) return false;
    if (this.#isClosed || (term !== null && this.#leases.current(term) === null)) return false;
    this.#interlocks.refresh();
    return isSameValue(spec, this.#interlocks.restrict(spec.id, value).value, value);
  }

  #setAlarm(device: Kept): void {
    device.alarm.unsubscribe();
    const wake = nextDeviceWake(device.state, device);
    if (wake === null) return;
    device.alarm = this.#scheduler.schedule(() => this.#dispatch(device, { kind: 'tick' }), Math.max(0, wake - this.#clock.up()));
  }

  #dispatchAll(event: DeviceEvent): void {
    for (const device of this.#kept.values()) this.#dispatch(device, event);
  }

  #settled(isSettled: (device: Kept) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const idler = { isDone: () => [...this.#kept.values()].every(isSettled), done: resolve };
      if (this.#isClosed || idler.isDone()) resolve();
      else this.#idlers = [...this.#idlers, idler];
    });
  }

  /** What travels for minutes is stopped where it is; its command ends there. */
  async #comeToRest(): Promise<void> {
    const isAtRest = ({ state: { flight, nextHubCommand } }: Kept): boolean => flight.kind === 'rest' && nextHubCommand === null;
    await this.#settled((device) => device.spec.threePoint !== undefined || isAtRest(device));
    await this.#field.stop();
    await this.#settled(isAtRest);
  }

  #cancelForeign(open: readonly CommandRecord[]): void {
    const strangers = open.filter(({ device }) => !this.#kept.has(device));
    if (strangers.length === 0) return;
    this.#store.transact(() => {
      for (const record of strangers) {
        const { id, device, value, by, cause } = record;
        keepCommand(this.#store.commands, { ...record, stage: 'ended', end: 'cancelled' });
        this.#store.log.append([{ kind: 'device', device, phase: 'cancelled', value, id, by, cause, why: reasonOf('site/no-device') }]);
      }
    });
  }

  /** An override of a device that is gone holds nothing. */
  #releaseStrangers(): void {
    const held = new Map(this.#past.flatMap((entry) => (entry.kind === 'override' ? [[entry.device, entry] as const] : [])));
    for (const { device, released } of held.values()) {
      if (this.#kept.has(device) || released === true) continue;
      this.#store.log.append([{ kind: 'override', device, by: { kind: 'hub' }, released: true, why: reasonOf('site/no-device') }]);
    }
  }

  #find(id: DeviceId): Kept {
    const device = this.#kept.get(id);
    if (device === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}`);
    return device;
  }

  #findFor(id: DeviceId, value: DeviceValue): Kept {
    const device = this.#find(id);
    const noValue = explainDeviceValue(device.spec, value);
    if (noValue !== null) throw new Fault('command/value', `${toWord(value, device.spec)} is not possible for ${id}: ${noValue}`);
    return device;
  }

  #findOpen(device: Kept): Kept {
    if (device.state.isDraining || this.#isClosed) throw new Fault('command/draining', 'the hub is shutting down and accepts no commands');
    return device;
  }
}
