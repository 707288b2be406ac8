import type { LocationId, Missing, NamedThings } from '@phloem/protocol';
import type { Site } from '../../site/site.ts';
import type { BlockItem } from '../poll/block-item.ts';

/** What a part of the field stands for: where, and what is missing when it does not answer; null where nothing is. */
export type Fed = { readonly locations: readonly LocationId[]; readonly missing: Missing | null };
/** What a bus feeds; with a unit, what that unit feeds. */
export type FedPlaces = {
  readonly of: (bus: string, unit?: number) => Fed;
  /** What an exchange would have reported. */
  readonly ofItems: (items: readonly BlockItem[]) => Fed;
};

type Named = Pick<Site, 'locations' | 'points' | 'devices'>;
type Thing = { readonly id: string; readonly title: string; readonly isDevice: boolean };

/** So many titles are named, and of the others how many there are. */
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
  const missing = { rooms: rooms.map(({ title }) => title), points: toNames(points), devices: toNames(devices) };
  return { locations: rooms.map(({ id }) => id), missing: things.length === 0 ? null : missing };
};

const toNames = (things: readonly Thing[]): NamedThings => {
  const names = [...new Set(things.map(({ title }) => title))];
  return { names: names.slice(0, shownNames), titles: names.length, count: things.length };
};
