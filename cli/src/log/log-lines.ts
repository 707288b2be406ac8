import type { LogCheck, LogProblem, LogStats } from '@phloem/backend/data-folder';
import { toIsoText } from '@phloem/protocol';

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${n === 1 ? what : `${what}s`}`;
const range = ({ from, to }: Pick<LogProblem, 'from' | 'to'>): string => (from === to ? `entry ${from}` : `entries ${from} to ${to}`);

const sentences: Readonly<Record<LogProblem['kind'], (problem: LogProblem) => string>> = {
  'segment-missing': (problem) => `segments/${problem.file} is missing: ${range(problem)} cannot be read`,
  'segment-damaged': (problem) => `segments/${problem.file} is damaged: ${range(problem)} cannot be read`,
  'segment-altered': (problem) =>
    `segments/${problem.file} is not the file that the hub wrote: ${range(problem)} can be read, but are not proven`,
  'chain-broken': (problem) => `segments/${problem.file} names another file before it than the one that is there`,
  'entries-missing': (problem) => `${range(problem)} are missing in hub.db`,
  'entries-damaged': (problem) => `${range(problem)} in hub.db: damaged`,
};

/** What a check found, for people. */
export const toCheckLines = ({ entries, segments, problems }: LogCheck): readonly string[] =>
  problems.length === 0
    ? [`${entries.toLocaleString('en')} entries and ${count(segments, 'segment')} are as they were written.`]
    : [
        ...problems.map((problem) => sentences[problem.kind](problem)),
        `${count(problems.length, 'problem')}. The hub shows lost entries as gaps. Restore a copy of the data folder, or stop the hub and run phloem repair.`,
      ];

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size as people read it. */
export const toSizeText = (bytes: number): string => {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
};

/** The figures of a log, for people. */
export const toStatsLines = ({ first, head, fromAt, toAt, segments, rows, files }: LogStats): readonly string[] => {
  if (fromAt === null || toAt === null) return ['The log is empty.'];
  const perReading = segments.readings === 0 ? '' : `, ${(segments.bytes / segments.readings).toFixed(2)} bytes per reading`;
  return [
    `entries    ${first} to ${head}, from ${toIsoText(fromAt)} to ${toIsoText(toAt)}`,
    `sealed     ${segments.entries} in ${count(segments.count, 'segment')}, ${toSizeText(segments.bytes)}${perReading}`,
    `in hub.db  ${rows.count}`,
    `files      hub.db ${toSizeText(files.log)}, its write-ahead log ${toSizeText(files.writeAhead)}, history.db ${toSizeText(files.history)}`,
  ];
};
