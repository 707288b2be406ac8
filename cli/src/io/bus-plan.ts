import { loadSiteFolder, toBusPlans } from '@phloem/backend/documents';
import { printJson, printLines } from './print.ts';

/**
 * Shows what a site will ask of each bus before it runs.
 *
 * @throws Fault with every problem in the site's documents.
 */
export const showBusPlan = (folder: string, asJson: boolean): void => {
  const { site } = loadSiteFolder(folder, {});
  const plans = toBusPlans(site);
  if (asJson) {
    const rows = plans.map(({ bus, blocks, cost }) => ({
      bus,
      ...cost,
      blocks: blocks.map(({ items, ...block }) => ({ ...block, values: items.length })),
    }));
    printJson(rows, 2);
    return;
  }
  for (const { bus, blocks, words } of plans) {
    printLines([`bus ${bus}: ${words}`]);
    for (const { unit, requestGapMs, pollDistanceMs } of site.quirks?.filter((one) => one.bus === bus) ?? []) {
      if (requestGapMs !== undefined) printLines([`  unit ${unit}: ${requestGapMs} ms between requests`]);
      if (pollDistanceMs !== undefined) printLines([`  unit ${unit}: polled every ${pollDistanceMs} ms at most`]);
    }
    for (const { unit, function: code, address, count, intervalMs, items } of blocks) {
      const values = `${items.length} value${items.length === 1 ? '' : 's'}`;
      printLines([`  unit ${unit}, function ${code}, ${count} from address ${address}, every ${intervalMs} ms: ${values}`]);
    }
  }
};
