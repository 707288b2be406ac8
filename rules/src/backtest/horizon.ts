import type { DeviceId } from '@phloem/protocol';
import type { Horizon, Moment } from './claim.ts';
import type { Influence } from './influence.ts';

/** What is known of the divergence of one side from what ran. Immutable. */
export type Divergence = {
  /** The first moment at which each device was in another state than it was. */
  readonly differs: ReadonlyMap<DeviceId, Moment>;
  /** From when on the recorded inputs of each device's rules no longer belong to this side. */
  readonly horizons: ReadonlyMap<DeviceId, Horizon>;
};

export const noDivergence: Divergence = { differs: new Map(), horizons: new Map() };

/**
 * Notes that a device is in another state than it was. From here on, what it moves would have been measured otherwise. Devices whose
 * rules read that are past their horizon: what they would do is not known any more, and so neither is what they move, nor
 * what rules do that look at them.
 */
export const noteDifference = (before: Divergence, device: DeviceId, moment: Moment, influence: Influence): Divergence => {
  if (before.differs.has(device)) return before;
  const horizons = new Map(before.horizons);
  const queue = [...influence.moves(device)];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (horizons.has(next)) continue;
    horizons.set(next, { ...moment, by: device });
    queue.push(...influence.moves(next), ...influence.isSeenBy(next));
  }
  return { differs: new Map([...before.differs, [device, moment]]), horizons };
};
