import { AxeBuilder } from '@axe-core/playwright';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** What axe finds on a page, and whether the page scrolls sideways; empty when nothing is wrong. */
export const findWrong = async (page: Page): Promise<readonly string[]> => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  return [
    ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    ...(isWide ? ['scrolls sideways'] : []),
  ];
};

/** Keeps a picture of a whole page in the folder that `PHLOEM_SCREENSHOTS` names; without it none is made. */
export const keepScreenshot = async (page: Page, name: string): Promise<void> => {
  const folder = process.env['PHLOEM_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
};
