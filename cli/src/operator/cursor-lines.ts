import type { CursorAnswer } from '@phloem/protocol';
import { toTable } from '../bus/table.ts';
import type { ToMoment } from './operator-lines.ts';

const notes: Readonly<Record<CursorAnswer['state'], string>> = { good: '', behind: 'will soon lose entries', lost: 'has lost entries' };

/** Named cursors as lines for a terminal. */
export const toCursorLines = (cursors: readonly CursorAnswer[], toMoment: ToMoment): readonly string[] =>
  cursors.length === 0
    ? ['there are no named cursors']
    : toTable(
        ['cursor', 'node', 'behind', 'committed', '', ''],
        cursors.map(({ name, node, lag, committedAt, isConnected, state }) => [
          name,
          node,
          String(lag),
          toMoment(committedAt),
          isConnected ? 'connected' : 'not connected',
          notes[state],
        ]),
        [2],
      );
