import type { DeviceId, PointId } from '@phloem/protocol';
import type { Origins } from '../plan/behind.ts';
import type { SiteModel } from '../site-model.ts';

/**
 * Which measured points a device moves, by device: ids such as `room/front/temperature`, or `room/front/*` and `room/*` for all
 * points there. A device that is not listed moves every point of its location.
 */
export type Moves = ReadonlyMap<DeviceId, readonly string[]>;

/** What follows from a device: the devices whose inputs it moves, and the devices whose rules look at its state. */
export type Influence = {
  readonly moves: (device: DeviceId) => readonly DeviceId[];
  readonly isSeenBy: (device: DeviceId) => readonly DeviceId[];
};

const toPlace = (id: string): string => id.slice(0, id.indexOf('/') + 1);

const isListed = (pattern: string, point: PointId): boolean =>
  pattern.endsWith('/*') ? point.startsWith(pattern.slice(0, -1)) : pattern === point;

/** Says which devices' rules rest on what a device moves. What the hub derives from a moved point is moved, too. */
export const createInfluence = (
  { points, devices }: Pick<SiteModel, 'points' | 'devices'>,
  originsOf: (device: DeviceId) => Origins,
  declared: Moves,
): Influence => {
  const inputs = new Map(points.map(({ id, inputs: from = [] }) => [id, from]));
  const isMoved = (device: DeviceId, point: PointId, seen: readonly PointId[] = []): boolean => {
    const listed = declared.get(device);
    const isOwn = listed === undefined ? toPlace(point) === toPlace(device) : listed.some((pattern) => isListed(pattern, point));
    if (isOwn || seen.includes(point)) return isOwn;
    return (inputs.get(point) ?? []).some((input) => isMoved(device, input, [...seen, point]));
  };
  const ids = devices.map(({ id }) => id);
  const origins = new Map(ids.map((id) => [id, originsOf(id)]));
  const toFollowers = (claim: (from: Origins, device: DeviceId) => boolean): ReadonlyMap<DeviceId, readonly DeviceId[]> =>
    new Map(ids.map((device) => [device, ids.filter((other) => claim(origins.get(other) ?? nothing, device))]));
  const moved = toFollowers((from, device) => from.points.some((point) => isMoved(device, point)));
  const seen = toFollowers((from, device) => from.devices.includes(device));
  return { moves: (device) => moved.get(device) ?? [], isSeenBy: (device) => seen.get(device) ?? [] };
};

const nothing: Origins = { points: [], devices: [] };
