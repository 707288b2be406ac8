import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LineSettings } from '@phloem/protocol';
import { parseUnits } from '../bus/scan-plan.ts';
import { parseBauds, parseParities } from '../bus/scan-speeds.ts';
import { showBusHealth } from './bus-health.ts';
import { showBusPlan } from './bus-plan.ts';
import { readBus } from './bus-read.ts';
import { scanBus } from './bus-scan.ts';
import { watchBus } from './bus-watch.ts';
import { demonstration } from './places.ts';

type HubOptions = { readonly port: number; readonly data: string };
type Target = HubOptions & { readonly bus?: string };

const within =
  (name: string, min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`${name} is a whole number from ${min} to ${max}.`);
    return value;
  };
const json = (): Option => new Option('--json', 'as JSON, for programs').default(false);
const busName = (): Option => new Option('--bus <id>', 'which bus (default: the only one)');
const unit = (): Option => new Option('--unit <n>', 'which unit').argParser(within('a unit', 0, 255));
const toShare = (text: string): number => within('a share', 1, 100)(text) / 100;

type Shared = { readonly port: () => Option; readonly data: () => Option };

/** `phloem bus …`: what a technician asks of the lines to the instruments, all of it through the running hub. */
export const addBusCommand = (program: Command, shared: Shared): void => {
  const bus = program.command('bus').description('shows, scans and reads the buses of a running hub');
  addScan(bus, shared);
  addRead(bus, shared);
  addWatch(bus, shared);
  addHealthAndPlan(bus, shared);
};

const addScan = (bus: Command, { port, data }: Shared): void => {
  bus
    .command('scan')
    .description('scans for units in the spare time of the bus; prints the cost first')
    .addOption(busName())
    .addOption(new Option('--units <list>', 'which addresses, such as 1-16,20').default(parseUnits('1-247'), '1-247').argParser(parseUnits))
    .addOption(
      new Option(
        '--baud <list>',
        'on a serial line: also at these speeds, such as 9600,19200, or usual; instruments at other speeds see noise',
      ).argParser(parseBauds),
    )
    .addOption(
      new Option(
        '--parity <list>',
        'with these parities: none, even, odd, or all (default: that of the line; with usual, none and even)',
      ).argParser(parseParities),
    )
    .addOption(
      new Option('--share <percent>', 'maximum share of the line; the hub allows at most half for all manual reads')
        .default(0.5, '50')
        .argParser(toShare),
    )
    .addOption(json())
    .addOption(port())
    .addOption(data())
    .action(
      (
        options: Target & {
          units: readonly number[];
          baud?: readonly number[];
          parity?: readonly LineSettings['parity'][];
          share: number;
          json: boolean;
        },
      ) => scanBus({ ...options, data: resolve(options.data) }),
    );
};

const addRead = (bus: Command, { port, data }: Shared): void => {
  bus
    .command('read')
    .description('reads registers and shows every interpretation')
    .argument('<register>', '40012 or h12 (from 1), 0x0B (on the wire, from 0), 3/40012 with its unit; i, c, d for the other tables')
    .addOption(busName())
    .addOption(unit())
    .addOption(new Option('--count <n>', 'how many registers or bits').default(2).argParser(within('a count', 1, 2000)))
    .addOption(new Option('--function <n>', 'the function, if the register does not imply it').argParser(within('a function', 1, 4)))
    .addOption(json())
    .addOption(port())
    .addOption(data())
    .action((register: string, options: Target & { unit?: number; count: number; function?: number; json: boolean }) =>
      readBus(register, { ...options, data: resolve(options.data) }),
    );
};

const addWatch = (bus: Command, { port, data }: Shared): void => {
  bus
    .command('watch')
    .description('shows every exchange live: bytes, changes and duration')
    .addOption(busName())
    .addOption(unit())
    .option('--point <id>', 'only what is read for this point')
    .option('--fast', 'also read that point five times per second', false)
    .addOption(new Option('--recent <n>', 'number of past exchanges to show first').default(0).argParser(within('a number', 0, 50)))
    .addOption(new Option('--count <n>', 'exit after this many exchanges').argParser(within('a count', 1, 1_000_000)))
    .addOption(json())
    .addOption(port())
    .addOption(data())
    .action((options: Target & { unit?: number; point?: string; fast: boolean; recent: number; count?: number; json: boolean }) =>
      watchBus({ ...options, count: options.count ?? null, data: resolve(options.data) }),
    );
};

const addHealthAndPlan = (bus: Command, { port, data }: Shared): void => {
  bus
    .command('health')
    .description('shows the load of each bus and the state of its units')
    .addOption(json())
    .addOption(port())
    .addOption(data())
    .action((options: HubOptions & { json: boolean }) => showBusHealth({ ...options, data: resolve(options.data) }));
  bus
    .command('plan')
    .description('shows the polls of a site and their cost per bus, before it runs')
    .argument('[folder]', 'the site documents', demonstration.site)
    .addOption(json())
    .action((folder: string, options: { json: boolean }) => showBusPlan(resolve(folder), options.json));
};
