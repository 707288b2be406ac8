import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';
import { shareMesh } from '../support/shared-mesh.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const room = '/room/flower_room';
const temperature = 'flower_room/front/temperature';
const soon = { timeout: 30_000 };
const minute = 60_000;

/** Gives the demonstration an hour that was made up, with a sample every ten seconds. */
const givePast = async (mesh: Mesh): Promise<number> => {
  const from = Math.floor(Date.now() / minute) * minute - 60 * minute;
  const samples = Array.from({ length: 350 }, (_, index) => ({ point: temperature, at: from + index * 10_000, v: 25, q: 'good' }));
  await mesh.post('/api/v1/history/simulated-past', { samples, spans: [] });
  return from;
};

let from = 0;
const quiet = shareMesh({
  withAutomation: false,
  prepare: async (mesh) => {
    from = await givePast(mesh);
  },
});

describe('the past as it was sampled', () => {
  it('ten minutes with a sample every ten seconds are no gaps, and the table distinguishes its rows', async () => {
    const mesh = quiet();
    const zoom = `${from + 10 * minute}-${from + 20 * minute}`;
    await using panel = await openPanelPage(browser, mesh, { path: `${room}?point=${temperature}&point-zoom=${zoom}` });
    const { page } = panel;
    const sidePanel = page.getByTestId('point-panel');
    await expect.poll(() => sidePanel.getByTestId('quality').textContent(), soon).toMatch(/100\.0 % of the samples are good; no gaps\./);
    expect(await sidePanel.getByTestId('stats').textContent()).toMatch(/lowest\s*25\.0.*highest\s*25\.0/s);
    await sidePanel.getByRole('button', { name: 'Table' }).click();
    const times = sidePanel.getByTestId('chart-table').locator('tbody th');
    await expect.poll(() => times.count(), soon).toBeGreaterThan(40);
    const told = await times.allTextContents();
    expect(new Set(told).size).toBe(told.length);
    expect(told[0]).toMatch(/\d\d:\d\d:\d\d$/);
    expect(panel.mistakes).toEqual([]);
  });

  it('while the history is read nothing is claimed of it, and when it cannot be read neither', async () => {
    const mesh = quiet();
    await using panel = await openPanelPage(browser, mesh, { path: '/' });
    const { page } = panel;
    const held: (() => void)[] = [];
    let answer: 'wait' | 'fail' = 'wait';
    // Twenty-four hours: the small traces on the page ask for four.
    await page.context().route(/\/history\?.*buckets=960/, async (route) => {
      if (answer === 'wait') await new Promise<void>((resolve) => held.push(resolve));
      if (answer === 'fail')
        await route.fulfill({ status: 503, json: { code: 'history/unavailable', message: 'the history is being built again' } });
      else await route.continue();
    });
    await page.goto(`${mesh.url}/?point=${temperature}`);
    const sidePanel = page.getByTestId('point-panel');
    await expect.poll(() => held.length, soon).toBeGreaterThan(0);
    await sidePanel.locator('[data-testid="stats"][data-loaded="false"]', { hasText: 'reading the history' }).waitFor();
    expect(await sidePanel.getByTestId('stats').textContent()).not.toMatch(/\d/);
    expect(await sidePanel.getByTestId('quality').textContent()).toBe('Reading the history…');
    expect(await sidePanel.textContent()).not.toContain('No samples');
    answer = 'fail';
    for (const go of held.splice(0)) go();
    await expect
      .poll(() => sidePanel.getByTestId('quality').textContent(), soon)
      .toBe('The history could not be read: the history is being built again.');
    expect(await sidePanel.getByTestId('stats').textContent()).not.toMatch(/\d/);
    expect(await sidePanel.textContent()).not.toContain('No samples');
    expect(panel.mistakes).toEqual([]);
  });

  it('the panel of a point names an outage of the hub', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await givePast(mesh);
    await mesh.hub().end('SIGKILL');
    const down = Date.now();
    // The outage has to be longer than a point may be silent.
    await expect.poll(() => Date.now() - down, { timeout: 20_000 }).toBeGreaterThan(8000);
    await mesh.startHub();
    await using panel = await openPanelPage(browser, mesh, { path: `${room}?point=${temperature}` });
    const sidePanel = panel.page.getByTestId('point-panel');
    await expect.poll(() => sidePanel.getByTestId('quality').textContent(), soon).toMatch(/; [1-9]\d* gaps?, /);
    await sidePanel.getByText(/Samples missing \d\d:\d\d:\d\d–\d\d:\d\d:\d\d, \d+ s \(.*(hub|running).*\)/).waitFor(soon);
    expect(panel.mistakes).toEqual([]);
  });
});

describe('the address', () => {
  it('has window, zoom and series of a chart: a reload shows the same', async () => {
    const mesh = quiet();
    await using panel = await openPanelPage(browser, mesh, { path: room });
    const { page } = panel;
    const chart = page.getByTestId('room-screen').getByTestId('chart');
    await chart.getByRole('button', { name: '24 h' }).click();
    await chart.getByRole('button', { name: /more lines$/ }).click();
    await chart.getByRole('button', { name: /^front leaf temperature/ }).click();
    expect(new URL(page.url()).search).toMatch(/window=24h/);
    await page.reload();
    await chart.and(page.locator('[data-window="24h"]')).waitFor();
    await chart.locator('[aria-pressed="true"]', { hasText: 'front leaf temperature' }).waitFor();
    await chart.getByRole('button', { name: '4 h', exact: true }).click();
    expect(new URL(page.url()).search).not.toMatch(/window/);
    expect(panel.mistakes).toEqual([]);
  });

  it('a link that was used says what to do next, in the look of the rest', async () => {
    const mesh = quiet();
    const path = await mesh.signInPath();
    await using panel = await openPanelPage(browser, mesh);
    const { page } = panel;
    await page.goto(`${mesh.url}${path}`);
    await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
    await page.goto(`${mesh.url}${path}`);
    const told = await page.locator('main').textContent();
    expect(told).toMatch(/This link does not work any more.*phloem link.*Open the panel/s);
    expect(await page.evaluate(`getComputedStyle(document.querySelector('main')).borderTopWidth`)).toBe('1px');
    // A machine without a typeface of its own draws this page as the panel is drawn.
    expect(await page.evaluate(`getComputedStyle(document.querySelector('h1')).fontFamily`)).toContain('IBM Plex Sans');
    await page.getByRole('link', { name: 'Open the panel' }).click();
    await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
  });
});

describe('what is shown', () => {
  it('why? has the newest decision, and follows the device', async () => {
    const mesh = quiet();
    await using panel = await openPanelPage(browser, mesh, { path: room });
    const { page } = panel;
    const fan = page.locator('[data-testid="device"][data-device="flower_room/exhaust_fan"]');
    await fan.getByTestId('why').click();
    const answer = fan.getByTestId('why-answer');
    for (const value of [55, 35]) {
      await mesh.post('/api/v1/devices/flower_room%2Fexhaust_fan/override', { value, forMs: 10 * minute, reason: `set to ${value}` });
      await expect.poll(() => answer.textContent(), soon).toMatch(new RegExp(`${value} %.*set to ${value}`));
      // A decision is shown above the newest moment until it is confirmed; then it is that moment.
      await expect
        .poll(() => answer.locator('.answer').last().textContent(), soon)
        .toMatch(new RegExp(`\\d\\d ${value} %.*set to ${value}`));
    }
    await answer.getByRole('button', { name: 'Earlier' }).click();
    await expect.poll(() => answer.locator('.answer').last().textContent(), soon).toContain('55 %');
    expect(panel.mistakes).toEqual([]);
  });

  it('the status says that the link is live again as soon as it is', async () => {
    const mesh = quiet();
    await using proxy = await openTcpProxy(mesh.port);
    await using panel = await openPanelPage(browser, mesh, { port: proxy.port });
    const { page } = panel;
    const status = page.getByTestId('status');
    proxy.shape('both', { flow: 'swallow' });
    await expect.poll(() => status.textContent(), { timeout: 60_000 }).toContain('Link: no link');
    proxy.heal();
    await page.locator('[data-testid="panel"][data-link="live"]').waitFor({ timeout: 60_000 });
    await expect.poll(() => status.textContent()).toContain('Link: live');
  });

  it('a note that is written without a link waits, is marked as unsent, and is sent once', async () => {
    const mesh = quiet();
    await using proxy = await openTcpProxy(mesh.port);
    await using panel = await openPanelPage(browser, mesh, { port: proxy.port, path: room });
    const { page } = panel;
    await page.getByTestId('room-screen').waitFor();
    // The part of the page in which notes are written comes while there is a link.
    await expect
      .poll(() => page.evaluate(`performance.getEntriesByType('resource').some(({ name }) => /note-dialog.*js/.test(name))`), soon)
      .toBe(true);
    proxy.shape('both', { flow: 'swallow' });
    await page.locator('[data-testid="panel"][data-link="down"]').waitFor({ timeout: 60_000 });
    await page.keyboard.press('n');
    const dialog = page.getByTestId('note-dialog');
    await dialog.getByRole('textbox').fill('the door was left open');
    await dialog.getByTestId('note-send').click();
    await dialog.getByTestId('note-drafted').waitFor();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const unsent = page.locator('[data-testid="unsent"][data-unsent="1"]');
    await unsent.getByRole('button').click();
    await unsent.getByTestId('unsent-note').getByText('not sent yet').waitFor();
    proxy.heal();
    await unsent.waitFor({ state: 'detached', timeout: 60_000 });
    const { marks } = await mesh.get<{ marks: { kind: string; text: string }[] }>('/api/v1/locations/flower_room/marks');
    expect(marks.filter(({ kind }) => kind === 'note').map(({ text }) => text)).toEqual(['the door was left open']);
    expect(panel.mistakes).toEqual([]);
  });
});
