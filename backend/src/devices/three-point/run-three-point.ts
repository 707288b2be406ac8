import { Fault, reasonOf, type DeviceId } from '@phloem/protocol';
import { mergeMap, of, Subscription, type Observable, type SchedulerLike } from 'rxjs';
import type { FieldPort, ReadBackOutcome, WriteOutcome } from '../../field/field-port.ts';
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
type Guard = NonNullable<Parameters<FieldPort['write']>[2]>;
type Waiting = { readonly guard: Guard; readonly settle: (outcome: WriteOutcome) => void };

type Drive = {
  readonly spec: DeviceSpec;
  readonly threePoint: ThreePointSpec;
  readonly relays: Readonly<Record<RelayName, DeviceSpec>>;
  state: ThreePointState;
  /** Why a relay does not answer; null while both do. */
  silence: Record<RelayName, string | null>;
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
export function createThreePointField({ field, devices, clock, scheduler }: ThreePointParts): ThreePointField {
  const drives = new Map<DeviceId, Drive>(devices.flatMap((spec) => toDrive(spec, clock.up())));
  const byRelay = new Map(
    [...drives.values()].flatMap((drive) => relayNames.map((name) => [drive.relays[name].id, { drive, name }] as const)),
  );
  const looks = new Subscription();
  let isClosed = false;
  let isStopped = false;

  const dispatch = (drive: Drive, event: ThreePointEvent): void => {
    if (isClosed) return;
    const [state, order] = stepThreePoint(drive.state, event, drive.threePoint, clock.up());
    drive.state = state;
    if (order !== null) writeRelay(drive, order.relay, order.isOn);
    else settleIdle(drive);
    drive.alarm.unsubscribe();
    const wake = nextThreePointWake(drive.state, drive.threePoint);
    if (wake !== null) drive.alarm = scheduler.schedule(() => dispatch(drive, { kind: 'tick' }), Math.max(1, wake - clock.up()));
  };

  /** Nothing has to be switched: it is there, or on its way there already. */
  const settleIdle = (drive: Drive): void => {
    const { busy, target, relays } = drive.state;
    const isMoving = relays.open === 'on' || relays.close === 'on';
    const isWaiting = nextThreePointWake(drive.state, drive.threePoint) !== null;
    if (busy === null && target !== null && (isMoving || !isWaiting)) settle(drive, { kind: 'echoed' });
  };

  const settle = (drive: Drive, outcome: WriteOutcome): void => {
    const { waiting } = drive;
    drive.waiting = null;
    waiting?.settle(outcome);
  };

  const writeRelay = (drive: Drive, name: RelayName, isOn: boolean): void => {
    const { waiting } = drive;
    // Off is always allowed; what moves it is asked for right before it goes out, and is not sent when nothing wants it any more.
    const mayStill = (): boolean =>
      isWanted(drive.state, name, drive.threePoint) && ((drive.waiting ?? waiting)?.guard.mayStill?.() ?? true);
    const guard = isOn ? { ...waiting?.guard, mayStill } : { isUrgent: true };
    void field.write(drive.relays[name], isOn, guard).then((outcome) => {
      const end = outcome.kind === 'echoed' ? 'done' : outcome.kind === 'ambiguous' ? 'unknown' : 'not-done';
      if (end !== 'done' && waiting !== null && drive.waiting === waiting) {
        // Nobody waits for it any more: it stands still until somebody asks again.
        settle(drive, outcome);
        drive.state = stepThreePoint(drive.state, { kind: 'stop' }, drive.threePoint, clock.up())[0];
      } else if (end === 'done' && isOn) settle(drive, { kind: 'echoed' });
      dispatch(drive, { kind: 'written', end });
      if (!isOn && end === 'done') void seeOff(drive, name, 0);
    });
  };

  /** Looks whether a relay is off, until it is or its poll has to say. */
  const seeOff = async (drive: Drive, name: RelayName, turn: number): Promise<void> => {
    if (isClosed || drive.state.relays[name] !== 'told-off') return;
    hear(drive, name, await field.readBack(drive.relays[name]));
    if (turn >= maxPolls || isClosed || drive.state.relays[name] !== 'told-off') return;
    looks.add(scheduler.schedule(() => void seeOff(drive, name, turn + 1), pollEveryMs));
  };

  const toOutcome = (drive: Drive): ReadBackOutcome => {
    const silence = drive.silence.open ?? drive.silence.close;
    if (silence !== null) return { kind: 'silent', why: silence };
    const position = toPosition(drive.state, drive.threePoint, clock.up());
    if (position === null) return { kind: 'unplaced', why: reasonOf('device/position-unknown') };
    return { kind: 'value', value: Math.round(position * 10) / 10 };
  };

  const hear = (drive: Drive, name: RelayName, outcome: ReadBackOutcome): void => {
    drive.silence = { ...drive.silence, [name]: outcome.kind === 'silent' ? outcome.why : null };
    if (outcome.kind === 'value') dispatch(drive, { kind: 'read', relay: name, isOn: outcome.value === true });
  };

  const readRelays = async (drive: Drive): Promise<ReadBackOutcome> => {
    for (const name of relayNames) {
      if (drive.state.busy === null) hear(drive, name, await field.readBack(drive.relays[name]));
    }
    return toOutcome(drive);
  };

  const find = (id: DeviceId): Drive => {
    const drive = drives.get(id);
    if (drive === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}`);
    return drive;
  };

  const deviceReports$: Observable<{ readonly device: DeviceSpec; readonly outcome: ReadBackOutcome }> = field.deviceReports$.pipe(
    mergeMap((report) => {
      const known = byRelay.get(report.device.id);
      if (known === undefined) return of(report);
      hear(known.drive, known.name, report.outcome);
      // One report for both relays.
      return known.name === 'close' ? of({ device: known.drive.spec, outcome: toOutcome(known.drive) }) : [];
    }),
  );

  return {
    deviceReports$,
    write(device, value, guard = {}) {
      if (device.threePoint === undefined) return field.write(device, value, guard);
      const drive = find(device.id);
      if (typeof value !== 'number') return Promise.resolve({ kind: 'refused', why: `not sent: ${String(value)} is no position` });
      settle(drive, { kind: 'withdrawn' });
      if (isStopped || guard.mayStill?.() === false) return Promise.resolve({ kind: 'withdrawn' });
      return new Promise((resolve) => {
        drive.waiting = { guard, settle: resolve };
        dispatch(drive, { kind: 'target', position: value });
      });
    },
    readBack: (device) => (device.threePoint === undefined ? field.readBack(device) : readRelays(find(device.id))),
    async stop() {
      isStopped = true;
      await Promise.all(
        [...drives.values()].map(async (drive) => {
          settle(drive, { kind: 'withdrawn' });
          drive.alarm.unsubscribe();
          drive.state = stepThreePoint(drive.state, { kind: 'stop' }, drive.threePoint, clock.up())[0];
          // One that was commanded off, or may be on, is commanded once more.
          const rest = relayNames.filter((name) => drive.state.relays[name] !== 'off' || drive.state.busy?.relay === name);
          await Promise.all(rest.map(async (name) => field.write(drive.relays[name], false, { isUrgent: true })));
        }),
      );
    },
    close() {
      isClosed = true;
      looks.unsubscribe();
      for (const drive of drives.values()) {
        drive.alarm.unsubscribe();
        settle(drive, { kind: 'withdrawn' });
      }
    },
  };
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
