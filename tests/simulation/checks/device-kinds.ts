import type { CommandRecord, DeviceSpec } from '@phloem/backend';
import type { DeviceId, DeviceValue } from '@phloem/protocol';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Witness } from '../engine/witness.ts';
import { site } from '../parts/documents.ts';
import { drive, watchdogMs, type Simulator } from '../parts/simulator.ts';
import type { Overrides } from './overrides.ts';

/** `since`: when this value went out first in this run of the hub; a refresh of what was read says nothing of that. */
type Write = {
  readonly at: number;
  readonly since: number;
  readonly value: DeviceValue;
  readonly run: number;
  readonly isRefresh: boolean;
};
type Parts = { witness: Witness; loop: EventLoop; simulator: Simulator; overrides: Overrides; run: () => number };

/** How finely a register says a share. */
const finenessPercent = 0.06;
/** So long may pass until the hub has read what changed by itself, with all that waits on the bus. */
const checkedAtMs = 3000;
/** How long a refresh may wait for its turn on the bus, beyond its time. */
const turnMs = 1500;

/** What a device of its kind may be written: its own values (CO3), no faster than it may (DE9), again where it has to be (DE7). */
export class DeviceKinds {
  readonly #parts: Parts;
  readonly #last = new Map<DeviceId, Write>();
  #tripsSeen = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Claims that the device has to be written again and again. */
  isRefreshed(device: DeviceId): boolean {
    return toSpec(device).refresh !== undefined;
  }

  /** Claims that a value may be a step on the way to another. */
  isStep(device: DeviceId, value: DeviceValue, to: DeviceValue): boolean {
    return toSpec(device).slewPerS !== undefined && typeof value === 'number' && typeof to === 'number';
  }

  /** Claims that what goes out went out last too, to keep the unit awake. */
  isRepeat(device: DeviceId, value: DeviceValue): boolean {
    const last = this.#last.get(device);
    return this.isRefreshed(device) && last?.value === value && last.run === this.#parts.run();
  }

  /** A write goes out; `record` is null for a refresh. */
  wrote(device: DeviceId, value: DeviceValue, record: CommandRecord | null): void {
    const { witness, loop, run } = this.#parts;
    const spec = toSpec(device);
    witness.count(`writes: ${device}`);
    if (!isOfKind(spec, value)) witness.fail('CO3', `${device} was written ${JSON.stringify(value)}, which it cannot be`);
    if (spec.kind === 'momentary' && value === true && record?.op !== 'momentary')
      witness.fail('DE11', `${device} had a pulse that nobody asked for`);
    if (record === null) this.#refreshed(spec, value);
    else this.#ramped(spec, value, record);
    const last = this.#last.get(device);
    const isOneStay = last?.value === value && last.run === run();
    const since = isOneStay ? last.since : record === null ? -Infinity : loop.now;
    this.#last.set(device, { at: loop.now, since, value, run: run(), isRefresh: record === null });
  }

  /** The unit's own watchdog must not have stopped it where a hub was at work all the time. */
  look(ableSince: number): void {
    const { witness, simulator } = this.#parts;
    for (const at of simulator.trips.slice(this.#tripsSeen)) {
      witness.count('watchdogs of units that tripped');
      const able = Math.max(ableSince, simulator.wellSince(drive));
      if (at - able > watchdogMs + turnMs) witness.fail('DE7', `${drive} was not written for ${watchdogMs} ms, and stopped`);
    }
    this.#tripsSeen = simulator.trips.length;
  }

  #refreshed(spec: DeviceSpec, value: DeviceValue): void {
    const { witness, loop, simulator, run } = this.#parts;
    const last = this.#last.get(spec.id);
    witness.count('refreshes');
    // After a start of the hub, and after it changed by itself, what it was read as stands.
    if (last === undefined || last.run !== run() || simulator.movedByItselfAt(spec.id) >= last.at - checkedAtMs) return;
    if (simulator.wellSince(spec.id) > last.at) return;
    const { refresh = 0 } = spec;
    if (last.value !== value) witness.fail('DE7', `${spec.id} was refreshed as ${value}, and was ${last.value}`);
    const pauseMs = loop.now - last.at;
    if (last.isRefresh && pauseMs < Math.min(refresh, 1000) * 0.9) witness.fail('DE7', `${spec.id} was refreshed after ${pauseMs} ms`);
  }

  #ramped({ id, slewPerS }: DeviceSpec, value: DeviceValue, record: CommandRecord): void {
    const { witness, loop, simulator, overrides, run } = this.#parts;
    const last = this.#last.get(id);
    if (slewPerS === undefined || typeof value !== 'number' || typeof last?.value !== 'number') return;
    // A safe state does not wait; an override does.
    if (record.term === null && (overrides.standing(id) === null || record.why.code === 'hub/stopped')) return;
    // Where it was read again the ramp begins at what it was read as.
    if (last.run !== run() || simulator.movedByItselfAt(id) >= last.at - checkedAtMs || simulator.wellSince(id) > last.at - checkedAtMs)
      return;
    witness.count('steps of ramps looked at');
    const most = (slewPerS * Math.min(1000, loop.now - last.since)) / 1000 + finenessPercent;
    if (Math.abs(value - last.value) > most)
      witness.fail('DE9', `${id} went from ${last.value} to ${value} in ${Math.round(loop.now - last.since)} ms`);
  }
}

const toSpec = (id: DeviceId): DeviceSpec => {
  const spec = site.devices.find((device) => device.id === id);
  if (spec === undefined) throw new Error(`there is no device ${id}`);
  return spec;
};

/** What the site's document says that a device can be, distinguished here once more. */
const isOfKind = ({ kind, modes = [], range = { min: 0, max: 100 }, step }: DeviceSpec, value: DeviceValue): boolean => {
  switch (kind) {
    case 'switch':
    case 'momentary':
      return typeof value === 'boolean';
    case 'mode':
      return modes.some(({ name }) => name === value);
    case 'percent':
    case 'setpoint':
    case 'three-point': {
      if (typeof value !== 'number' || value < range.min || value > range.max) return false;
      const steps = step === undefined ? 0 : (value - range.min) / step;
      return Math.abs(steps - Math.round(steps)) < 1e-6;
    }
  }
};
