import { formatAuthor, type Entry } from '@phloem/protocol';
import { toLives } from './commands.ts';

/** The commands of a log that have no end, one line each: which device, what it was commanded by whom, and each phase since then. */
export const describeOpenCommands = (log: readonly Entry[]): readonly string[] =>
  toLives(log)
    .filter(({ ends }) => ends.length === 0)
    .map(({ id, device, accepted }) => {
      const phases = log.flatMap((entry) => (entry.kind === 'device' && entry.id === id ? [entry] : []));
      const course = phases.map(({ phase, lsn, up, why }) => {
        const after = Math.round(up - accepted.up);
        return `${phase} at ${lsn} after ${after} ms (${why?.code ?? 'no reason'})`;
      });
      const { value, by, term = 'no' } = accepted;
      return `${device} to ${String(value)} by ${by === undefined || by === null ? 'nobody' : formatAuthor(by)} under ${term} term: ${course.join(', ')}; ${id}`;
    });
