import { toPrintable } from '@phloem/protocol';

const levels: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warning', 50: 'error', 60: 'fatal' };

/** What every line of a log says about its process; a person who started them all knows it. */
const known = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'node', 'err', 'message']);

/**
 * A line that a part of the installation printed, as a person reads it: `  17:28:59 automation  warning: not connected, tries
 * again (why: transport close)`. What is no line of a log stays as it is, but for what cannot be printed.
 */
export const toNoteLine = (part: string, line: string, toTimeText: (at: number) => string): string => {
  const note = parseNote(line);
  if (note === null) return toPrintable(line);
  const { level, time, msg, err, message } = note;
  const details = Object.entries(note)
    .filter(([key]) => !known.has(key))
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const why = typeof message === 'string' ? [message] : typeof err?.message === 'string' ? [err.message] : [];
  const more = [...why, ...details].join(', ');
  return toPrintable(`  ${toTimeText(time)} ${part.padEnd(11)} ${levels[level] ?? level}: ${msg}${more === '' ? '' : ` (${more})`}`);
};

type Note = {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly err?: { readonly message?: unknown };
  readonly message?: unknown;
};

const parseNote = (line: string): Note | null => {
  if (!line.startsWith('{')) return null;
  try {
    const value = JSON.parse(line) as Partial<Note>;
    return typeof value.level === 'number' && typeof value.time === 'number' && typeof value.msg === 'string' ? (value as Note) : null;
  } catch {
    // Not a line of a log; it is shown as it came.
    return null;
  }
};
