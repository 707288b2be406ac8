import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { openNextYearProxy } from '../support/next-year-proxy.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const room = '/room/flower_room';
const temperature = '[data-testid="point"][data-point="flower_room/front/temperature"]';

describe('a panel that was left open while its hub was updated', () => {
  it('[VE3, VE5] shows live values, marks what it does not know, and stays on one connection', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using proxy = await openNextYearProxy(mesh.port);
    await using panel = await openPanelPage(browser, mesh, { port: proxy.port, path: room });
    const { page, mistakes } = panel;
    await page.locator(`${temperature}[data-freshness="fresh"]`).waitFor();
    const { welcomes } = proxy;

    for (const value of [31.4, 18.2]) {
      const held = await mesh.simulator<{ id: number }>('POST', '/faults', { kind: 'freeze', register: 'front/temperature', value });
      await page
        .locator(`${temperature}[data-freshness="fresh"]`)
        .getByTestId('value')
        .getByText(value.toFixed(1), { exact: true })
        .waitFor();
      await mesh.simulator('DELETE', `/faults/${held.id}`);
    }

    // Of a quality that the panel does not know: never a number.
    const unknown = page.locator('[data-testid="point"][data-point="flower_room/next_year/lux"]').first();
    await unknown.waitFor();
    expect(await unknown.getAttribute('data-freshness')).not.toBe('fresh');
    // In a phase that the panel does not know: never confirmed.
    const device = page.locator('[data-testid="device"][data-device="flower_room/next_year"]').first();
    await device.waitFor();
    expect(await device.getAttribute('data-phase')).toBe('unknown');

    expect(mistakes).toEqual([]);
    expect({ welcomes: proxy.welcomes, byes: proxy.byes }).toEqual({ welcomes, byes: [] });
    expect([...proxy.events]).toEqual(expect.arrayContaining(['weather', 'snapshot', 'changes']));
  });
});
