import { toLocation, type Entry, type Filter, type LocationId } from '@phloem/protocol';

/** The location that an entry belongs to; null for what concerns the whole hub. */
const locationOf = (entry: Entry): LocationId | null => {
  switch (entry.kind) {
    case 'sensor':
    case 'late':
      return entry.location;
    case 'device':
    case 'override':
      return toLocation(entry.device);
    default:
      return null;
  }
};

/** Makes the test of whether an entry passes. A filter that says nothing lets everything pass. */
export const createFilter = ({ kinds, locations }: Filter): ((entry: Entry) => boolean) => {
  const wantedKinds = kinds === undefined ? null : new Set<string>(kinds);
  const wantedLocations = locations === undefined ? null : new Set(locations);
  return (entry) => {
    if (wantedKinds !== null && !wantedKinds.has(entry.kind)) return false;
    if (wantedLocations === null) return true;
    const location = locationOf(entry);
    return location === null || wantedLocations.has(location);
  };
};

/** The part of what a filter asks for that somebody may see; undefined for everything. */
export const restrictFilter = (filter: Filter, sees: readonly LocationId[] | undefined): Filter => {
  if (sees === undefined) return filter;
  const { locations = sees } = filter;
  return { ...filter, locations: locations.filter((location) => sees.includes(location)) };
};

/** Filters that let the same pass have the same key. */
export const toFilterKey = ({ kinds, locations }: Filter): string =>
  JSON.stringify([kinds?.toSorted() ?? null, locations?.toSorted() ?? null]);
