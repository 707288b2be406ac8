import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { demonstration } from './places.ts';
import { toLength } from './shared-options.ts';

type Shared = { readonly port: () => Option; readonly data: () => Option };
type Common = { readonly port: number; readonly data: string; readonly site?: string };

/** Adds `phloem bridge`: carries the log of a hub to other systems, and readings and requests of theirs to the hub. */
export const addBridgeCommand = (program: Command, { port, data }: Shared): void => {
  const site = (): Option => new Option('--site <folder>', 'the folder whose documents of the kind Bridge are meant').env('PHLOEM_SITE');
  const json = (): Option => new Option('--json', 'for programs').default(false);
  const toOptions = ({ port: number, data: folder, site: documents }: Common) => ({
    port: number,
    data: resolve(folder),
    site: documents === undefined ? demonstration.site : resolve(documents),
  });
  const load = () => import('./bridge-run.ts');
  const bridge = program
    .command('bridge')
    .description('runs and checks bridges: the log to other systems, and readings and requests from them');
  bridge
    .command('run')
    .description('runs a bridge until Ctrl-C')
    .argument('<id>', 'the id of its document')
    .addOption(site())
    .addOption(port())
    .addOption(data())
    .action(async (id: string, options: Common) => (await load()).runBridgeProcess(id, toOptions(options)));
  bridge
    .command('check')
    .description('checks the documents of a bridge, its secret, and whether its target can be reached; writes no entry')
    .argument('<id>', 'the id of its document')
    .addOption(site())
    .addOption(port())
    .addOption(data())
    .action(async (id: string, options: Common) => (await load()).checkBridge(id, toOptions(options)));
  bridge
    .command('agreement')
    .description('compares the requests of a foreign automation with a bundle in shadow, or with those of Phloem; commands nothing')
    .argument('<id>', 'the id of the document that takes its requests')
    .option('--bundle <folder>', 'the bundle to run in shadow, on the devices of the site folder')
    .addOption(
      new Option('--grace <duration>', 'differences shorter than this do not count').default(toLength('10s'), '10s').argParser(toLength),
    )
    .addOption(new Option('--for <duration>', 'exit after this time (default: at Ctrl-C)').argParser(toLength))
    .addOption(site())
    .addOption(port())
    .addOption(data())
    .action(async (id: string, options: Common & { readonly bundle?: string; readonly grace: number; readonly for?: number }) =>
      (await import('./bridge-agreement.ts')).compareBridge(id, {
        ...toOptions(options),
        bundle: options.bundle === undefined ? null : resolve(options.bundle),
        graceMs: options.grace,
        forMs: options.for ?? null,
      }),
    );
  bridge
    .command('status')
    .description('asks the target of each bridge where it ends, and the hub where its log does')
    .argument('[id]', 'one bridge; without it, all of the folder')
    .addOption(site())
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (id: string | undefined, options: Common & { readonly json: boolean }) =>
      (await load()).printBridges(id ?? null, { ...toOptions(options), isJson: options.json }),
    );
};
