import type { AlarmStatus, DeviceState, OffsetStatus, OverrideStatus, PointState, Snapshot } from '@phloem/protocol';
import type { View } from '@phloem/reconnect';
import type { Witness } from '../engine/witness.ts';

type Fold = {
  version: number;
  overrides: Map<string, OverrideStatus>;
  offsets: Map<string, OffsetStatus>;
  points: Map<string, PointState>;
  devices: Map<string, DeviceState>;
  alarms: Map<string, AlarmStatus>;
};

/** What a panel makes of its live view: in the end, what the hub itself shows (LA1). */
export class ViewFold {
  readonly #witness: Witness;
  readonly #folds = new Map<string, Fold>();

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  take(viewer: string, { event, payload }: View): void {
    const fold =
      event === 'snapshot'
        ? { version: 0, overrides: new Map(), offsets: new Map(), points: new Map(), devices: new Map(), alarms: new Map() }
        : this.#folds.get(viewer);
    if (fold === undefined) return this.#witness.fail('LA1', `${viewer} was given changes before a snapshot`);
    if (event === 'changes' && payload.from > fold.version)
      this.#witness.fail('LA1', `${viewer} is at ${fold.version}, and was given changes since ${payload.from}`);
    if (payload.version < fold.version) this.#witness.fail('LA1', `${viewer} went back from ${fold.version} to ${payload.version}`);
    fold.version = payload.version;
    for (const point of payload.points) fold.points.set(point.id, point);
    for (const device of payload.devices) fold.devices.set(device.id, device);
    for (const alarm of payload.alarms) fold.alarms.set(alarm.alarm, alarm);
    for (const override of payload.overrides) {
      if (override.isReleased) fold.overrides.delete(override.device);
      else fold.overrides.set(override.device, override);
    }
    for (const offset of payload.offsets) {
      if (offset.isReleased) fold.offsets.delete(offset.setpoint);
      else fold.offsets.set(offset.setpoint, offset);
    }
    this.#folds.set(viewer, fold);
  }

  /** Claims that the viewer has caught up with this version. */
  isAt(viewer: string, version: number): boolean {
    return this.#folds.get(viewer)?.version === version;
  }

  compare(viewer: string, truth: Snapshot): void {
    const fold = this.#folds.get(viewer);
    if (fold === undefined) return this.#witness.fail('LA1', `${viewer} shows nothing`);
    const same = (what: string, shown: Iterable<unknown>, real: readonly unknown[]): void => {
      const [left, right] = [JSON.stringify([...shown]), JSON.stringify(real)];
      if (left !== right) this.#witness.fail('LA1', `${viewer} shows other ${what}: ${left} and not ${right}`);
    };
    const byId = <T extends { readonly id: string }>(items: Iterable<T>): T[] => [...items].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    same('points', byId(fold.points.values()), byId(truth.points));
    same('devices', byId(fold.devices.values()), byId(truth.devices));
    const byName = (items: Iterable<AlarmStatus>): AlarmStatus[] => [...items].toSorted((a, b) => (a.alarm < b.alarm ? -1 : 1));
    const byDevice = (items: Iterable<OverrideStatus>): OverrideStatus[] => [...items].toSorted((a, b) => (a.device < b.device ? -1 : 1));
    same('overrides', byDevice(fold.overrides.values()), byDevice(truth.overrides));
    const bySetpoint = (items: Iterable<OffsetStatus>): OffsetStatus[] => [...items].toSorted((a, b) => (a.setpoint < b.setpoint ? -1 : 1));
    same('offsets', bySetpoint(fold.offsets.values()), bySetpoint(truth.offsets));
    same('alarms', byName(fold.alarms.values()), byName(truth.alarms));
  }
}
