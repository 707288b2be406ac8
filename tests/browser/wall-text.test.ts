import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const soon = { timeout: 30_000 };
/** The size of each text on the wall, in px, as it is drawn. */
const sizesOf = (page: Page, selector: string, begins = ''): Promise<readonly number[]> =>
  page.evaluate<number[]>(
    `[...document.querySelectorAll('[data-testid="wall"] ${selector}')].filter((one) => one.textContent.trim().startsWith('${begins}')).map((one) => Number.parseFloat(getComputedStyle(one).fontSize))`,
  );

describe('the wall screen', () => {
  it('is read from five metres, and has nothing on it for engineers', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using panel = await openPanelPage(browser, mesh, { width: 1920, height: 1080, path: '/wall' });
    const wall = panel.page.getByTestId('wall');
    await expect.poll(() => wall.getByTestId('tile').count(), soon).toBe(3);
    const states = await sizesOf(panel.page, '[data-testid="standing"]');
    expect(states.length).toBe(3);
    expect(Math.min(...states)).toBeGreaterThanOrEqual(32);
    const wanted = wall.locator('.setpoint', { hasText: /^sp / });
    await expect.poll(() => wanted.count(), soon).toBeGreaterThan(2);
    expect(Math.min(...(await sizesOf(panel.page, '.setpoint', 'sp ')))).toBeGreaterThanOrEqual(24);
    expect(await panel.page.locator('body').innerText()).not.toMatch(/No codes for phones|--public-url/);
    expect(panel.mistakes).toEqual([]);
  });
  it('shows an open door, as the page of the site does, and not a closed one', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using panel = await openPanelPage(browser, mesh, { width: 1920, height: 1080, path: '/wall' });
    const { page } = panel;
    const door = page.getByTestId('opening').filter({ hasText: 'Door open' });
    await expect.poll(() => page.getByTestId('tile').count(), soon).toBe(3);
    expect(await door.count()).toBe(0);
    await mesh.simulator('POST', '/set', { door: 'open' });
    await door.waitFor();
    await page.goto(`${mesh.url}/`);
    await door.waitFor();
    await mesh.simulator('POST', '/set', { door: 'closed' });
    await door.waitFor({ state: 'detached' });
    expect(panel.mistakes).toEqual([]);
  });
});
