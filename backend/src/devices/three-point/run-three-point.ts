import { Fault, reasonOf, type DeviceId, type DeviceValue, type Reason } from '@phloem/protocol';
import { mergeMap, of, Subscription, type Observable, type SchedulerLike } from 'rxjs';
import type { FieldPort, WriteGuard, ReadBackOutcome, WriteOutcome } from '../../field/field-port.ts';
import type { DeviceSpec, ThreePointSpec } from '../../site/site.ts';
import type { HubClock } from '../../log/hub-clock.ts';
import {
  isWanted,
  nextThreePointWake,
  startThreePoint,
  stepThreePoint,
  toPosition,
  type ThreePointEvent,
  type ThreePointState,
} from './step-three-point.ts';
import { relayNames, toRelay, type RelayName } from '../../site/to-relays.ts';

const pollEveryMs = 200;
const maxPolls = 5;

type Field = Pick<FieldPort, 'deviceReports$' | 'write' | 'readBack'>;
type Waiting = { readonly guard: WriteGuard; readonly settle: (outcome: WriteOutcome) => void };

type Drive = {
  readonly spec: DeviceSpec;
  readonly threePoint: ThreePointSpec;
  readonly relays: Readonly<Record<RelayName, DeviceSpec>>;
  state: ThreePointState;
  /** Why a relay does not answer; null while both do. */
  silence: Record<RelayName, Reason | null>;
  /** Anyone who asked for the target, until the first relay goes on. */
  waiting: Waiting | null;
  alarm: Subscription;
};

/** A field in which three-point actuators take positions; `stop` switches all their relays off. */
export type ThreePointField = Field & { readonly stop: () => Promise<void>; readonly close: () => void };

export type ThreePointParts = {
  readonly field: Field;
  readonly devices: readonly DeviceSpec[];
  readonly clock: Pick<HubClock, 'up'>;
  readonly scheduler: SchedulerLike;
};

/**
 * The field as the gate sees it: a three-point actuator is written as a position and read back as where dead reckoning
 * puts it. Below, its two relays are switched one at a time, and never both on.
 */
export const createThreePointField = (parts: ThreePointParts): ThreePointField => new RunningThreePointField(parts);

class RunningThreePointField implements ThreePointField {
  readonly #field: ThreePointParts['field'];
  readonly #clock: ThreePointParts['clock'];
  readonly #scheduler: ThreePointParts['scheduler'];
  readonly #drives: Map<DeviceId, Drive>;
  readonly #looks = new Subscription();
  #isClosed = false;
  #isStopped = false;
  readonly #deviceReports$: Observable<{ readonly device: DeviceSpec; readonly outcome: ReadBackOutcome }>;
  readonly deviceReports$: Observable<{ readonly device: DeviceSpec; readonly outcome: ReadBackOutcome }>;

  constructor({ field, devices, clock, scheduler }: ThreePointParts) {
    this.#field = field;
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#drives = new Map<DeviceId, Drive>(devices.flatMap((spec) => toDrive(spec, clock.up())));
    const byRelay = new Map(
      [...this.#drives.values()].flatMap((drive) => relayNames.map((name) => [drive.relays[name].id, { drive, name }] as const)),
    );
    this.#deviceReports$ = field.deviceReports$.pipe(
      mergeMap((report) => {
        const known = byRelay.get(report.device.id);
        if (known === undefined) return of(report);
        this.#hear(known.drive, known.name, report.outcome);
        // One report for both relays.
        return known.name === 'close' ? of({ device: known.drive.spec, outcome: this.#toOutcome(known.drive) }) : [];
      }),
    );
    this.deviceReports$ = this.#deviceReports$;
  }

  readonly write = (device: DeviceSpec, value: DeviceValue, guard: WriteGuard = {}): Promise<WriteOutcome> => {
    if (device.threePoint === undefined) return this.#field.write(device, value, guard);
    const drive = this.#find(device.id);
    if (typeof value !== 'number') return Promise.resolve({ kind: 'refused', why: `not sent: ${String(value)} is no position` });
    this.#settle(drive, { kind: 'withdrawn' });
    if (this.#isStopped || guard.mayStill?.() === false) return Promise.resolve({ kind: 'withdrawn' });
    return new Promise((resolve) => {
      drive.waiting = { guard, settle: resolve };
      this.#dispatch(drive, { kind: 'target', position: value });
    });
  };

  readonly readBack = (device: DeviceSpec): Promise<ReadBackOutcome> =>
    device.threePoint === undefined ? this.#field.readBack(device) : this.#readRelays(this.#find(device.id));

  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    await Promise.all(
      [...this.#drives.values()].map(async (drive) => {
        this.#settle(drive, { kind: 'withdrawn' });
        drive.alarm.unsubscribe();
        drive.state = stepThreePoint(drive.state, { kind: 'stop' }, drive.threePoint, this.#clock.up())[0];
        // One that was commanded off, or may be on, is commanded once more.
        const rest = relayNames.filter((name) => drive.state.relays[name] !== 'off' || drive.state.busy?.relay === name);
        await Promise.all(rest.map(async (name) => this.#field.write(drive.relays[name], false, { isUrgent: true })));
      }),
    );
  };

  readonly close = (): void => {
    this.#isClosed = true;
    this.#looks.unsubscribe();
    for (const drive of this.#drives.values()) {
      drive.alarm.unsubscribe();
      this.#settle(drive, { kind: 'withdrawn' });
    }
  };

  #dispatch(drive: Drive, event: ThreePointEvent): void {
    if (this.#isClosed) return;
    const [state, order] = stepThreePoint(drive.state, event, drive.threePoint, this.#clock.up());
    drive.state = state;
    if (order !== null) this.#writeRelay(drive, order.relay, order.isOn);
    else this.#settleIdle(drive);
    drive.alarm.unsubscribe();
    const wake = nextThreePointWake(drive.state, drive.threePoint);
    if (wake !== null)
      drive.alarm = this.#scheduler.schedule(() => this.#dispatch(drive, { kind: 'tick' }), Math.max(1, wake - this.#clock.up()));
  }

  /** Nothing has to be switched: it is there, or on its way there already. */
  #settleIdle(drive: Drive): void {
    const { busy, target, relays } = drive.state;
    const isMoving = relays.open === 'on' || relays.close === 'on';
    const isWaiting = nextThreePointWake(drive.state, drive.threePoint) !== null;
    if (busy === null && target !== null && (isMoving || !isWaiting)) this.#settle(drive, { kind: 'echoed' });
  }

  #settle(drive: Drive, outcome: WriteOutcome): void {
    const { waiting } = drive;
    drive.waiting = null;
    waiting?.settle(outcome);
  }

  #writeRelay(drive: Drive, name: RelayName, isOn: boolean): void {
    const { waiting } = drive;
    // Off is always allowed; what moves it is asked for right before it goes out, and is not sent when nothing wants it any more.
    const mayStill = (): boolean =>
      isWanted(drive.state, name, drive.threePoint) && ((drive.waiting ?? waiting)?.guard.mayStill?.() ?? true);
    const guard = isOn ? { ...waiting?.guard, mayStill } : { isUrgent: true };
    void this.#field.write(drive.relays[name], isOn, guard).then((outcome) => {
      const end = outcome.kind === 'echoed' ? 'done' : outcome.kind === 'ambiguous' ? 'unknown' : 'not-done';
      if (end !== 'done' && waiting !== null && drive.waiting === waiting) {
        // Nobody waits for it any more: it stands still until somebody asks again.
        this.#settle(drive, outcome);
        drive.state = stepThreePoint(drive.state, { kind: 'stop' }, drive.threePoint, this.#clock.up())[0];
      } else if (end === 'done' && isOn) this.#settle(drive, { kind: 'echoed' });
      this.#dispatch(drive, { kind: 'written', end });
      if (!isOn && end === 'done') void this.#seeOff(drive, name, 0);
    });
  }

  /** Looks whether a relay is off, until it is or its poll has to say. */
  async #seeOff(drive: Drive, name: RelayName, turn: number): Promise<void> {
    if (this.#isClosed || drive.state.relays[name] !== 'told-off') return;
    this.#hear(drive, name, await this.#field.readBack(drive.relays[name]));
    if (turn >= maxPolls || this.#isClosed || drive.state.relays[name] !== 'told-off') return;
    this.#looks.add(this.#scheduler.schedule(() => void this.#seeOff(drive, name, turn + 1), pollEveryMs));
  }

  #toOutcome(drive: Drive): ReadBackOutcome {
    const silence = drive.silence.open ?? drive.silence.close;
    if (silence !== null) return { kind: 'silent', why: silence };
    const position = toPosition(drive.state, drive.threePoint, this.#clock.up());
    if (position === null) return { kind: 'unplaced', why: reasonOf('device/position-unknown') };
    return { kind: 'value', value: Math.round(position * 10) / 10 };
  }

  #hear(drive: Drive, name: RelayName, outcome: ReadBackOutcome): void {
    drive.silence = { ...drive.silence, [name]: outcome.kind === 'silent' ? outcome.why : null };
    if (outcome.kind === 'value') this.#dispatch(drive, { kind: 'read', relay: name, isOn: outcome.value === true });
  }

  async #readRelays(drive: Drive): Promise<ReadBackOutcome> {
    for (const name of relayNames) {
      if (drive.state.busy === null) this.#hear(drive, name, await this.#field.readBack(drive.relays[name]));
    }
    return this.#toOutcome(drive);
  }

  #find(id: DeviceId): Drive {
    const drive = this.#drives.get(id);
    if (drive === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}`);
    return drive;
  }
}

const toDrive = (spec: DeviceSpec, up: number): readonly (readonly [DeviceId, Drive])[] => {
  const { threePoint } = spec;
  if (threePoint === undefined) return [];
  const relays = { open: toRelay(spec, 'open'), close: toRelay(spec, 'close') };
  const drive: Drive = {
    spec,
    threePoint,
    relays,
    state: startThreePoint(up),
    silence: { open: null, close: null },
    waiting: null,
    alarm: Subscription.EMPTY,
  };
  return [[spec.id, drive]];
};
