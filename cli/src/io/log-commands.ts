import { resolve } from 'node:path';
import { Option, type Command } from 'commander';

/** What a command alone needs is loaded by it alone. */
const load = { log: () => import('./log.ts'), export: () => import('./export.ts') };

type ExportFlags = {
  readonly data: string;
  readonly csv?: string;
  readonly parquet?: string;
  readonly from?: string;
  readonly to?: string;
  readonly points?: string;
  readonly force: boolean;
};

/** Adds `phloem log` and `phloem export`, which read the log of a data folder while a hub uses it, or when none does. */
export const addLogCommands = (program: Command, { data }: { readonly data: () => Option }): void => {
  const json = () => new Option('--json', 'as JSON, for programs').default(false);
  const log = program.command('log').description('checks the log of a data folder, and shows its size');
  log
    .command('verify')
    .description('reads the whole log and compares it with its checksums; the exit code is 2 when something is damaged')
    .addOption(data())
    .addOption(json())
    .action(async (options: { data: string; json: boolean }) => (await load.log()).verifyData({ ...options, data: resolve(options.data) }));
  log
    .command('stats')
    .description('shows how far back the log goes, and what it takes on the disk')
    .addOption(data())
    .addOption(json())
    .action(async (options: { data: string; json: boolean }) => (await load.log()).showStats({ ...options, data: resolve(options.data) }));

  program
    .command('export')
    .description('writes the readings in the log to a file')
    .option('--csv <file>', 'as CSV: time, point, value, quality')
    .option('--parquet <file>', 'as Apache Parquet, for pandas, DuckDB and others')
    .option('--from <time>', 'from this time on: 2026-03-01, or 2026-03-01T06:00Z (default: the oldest reading)')
    .option('--to <time>', 'up to this time (default: the newest reading)')
    .option('--points <list>', 'points by their ids, with commas between; * stands for one part (default: all)')
    .option('--force', 'replace the file', false)
    .addOption(data())
    .action(async (options: ExportFlags) => (await load.export()).exportSamples({ ...options, data: resolve(options.data) }));
};
