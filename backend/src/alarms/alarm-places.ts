import { parseAlarmId, toLocation, toLocations, type AlarmStatus, type LocationId } from '@phloem/protocol';

/** The locations that an alarm is about, by its entry or else by its name; none where it is about none, or nobody can say. */
export const toAlarmPlaces = ({ alarm, locations }: Pick<AlarmStatus, 'alarm' | 'locations'>): readonly LocationId[] => {
  if (locations !== undefined) return locations;
  const subject = parseAlarmId(alarm);
  switch (subject.kind) {
    case 'device':
      return [toLocation(subject.device)];
    case 'point':
      return [toLocation(subject.point)];
    case 'automation':
      return toLocations(subject.scope);
    case 'document':
      return [toLocation(subject.id)];
    default:
      return [];
  }
};
