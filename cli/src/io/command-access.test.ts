import { Command } from 'commander';
import { commandAccess } from '@phloem/backend/client';
import { expect, it } from 'vitest';
import { addProcessCommands } from './process-commands.ts';
import { addToolCommands } from './tool-commands.ts';

const toLeaves = (command: Command, path: readonly string[] = []): readonly string[] =>
  command.commands.length === 0 ? [path.join(' ')] : command.commands.flatMap((one) => toLeaves(one, [...path, one.name()]));

it('has a row in the table of permissions for each command, and a command for each row', () => {
  const program = new Command('phloem');
  addProcessCommands(program, '0.0.0');
  addToolCommands(program);
  expect(Object.keys(commandAccess).toSorted()).toEqual(toLeaves(program).toSorted());
});
