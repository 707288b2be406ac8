import { toBusPlans } from '../../field/poll/bus-plans.ts';
import { loadSiteFolder } from './load-site-folder.ts';

/**
 * Shows what a site will ask of each bus before it runs.
 *
 * @throws Fault with every problem in the site's documents.
 */
export const showBusPlan = (folder: string, asJson: boolean): void => {
  const plans = toBusPlans(loadSiteFolder(folder, {}).site);
  if (asJson) {
    const rows = plans.map(({ bus, blocks, cost }) => ({
      bus,
      ...cost,
      blocks: blocks.map(({ items, ...block }) => ({ ...block, values: items.length })),
    }));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  for (const { bus, blocks, words } of plans) {
    process.stdout.write(`bus ${bus}: ${words}\n`);
    for (const { unit, function: code, address, count, intervalMs, items } of blocks) {
      const values = `${items.length} value${items.length === 1 ? '' : 's'}`;
      process.stdout.write(`  unit ${unit}, function ${code}, ${count} from address ${address}, every ${intervalMs} ms: ${values}\n`);
    }
  }
};
