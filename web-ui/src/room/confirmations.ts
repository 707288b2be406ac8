import type { DeviceId, DeviceState } from '@phloem/protocol';

/** The newest confirmation of each device that has one, as `device@since`. */
export const toConfirmations = (ids: readonly DeviceId[], devices: ReadonlyMap<DeviceId, DeviceState>): readonly string[] =>
  ids.map((id) => {
    const state = devices.get(id);
    return state?.phase === 'confirmed' ? `${id}@${state.since}` : id;
  });

/** The devices that were confirmed since the list before; none while there is no list before. */
export const toNewlyConfirmed = (before: readonly string[], now: readonly string[]): readonly DeviceId[] =>
  before.length === 0 ? [] : now.filter((one) => !before.includes(one)).map((one) => one.split('@')[0] ?? '');
