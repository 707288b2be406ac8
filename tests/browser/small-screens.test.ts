import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';

let browser: Browser;
let mesh: Mesh;
beforeAll(async () => {
  browser = await openBrowser();
  mesh = await openMesh({ withAutomation: false });
  await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 2 });
});
afterAll(async () => {
  await browser.close();
  await mesh[Symbol.asyncDispose]();
});

const laptop = { width: 1366, height: 768 };
const phone = { width: 390, height: 844 };
/** What is left of 1440 × 900 at a zoom of 400 %. */
const zoomed = { width: 360, height: 225 };
const fan = 'flower_room/exhaust_fan';
const room = '/room/flower_room';

const boxOf = async (locator: Locator) => {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('it is not on the page');
  return box;
};
const heightOf = async (locator: Locator): Promise<number> => (await boxOf(locator)).height;

describe('an override on a phone while there is an alarm', () => {
  it('has its button whole and its hint above it, carries the alarm, and answers each press', async () => {
    await using panel = await openPanelPage(browser, mesh, { ...phone, path: '/' });
    const { page } = panel;
    await page.locator('[data-testid="alarm-strip"]:not([data-alarms="0"])').waitFor({ timeout: 30_000 });
    await page.goto(`${mesh.url}/?override=${fan}`);
    const sidePanel = page.getByTestId('override-panel');
    const hold = sidePanel.getByTestId('hold');
    const how = sidePanel.getByTestId('hold-how');
    await sidePanel.getByTestId('action-alarm').waitFor();
    const button = await boxOf(hold);
    expect(button.y + button.height).toBeLessThanOrEqual(phone.height);
    const hint = await boxOf(how);
    expect(hint.y + hint.height).toBeLessThanOrEqual(button.y);
    // What lies at the edges of the button is the button, not a strip over it.
    const isOnTop = ({ x, y, width, height }: typeof button) =>
      page.evaluate(
        `[[${x + 2},${y + 2}],[${x + width - 2},${y + height - 2}]].every(([x, y]) => document.elementFromPoint(x, y)?.closest('[data-testid="hold"]') !== null)`,
      );
    expect(await isOnTop(button)).toBe(true);

    // It is marked as disabled, and is pressed all the same.
    await hold.click({ force: true });
    await sidePanel.locator('[data-testid="hold"].refused').waitFor();
    expect(await how.textContent()).toMatch(/Still needed/);
    await sidePanel.getByLabel('per cent').fill('55');
    await sidePanel.getByLabel('test', { exact: true }).check();
    await page.locator('[data-testid="consequences"][data-allowed="true"]').waitFor();
    await hold.click();
    await expect.poll(() => how.textContent()).toMatch(/Too short: hold the button until it is full/);
    expect(await mesh.get<unknown[]>('/api/v1/overrides')).toEqual([]);
    expect(panel.mistakes).toEqual([]);
  });
});

describe('the frame of the panel', () => {
  it('takes one line above and one below on a phone, with the screens in a bar at its foot', async () => {
    await using panel = await openPanelPage(browser, mesh, { ...phone, path: room, hasTouch: true });
    const { page } = panel;
    await page.getByTestId('room-screen').waitFor();
    await page.locator('[data-testid="alarm-strip"]:not([data-alarms="0"])').waitFor({ timeout: 30_000 });
    const above = await heightOf(page.getByTestId('link-strip'));
    const alarms = await boxOf(page.getByTestId('alarm-strip'));
    const bar = await boxOf(page.getByTestId('rail'));
    expect([above, alarms.height, bar.height].map(Math.round)).toEqual([33, 37, 57]);
    expect(Math.round(bar.y + bar.height)).toBe(phone.height);
    expect(Math.round(alarms.y + alarms.height)).toBe(Math.round(bar.y));
    for (const link of await page.getByTestId('rail').getByRole('link').all())
      expect((await boxOf(link)).height).toBeGreaterThanOrEqual(48);
    await page.getByTestId('rail').getByRole('link', { name: 'Rooms' }).tap();
    await page
      .getByTestId('rooms-list')
      .getByRole('link', { name: /Cold store/ })
      .tap();
    await page.locator('[data-testid="room-screen"][data-location="cold_store"]').waitFor();
    await page.getByTestId('alarm-strip').getByRole('link').tap();
    await page.locator('[data-testid="panel"][data-route="alarms"]').waitFor();
    expect(panel.mistakes).toEqual([]);
  });

  it('has the values, the chart and the devices of a room on the first screen of a laptop', async () => {
    await using panel = await openPanelPage(browser, mesh, { ...laptop, path: room });
    const { page } = panel;
    await page.getByTestId('plot').locator('canvas').first().waitFor();
    const plot = await boxOf(page.getByTestId('plot'));
    expect(plot.y).toBeLessThan(laptop.height / 2);
    expect((await boxOf(page.getByTestId('key-values'))).y).toBeLessThan(plot.y);
    const lane = await boxOf(page.locator(`[data-testid="device"][data-device="${fan}"]`));
    expect(lane.y + lane.height).toBeLessThan(laptop.height - 37);
    expect(panel.mistakes).toEqual([]);
  });

  it.each(['/', '/rooms', '/room/flower_room', '/alarms', '/diagnostics'])(
    'scrolls away where a zoom of four hundred per cent leaves little: %s',
    async (path) => {
      await using panel = await openPanelPage(browser, mesh, { ...zoomed, path });
      const { page } = panel;
      await page.locator('main h1').first().waitFor();
      const fixed = await page.evaluate<string[]>(
        `[...document.querySelectorAll('[data-testid="panel"] *')].filter((one) => ['sticky', 'fixed'].includes(getComputedStyle(one).position) && one.getBoundingClientRect().height > 0 && !one.closest('table')).map((one) => one.tagName)`,
      );
      expect(fixed).toEqual([]);
      // What is above the content takes less than half of the little that there is.
      expect((await boxOf(page.locator('main h1').first())).y).toBeLessThan(zoomed.height / 2);
      expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    },
  );

  it('leaves an override all of a low screen', async () => {
    await using panel = await openPanelPage(browser, mesh, { ...zoomed, path: `/?override=${fan}` });
    const hold = panel.page.getByTestId('hold');
    await hold.scrollIntoViewIfNeeded();
    const box = await boxOf(hold);
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.y + box.height).toBeLessThanOrEqual(zoomed.height);
  });
});
