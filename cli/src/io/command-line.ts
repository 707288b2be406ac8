import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { Fault } from '@phloem/protocol';
import { root } from './places.ts';
import { addProcessCommands, processCommands } from './process-commands.ts';
import { shieldMinus } from '../setpoints/shield-minus.ts';

const { version } = JSON.parse(readFileSync(join(root, 'cli/package.json'), 'utf8')) as { version: string };

/**
 * Runs one command of `phloem`.
 *
 * @throws Fault for everything that somebody can put right; its message says how.
 */
export const runCommandLine = async (args: readonly string[]): Promise<void> => {
  const program = new Command('phloem')
    .description('Carries sensor frames and device states between instruments, automation and people.')
    .version(version)
    .showHelpAfterError('(add --help for usage)')
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true });

  addProcessCommands(program, version);
  // A process starts without the tools: to load them takes longer than all the rest of its start.
  if (!processCommands.has(args[0] ?? '')) (await import('./tool-commands.ts')).addToolCommands(program);

  try {
    await program.parseAsync([...shieldMinus(args)], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed help, version, or what is wrong.
    if (error.exitCode === 0) return;
    process.exitCode = 2;
    if (error.code === 'commander.help') return;
    if (error.message === '') throw new Fault('cli/usage', 'see --help', { cause: error });
  }
};
