import { toLocation, type DeviceId } from '@phloem/protocol';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Witness } from '../engine/witness.ts';
import { site } from '../parts/documents.ts';
import type { HubMachine } from '../parts/hub-machine.ts';
import type { Plant } from '../parts/plant.ts';
import type { Leases } from './leases.ts';
import type { Overrides } from './overrides.ts';

/** How long after its time a safe state may take to be there: reading, disk, bus. */
const graceMs = 1000;

type OutputsParts = { witness: Witness; loop: EventLoop; plant: Plant; leases: Leases; hub: HubMachine; overrides: Overrides };

/**
 * Where nobody has renewed a lease for the device's time, its output is safe (LE4). Asked only where a hub has been at
 * work, its disk quick and the device well for long enough: what cannot be driven is not expected to move.
 */
export class Outputs {
  readonly #parts: OutputsParts;
  readonly #handsOff = new Map<DeviceId, number>();
  #ableSince: number | null = null;

  constructor(parts: OutputsParts) {
    this.#parts = parts;
  }

  look(): void {
    const { witness, loop, plant, leases, hub, overrides } = this.#parts;
    for (const { id } of site.devices) if (overrides.standing(id) !== null) this.#handsOff.set(id, loop.now);
    const isAble = hub.answering !== null && hub.syncMs < 100;
    if (!isAble) this.#ableSince = null;
    else this.#ableSince ??= loop.now;
    if (this.#ableSince === null) return;
    leases.look(this.#ableSince);
    for (const { id, failSafe } of site.devices) {
      if (!('value' in failSafe)) continue;
      const uncoveredAt = leases.lastAlive(toLocation(id)) + failSafe.after;
      // A device that was ill may be in the pause before the next try.
      const quietSince = Math.max(
        uncoveredAt,
        this.#ableSince + 2000,
        plant.wellSince(id) === 0 ? 0 : plant.wellSince(id) + 8000,
        this.#handsOff.get(id) ?? 0,
      );
      if (loop.now < quietSince + graceMs) continue;
      witness.count('safe states looked at');
      if (plant.valueOf(id) !== failSafe.value) {
        witness.fail(
          'LE4',
          `${id} is ${plant.valueOf(id)}, and nobody has renewed a lease since ${leases.lastAlive(toLocation(id)) / 1000}`,
        );
      }
    }
  }
}
