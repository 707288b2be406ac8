import type { ClusterId, LocationId, MeasurementId, PointId, ScopeId } from './names.ts';

/** The id of the point that a cluster's measurement makes. */
export const toPointId = (location: LocationId, cluster: ClusterId, measurement: MeasurementId): PointId =>
  `${location}/${cluster}/${measurement}`;

/** The location of a point, or of a device: the word before the first `/`. */
export const toLocation = (id: PointId): LocationId => id.slice(0, id.indexOf('/'));

/** The scope that covers these locations; their order and repetition do not matter. */
export const toScopeId = (locations: readonly LocationId[]): ScopeId => [...new Set(locations)].toSorted().join('+');

/** The locations that a scope covers, in order. */
export const toLocations = (scope: ScopeId): readonly LocationId[] => scope.split('+');

/** Claims that the two scopes share at least one location. */
export const hasOverlap = (a: ScopeId, b: ScopeId): boolean => {
  const locations = new Set(toLocations(a));
  return toLocations(b).some((location) => locations.has(location));
};
