import { toPersonText, type UserAnswer } from '@phloem/protocol';
import { toTable } from '../bus/table.ts';
import type { ToMoment } from './operator-lines.ts';

/** Users as lines for a terminal. */
export const toUserLines = (users: readonly UserAnswer[], toMoment: ToMoment): readonly string[] =>
  users.length === 0
    ? ['there are no users; add one with phloem user add <name> --role admin']
    : toTable(
        ['user', 'role', 'locations', 'password', 'browsers', 'added'],
        users.map(({ name, role, locations, hasPassword, browsers, createdAt, createdBy }) => [
          name,
          role,
          locations === null ? 'all' : locations.join(', '),
          hasPassword ? 'set' : 'not chosen yet',
          String(browsers),
          `${toMoment(createdAt)}${createdBy === null ? '' : ` by ${toPersonText(createdBy)}`}`,
        ]),
        [4],
      );
