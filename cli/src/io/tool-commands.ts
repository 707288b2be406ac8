import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { dataFiles } from '@phloem/backend/client';
import { addBridgeCommand } from './bridge.ts';
import { addBusCommand } from './bus.ts';
import { addAlarmCommands } from './alarms.ts';
import { addOperatorCommands } from './operator.ts';
import { addPointCommand } from './point.ts';
import { addRulesCommand } from './rules.ts';
import { addSetpointCommand } from './setpoint.ts';
import { data, port, toCount } from './shared-options.ts';
import { addCursorCommands } from './cursors.ts';
import { addNotifyCommands } from './notify.ts';
import { addUserCommand } from './user.ts';
import { addLogCommands } from './log-commands.ts';
import { addTokenCommand } from './token.ts';

/** What a command alone needs is loaded by it alone. */
const load = {
  check: () => import('./check.ts'),
  push: () => import('./push.ts'),
  repair: () => import('./repair.ts'),
  profiles: () => import('./profiles.ts'),
};

/** Adds the commands that do one thing and end. */
export const addToolCommands = (program: Command): void => {
  program
    .command('check')
    .description('checks a folder of site or bundle documents')
    .argument('<folder>', 'the folder')
    .option('--site <folder>', 'the site to check a bundle against (default: the demonstration)')
    .action(async (folder: string, options: { site?: string }) =>
      (await load.check()).checkFolder(resolve(folder), options.site === undefined ? null : resolve(options.site)),
    );

  program
    .command('push')
    .description('activates a folder of bundle documents on a running hub, after it has shown the differences')
    .argument('<folder>', 'the folder')
    .option('--yes', 'do not ask', false)
    .option('--message <text>', 'what changed and why; recorded with the revision')
    .option('--parent <revision>', 'the live revision that you have seen, 0 for none (default: the one that is compared with)', toCount)
    .addOption(port())
    .addOption(data())
    .action(async (folder: string, options: { port: number; data: string; yes: boolean; message?: string; parent?: number }) =>
      (await load.push()).pushFolder(resolve(folder), { ...options, tokenFile: dataFiles(resolve(options.data)).adminToken }),
    );

  program
    .command('repair')
    .description('checks the log of a stopped hub, and repairs damage')
    .option('--accept-empty-log', 'begin an empty log if the file is missing', false)
    .addOption(data())
    .action(async (options: { data: string; acceptEmptyLog: boolean }) =>
      (await load.repair()).repairData({ ...options, data: resolve(options.data) }),
    );

  addRulesCommand(program, { port, data });

  const json = () => new Option('--json', 'as JSON, for programs').default(false);
  const profile = program.command('profile').description('lists, shows and checks register profiles of instruments');
  profile
    .command('list')
    .description('lists the built-in profiles')
    .addOption(json())
    .action(async (options: { json: boolean }) => (await load.profiles()).listProfiles(options.json));
  profile
    .command('show')
    .description('shows the points of a profile, and its source')
    .argument('<profile>', 'its name')
    .addOption(json())
    .action(async (name: string, options: { json: boolean }) => (await load.profiles()).showProfile(name, options.json));
  profile
    .command('check')
    .description('checks a profile of your own')
    .argument('<file>', 'a JSON file')
    .addOption(json())
    .action(async (path: string, options: { json: boolean }) => (await load.profiles()).checkProfile(resolve(path), options.json));

  addBusCommand(program, { port, data });
  addBridgeCommand(program, { port, data });
  addPointCommand(program, { port, data });
  addOperatorCommands(program, { port, data });
  addAlarmCommands(program, { port, data });
  addSetpointCommand(program, { port, data });

  addUserCommand(program, { port, data });
  addTokenCommand(program, { port, data });
  addCursorCommands(program, { port, data });
  addNotifyCommands(program, { port, data });
  addLogCommands(program, { data });
};
