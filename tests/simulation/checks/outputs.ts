import { toLocation, type DeviceId, type DeviceValue } from '@phloem/protocol';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Witness } from '../engine/witness.ts';
import { site } from '../parts/documents.ts';
import type { HubMachine } from '../parts/hub-machine.ts';
import { toOtherRelay, type Simulator } from '../parts/simulator.ts';
import type { DeviceKinds } from './device-kinds.ts';
import type { Leases } from './leases.ts';
import type { Overrides } from './overrides.ts';

/** How long after its time a safe state may take to be there: reading, disk, bus. */
const graceMs = 1000;
/** How long a hub that has stood still reads what came meanwhile, before it judges who is silent (HB2). */
const afterPauseMs = 3000;

type OutputsParts = {
  witness: Witness;
  loop: EventLoop;
  simulator: Simulator;
  leases: Leases;
  hub: HubMachine;
  overrides: Overrides;
  kinds: DeviceKinds;
};

/**
 * Where nobody has renewed a lease for the device's time, its output is safe (LE4). Asked only where a hub has been at
 * work, its disk quick and the device well for long enough: what cannot be driven is not expected to move.
 */
export class Outputs {
  readonly #parts: OutputsParts;
  readonly #releasedAt = new Map<DeviceId, number>();
  #ableSince: number | null = null;

  constructor(parts: OutputsParts) {
    this.#parts = parts;
  }

  /** A relay of an actuator is commanded; the other must be off, unless it has failed by itself. */
  wroteRelay(device: DeviceId, value: DeviceValue): void {
    const { witness, simulator } = this.#parts;
    witness.count('relays of actuators written');
    const other = toOtherRelay(device);
    // A contact that reads off may be stuck: what was commanded on may come on until it is commanded otherwise.
    if (value === true && simulator.reportedOn(other)) witness.fail('DE10', `${device} was switched on while ${other} was told to be on`);
  }

  look(): void {
    const { witness, loop, simulator, leases, hub, overrides, kinds } = this.#parts;
    if (simulator.shorted !== null) witness.fail('DE10', `${simulator.shorted} came on while ${toOtherRelay(simulator.shorted)} was on`);
    for (const { id } of site.devices) if (overrides.standing(id) !== null) this.#releasedAt.set(id, loop.now);
    const isAble = hub.answering !== null && hub.syncMs < 100;
    if (!isAble) this.#ableSince = null;
    else this.#ableSince ??= loop.now;
    if (this.#ableSince === null) return;
    leases.look(this.#ableSince);
    kinds.look(this.#ableSince);
    for (const { id, failSafe, threePoint } of site.devices) {
      // Where an actuator of two relays stands its contacts do not say.
      if (!('value' in failSafe) || threePoint !== undefined) continue;
      const uncoveredAt = leases.lastAlive(toLocation(id)) + failSafe.after;
      // A device that was ill may be in the pause before the next try.
      const quietSince = Math.max(
        uncoveredAt,
        this.#ableSince + afterPauseMs,
        simulator.wellSince(id) === 0 ? 0 : simulator.wellSince(id) + 8000,
        this.#releasedAt.get(id) ?? 0,
      );
      if (loop.now < quietSince + graceMs) continue;
      witness.count('safe states looked at');
      const value = simulator.orderedOf(id);
      const isSafe =
        typeof value === 'number' && typeof failSafe.value === 'number' ? Math.abs(value - failSafe.value) < 0.5 : value === failSafe.value;
      if (!isSafe) {
        witness.fail('LE4', `${id} is ${value}, and nobody has renewed a lease since ${leases.lastAlive(toLocation(id)) / 1000}`);
      }
    }
  }
}
