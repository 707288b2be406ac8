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

const room = 'flower_room';
const alarm = `${room}/climate/temp/low`;
const soon = { timeout: 90_000 };
const temperature = (page: Page) => page.locator(`[data-testid="point"][data-point="${room}/front/temperature"]`);

describe('the alarm of a limit', () => {
  it('has one sign on row, tile, list, title and icon', async () => {
    await using mesh = await openMesh();
    await using panel = await openPanelPage(browser, mesh, { path: '/' });
    const { page } = panel;
    await temperature(page).and(page.locator('[data-freshness="fresh"][data-sign="none"]')).waitFor();
    for (const cluster of ['front', 'middle', 'back'])
      await mesh.simulator('POST', '/faults', { kind: 'freeze', register: `${cluster}/temperature`, value: 12 });

    await temperature(page).and(page.locator('[data-sign="P2"]')).waitFor(soon);
    await page.locator(`[data-testid="tile"][data-location="${room}"][data-priority="P2"]`).waitFor(soon);
    await expect.poll(() => page.title(), soon).toMatch(/^\(\d+\) ▲ 2 /);
    expect(await page.locator('link[rel="icon"]').getAttribute('href')).toBe('/mark-p2.svg');
    expect(await page.getByTestId('alarm-strip').getAttribute('data-worst')).toBe('P2');

    await page.goto(new URL(`/room/${room}`, page.url()).href);
    await temperature(page).and(page.locator('[data-sign="P2"]')).waitFor(soon);
    await page.getByTestId('standing').locator('[data-glyph="P2"]').waitFor(soon);
    await page.goto(new URL('/alarms', page.url()).href);
    await page.locator(`[data-testid="alarm"][data-alarm="${alarm}"][data-priority="P2"]`).waitFor(soon);
    expect(panel.mistakes).toEqual([]);
  }, 240_000);
});
