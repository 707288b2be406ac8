import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { dataFiles, parsePublicUrl } from '@phloem/backend/client';
import { demonstration, panelFolder, processes } from './places.ts';
import { runPassThrough } from './pass-through.ts';
import {
  bundle,
  data,
  keepDays,
  keepGigabytes,
  listen,
  simulatorControlPort,
  simulatorPort,
  port,
  publicUrl,
  site,
  tlsCert,
  tlsKey,
  toRetention,
  toTlsListen,
} from './shared-options.ts';

/** The commands that run a process of Phloem. */
export const processCommands: ReadonlySet<string> = new Set(['start', 'hub', 'automation', 'simulator']);

const toPublicUrl = (text: string | undefined): URL | null => (text === undefined ? null : parsePublicUrl(text));
/** What people type is seen from where they stand. */
const toFolder = (folder: string | undefined): string | null => (folder === undefined ? null : resolve(folder));

/** Adds the commands that run a process of Phloem; each loads only what it needs. */
export const addProcessCommands = (program: Command, version: string): void => {
  addStart(program, version);
  addHub(program, version);
  addAutomation(program);
  addSimulator(program);
};

const addStart = (program: Command, version: string): Command =>
  program
    .command('start')
    .description('runs everything on this machine: simulator (without --site), hub, automation, panel')
    .addOption(port())
    .addOption(simulatorPort())
    .addOption(simulatorControlPort())
    .addOption(data())
    .addOption(site())
    .addOption(bundle())
    .addOption(publicUrl())
    .addOption(listen())
    .addOption(tlsCert())
    .addOption(tlsKey())
    .addOption(keepDays())
    .addOption(keepGigabytes())
    .option('--no-open', 'do not open the panel in a browser')
    .option('--single-process', 'run hub and automation in one process: the least memory, and no restart of one without the other')
    .action(
      async (options: {
        port: number;
        simulatorPort: number;
        simulatorControlPort: number;
        data: string;
        site?: string;
        bundle?: string;
        publicUrl?: string;
        listen?: string;
        tlsCert?: string;
        tlsKey?: string;
        keepDays: number;
        keepGigabytes: number;
        open: boolean;
        singleProcess?: boolean;
      }) => {
        const start =
          options.singleProcess === true ? (await import('./start-single.ts')).startSingle : (await import('./start.ts')).startMesh;
        return start({
          ...options,
          data: resolve(options.data),
          site: toFolder(options.site),
          bundle: toFolder(options.bundle),
          publicUrl: toPublicUrl(options.publicUrl),
          tlsListen: toTlsListen(options),
          version,
        });
      },
    );

type HubOptions = {
  readonly port: number;
  readonly simulatorPort: number;
  readonly data: string;
  readonly site?: string;
  readonly bundle?: string;
  readonly publicUrl?: string;
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly keepDays: number;
  readonly keepGigabytes: number;
};

const addHub = (program: Command, version: string): Command =>
  program
    .command('hub')
    .description('runs the hub: field buses, log, device gate, HTTP and sockets, panel')
    .addOption(port())
    .addOption(simulatorPort())
    .addOption(data())
    .addOption(site())
    .addOption(bundle())
    .addOption(publicUrl())
    .addOption(listen())
    .addOption(tlsCert())
    .addOption(tlsKey())
    .addOption(keepDays())
    .addOption(keepGigabytes())
    .action(async (options: HubOptions) =>
      (await import('@phloem/backend/process')).runHubProcess({
        ...options,
        data: resolve(options.data),
        site: toFolder(options.site) ?? demonstration.site,
        isDemonstration: options.site === undefined,
        panelFolder,
        why: processes.why,
        bundle: toFolder(options.bundle),
        publicUrl: toPublicUrl(options.publicUrl),
        tlsListen: toTlsListen(options),
        retention: toRetention(options),
        version,
      }),
    );

const addAutomation = (program: Command): Command =>
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

const addSimulator = (program: Command): Command =>
  program
    .command('simulator')
    .description('runs the simulator: a Modbus TCP server with three simulated rooms')
    .addOption(simulatorPort())
    .addOption(simulatorControlPort())
    .option('--seed <n>', 'the same seed gives the same day', '1')
    .option('--speed <n>', 'speed relative to real time', '1')
    .option('--ledger <path>', 'append every write to this file')
    .action((options: { simulatorPort: number; simulatorControlPort: number; seed: string; speed: string; ledger?: string }) =>
      runPassThrough('simulator', [
        ...processes.simulator,
        '--port',
        String(options.simulatorPort),
        '--control-port',
        String(options.simulatorControlPort),
        '--seed',
        options.seed,
        '--speed',
        options.speed,
        ...(options.ledger === undefined ? [] : ['--ledger', options.ledger]),
      ]),
    );
