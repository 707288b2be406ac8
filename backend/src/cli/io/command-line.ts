import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Fault } from '@phloem/protocol';
import { parsePublicUrl } from '../../http/access.ts';
import { shieldMinus } from '../setpoints/setpoint-lines.ts';
import { addBusCommand } from './bus.ts';
import { checkFolder } from './check.ts';
import { runHubProcess } from './hub-process.ts';
import { dataFiles, processes, root } from './places.ts';
import { addOperatorCommands } from './operator.ts';
import { addPointCommand } from './point.ts';
import { checkProfile, listProfiles, showProfile } from './profiles.ts';
import { pushFolder } from './push.ts';
import { runPassThrough } from './pass-through.ts';
import { addRulesCommand } from './rules.ts';
import { addSetpointCommand } from './setpoint.ts';
import { startMesh } from './start.ts';
import { addKioskCommand } from './kiosk.ts';
import { createTokenCommand } from './token.ts';

const toPort = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is a whole number from 0 to 65535 (0: any free one).');
  return port;
};

const port = () => new Option('--port <port>', 'HTTP and sockets of the hub').env('PHLOEM_PORT').default(8420).argParser(toPort);
const plantPort = () =>
  new Option('--plant-port <port>', 'Modbus TCP of the simulated plant').env('PHLOEM_PLANT_PORT').default(5020).argParser(toPort);
const plantControlPort = () =>
  new Option('--plant-control-port <port>', 'faults and ledger of the simulated plant, over HTTP')
    .env('PHLOEM_PLANT_CONTROL_PORT')
    .default(5021)
    .argParser(toPort);
const data = () => new Option('--data <folder>', 'where everything is kept').env('PHLOEM_DATA').default('./data');
const site = () => new Option('--site <folder>', 'the site documents; without it, the demonstration').env('PHLOEM_SITE');
const bundle = () => new Option('--bundle <folder>', 'the bundle documents that become live as it starts');
const publicUrl = () =>
  new Option('--public-url <url>', 'where a web server on this machine passes phones and wall screens on to the hub, with TLS').env(
    'PHLOEM_PUBLIC_URL',
  );
const toPublicUrl = (text: string | undefined): URL | null => (text === undefined ? null : parsePublicUrl(text));
/** What people type is seen from where they stand. */
const toFolder = (folder: string | undefined): string | null => (folder === undefined ? null : resolve(folder));

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/**
 * Runs one command of `phloem`.
 *
 * @throws Fault for everything that somebody can put right; its message says how.
 */
export const runCommandLine = async (args: readonly string[]): Promise<void> => {
  const program = new Command('phloem')
    .description('Carries sensor frames and device states between instruments, automation and people.')
    .version(version)
    .showHelpAfterError('(add --help to see what can be said)')
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true });

  program
    .command('start')
    .description('runs the whole mesh on this machine: plant (without --site), hub, automation, panel')
    .addOption(port())
    .addOption(plantPort())
    .addOption(plantControlPort())
    .addOption(data())
    .addOption(site())
    .addOption(bundle())
    .addOption(publicUrl())
    .option('--no-open', 'do not open the panel in a browser')
    .action(
      (options: {
        port: number;
        plantPort: number;
        plantControlPort: number;
        data: string;
        site?: string;
        bundle?: string;
        publicUrl?: string;
        open: boolean;
      }) =>
        startMesh({
          ...options,
          data: resolve(options.data),
          site: toFolder(options.site),
          bundle: toFolder(options.bundle),
          publicUrl: toPublicUrl(options.publicUrl),
          version,
        }),
    );

  program
    .command('hub')
    .description('runs the hub: field buses, log, device gate, HTTP and sockets, panel')
    .addOption(port())
    .addOption(plantPort())
    .addOption(data())
    .addOption(site())
    .addOption(bundle())
    .addOption(publicUrl())
    .action((options: { port: number; plantPort: number; data: string; site?: string; bundle?: string; publicUrl?: string }) =>
      runHubProcess({
        ...options,
        data: resolve(options.data),
        site: toFolder(options.site),
        bundle: toFolder(options.bundle),
        publicUrl: toPublicUrl(options.publicUrl),
        version,
      }),
    );

  program
    .command('automation')
    .description('runs an automation service; its rules come from the hub')
    .addOption(port())
    .option('--node <id>', 'the name of this node', 'automation-1')
    .option('--token-file <path>', 'the file that holds its token (default: secrets/<node>.token in the data folder)')
    .addOption(data())
    .action((options: { port: number; node: string; tokenFile?: string; data: string }) => {
      const folder = resolve(options.data);
      const tokenFile = options.tokenFile ?? join(folder, `secrets/${options.node}.token`);
      return runPassThrough('automation', [
        ...processes.automation,
        '--hub',
        `http://127.0.0.1:${options.port}`,
        '--node',
        options.node,
        '--token-file',
        tokenFile,
        '--data',
        dataFiles(folder).automation,
      ]);
    });

  program
    .command('plant')
    .description('runs the simulated plant: a Modbus TCP server with three rooms behind it')
    .addOption(plantPort())
    .addOption(plantControlPort())
    .option('--seed <n>', 'the same seed lives the same day', '1')
    .option('--speed <n>', 'how much faster than time', '1')
    .option('--ledger <path>', 'append every write to this file')
    .action((options: { plantPort: number; plantControlPort: number; seed: string; speed: string; ledger?: string }) =>
      runPassThrough('plant', [
        ...processes.plant,
        '--port',
        String(options.plantPort),
        '--control-port',
        String(options.plantControlPort),
        '--seed',
        options.seed,
        '--speed',
        options.speed,
        ...(options.ledger === undefined ? [] : ['--ledger', options.ledger]),
      ]),
    );

  program
    .command('check')
    .description('checks a folder of site or bundle documents')
    .argument('<folder>', 'the folder')
    .option('--site <folder>', 'the site to check a bundle against (default: the demonstration)')
    .action((folder: string, options: { site?: string }) =>
      checkFolder(resolve(folder), options.site === undefined ? null : resolve(options.site)),
    );

  program
    .command('push')
    .description('makes a folder of bundle documents the live bundle of a running hub')
    .argument('<folder>', 'the folder')
    .addOption(port())
    .addOption(data())
    .action((folder: string, options: { port: number; data: string }) =>
      pushFolder(resolve(folder), { port: options.port, tokenFile: dataFiles(resolve(options.data)).adminToken }),
    );

  addRulesCommand(program, { port, data });

  const json = () => new Option('--json', 'for programs').default(false);
  const profile = program.command('profile').description('what the registers of instruments mean');
  profile
    .command('list')
    .description('lists the profiles that come with the hub')
    .addOption(json())
    .action((options: { json: boolean }) => listProfiles(options.json));
  profile
    .command('show')
    .description('shows the points of a profile, and its source')
    .argument('<profile>', 'its name')
    .addOption(json())
    .action((name: string, options: { json: boolean }) => showProfile(name, options.json));
  profile
    .command('check')
    .description('checks a profile of your own')
    .argument('<file>', 'a file of JSON')
    .addOption(json())
    .action((path: string, options: { json: boolean }) => checkProfile(resolve(path), options.json));

  addBusCommand(program, { port, data });
  addPointCommand(program, { port, data });
  addOperatorCommands(program, { port, data });
  addSetpointCommand(program, { port, data });

  const token = program.command('token').description('credentials of nodes, and of screens on walls');
  token
    .command('create')
    .description('makes a token and prints it; it is shown this once')
    .addOption(new Option('--role <role>', 'what its bearer may do').choices(['viewer', 'automation']).makeOptionMandatory())
    .addOption(new Option('--node <id>', 'the name of the node that will use it').makeOptionMandatory())
    .addOption(port())
    .addOption(data())
    .action((options: { role: 'viewer' | 'automation'; node: string; port: number; data: string }) =>
      createTokenCommand({ ...options, data: resolve(options.data) }),
    );
  addKioskCommand(token, { port, data });

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
