import { Option, type Command } from 'commander';
import type { CursorAnswer } from '@phloem/protocol';
import { toCursorLines } from '../operator/cursor-lines.ts';
import { printTimes, toClient, type HubOptions } from './print-answer.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };

/** Adds `phloem cursors`: the cursors that the hub keeps for bridges and other nodes, through the running hub. */
export const addCursorCommands = (program: Command, { port, data }: Shared): void => {
  const cursors = program.command('cursors').description('lists and removes the named cursors of bridges');
  const withHub = (command: Command): Command =>
    command.addOption(port()).addOption(data()).addOption(new Option('--json', 'for programs').default(false));

  withHub(cursors.command('list', { isDefault: true }).description('shows each cursor, and how many entries it is behind')).action(
    async (options: HubOptions) =>
      printTimes(options, await toClient(options).get<readonly CursorAnswer[]>('/api/v1/cursors'), toCursorLines),
  );
  withHub(
    cursors.command('remove').description('removes a cursor that no connected node uses').argument('<name>', 'as the list names it'),
  ).action(async (name: string, options: HubOptions) =>
    printTimes(
      options,
      await toClient(options).delete<readonly CursorAnswer[]>(`/api/v1/cursors/${encodeURIComponent(name)}`, {}),
      toCursorLines,
    ),
  );
};
