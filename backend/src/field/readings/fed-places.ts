import type { LocationId } from '@phloem/protocol';
import type { Site } from '../../site/site.ts';
import type { BlockItem } from '../poll/block-item.ts';

/** What a part of the field stands for: where, and in words what is missing when it does not answer. */
export type Fed = { readonly locations: readonly LocationId[]; readonly missing: string };
/** What a bus feeds; with a unit, what that unit feeds. */
export type FedPlaces = {
  readonly of: (bus: string, unit?: number) => Fed;
  /** What an exchange would have reported. */
  readonly ofItems: (items: readonly BlockItem[]) => Fed;
};

type Named = Pick<Site, 'locations' | 'points' | 'devices'>;
type Thing = { readonly id: string; readonly title: string; readonly isDevice: boolean };

const shownNames = 3;

/** Makes the function that says what depends on a bus or a unit: a technician knows units, a grower rooms. */
export const createFedPlaces = (site: Named): FedPlaces => {
  const things = [
    ...site.points.flatMap(({ id, title, source }) =>
      source.kind === 'register' ? [{ id, title: toProbeTitle(id, title), isDevice: false, places: [source] }] : [],
    ),
    ...site.devices.map(({ id, title, write, readBack }) => ({ id, title, isDevice: true, places: [write, readBack] })),
  ];
  return {
    of: (bus, unit) =>
      toFed(
        site.locations,
        things.filter(({ places }) => places.some((place) => place.bus === bus && (unit === undefined || place.unit === unit))),
      ),
    ofItems: (items) =>
      toFed(
        site.locations,
        items.map((item) =>
          item.kind === 'point'
            ? { id: item.point.id, title: toProbeTitle(item.point.id, item.point.title), isDevice: false }
            : { id: item.device.id, title: item.device.title, isDevice: true },
        ),
      ),
  };
};

/** Several probes of a room have one title: `Temperature (middle)`. */
const toProbeTitle = (id: string, title: string): string => `${title} (${(id.split('/')[1] ?? '').replaceAll('_', ' ')})`;

const toFed = (locations: Named['locations'], things: readonly Thing[]): Fed => {
  const rooms = locations.filter(({ id }) => things.some((thing) => thing.id.startsWith(`${id}/`)));
  const points = things.filter(({ isDevice }) => !isDevice);
  const devices = things.filter(({ isDevice }) => isDevice);
  const parts = [
    ...(points.length === 0 ? [] : [`${toNames(points, rooms.length)} cannot be read`]),
    ...(devices.length === 0 ? [] : [`${toNames(devices, rooms.length)} cannot be switched`]),
  ];
  const where = rooms.map(({ title }) => title).join(', ');
  return { locations: rooms.map(({ id }) => id), missing: parts.length === 0 ? '' : `${where}: ${parts.join('; ')}` };
};

/** Names where they are few and of one room, else how many. */
const toNames = (things: readonly Thing[], rooms: number): string => {
  const what = things[0]?.isDevice === true ? 'devices' : 'points';
  if (rooms > 1) return `${things.length} ${things.length === 1 ? what.slice(0, -1) : what}`;
  const names = [...new Set(things.map(({ title }) => title))];
  const rest = names.length - shownNames;
  return rest > 0 ? `${names.slice(0, shownNames).join(', ')} and ${rest} more` : names.join(', ');
};
