import { formatAuthor, type LocationMark } from '@phloem/protocol';
import { createZonedIsoText } from './zoned-iso-text.ts';
import { toLine, toWords } from './export-csv.ts';

/** Alarms of a site and what people did to them, as a CSV file after RFC 4180, with the times in one zone. */
export const toAlarmCsv = (marks: readonly LocationMark[], timeZone: string): string => {
  const toTime = createZonedIsoText(timeZone);
  const header = [`time (${timeZone})`, `until (${timeZone})`, 'event', 'priority', 'alarm', 'reason', 'by'];
  const lines = marks.map(({ kind, action, at, until, priority, id, text, by }) => {
    const end = until === null ? '' : toTime(until);
    return [
      toTime(at),
      end,
      kind === 'action' ? (action ?? '') : 'alarm',
      priority ?? '',
      ...[id ?? '', text, by === undefined ? '' : formatAuthor(by)].map(toWords),
    ];
  });
  return [header, ...lines].map((fields) => toLine(fields, 'point')).join('');
};
