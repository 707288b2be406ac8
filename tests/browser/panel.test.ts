import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { shareMesh } from '../support/shared-mesh.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

type Look = {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly port?: number;
  readonly path?: string;
};

/** A signed-in panel in a browser of its own. */
const openPanel = async (mesh: Mesh, { width = 1440, height = 900, colorScheme = 'light', port = mesh.port, path = '/' }: Look = {}) => {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  await page.goto(`http://127.0.0.1:${port}${await mesh.signInPath()}`);
  await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
  if (path !== '/') await page.goto(`http://127.0.0.1:${port}${path}`);
  return { page, mistakes, [Symbol.asyncDispose]: () => context.close() };
};

const point = (page: Page, id: string) => page.locator(`[data-testid="point"][data-point="${id}"]`);
const device = (page: Page, id: string) => page.locator(`[data-testid="device"][data-device="${id}"]`);
const indicator = (page: Page, name: string) => page.locator(`[data-testid="indicator"][data-indicator="${name}"]`);

/** Everything on the page that claims to be fresh. */
const freshPoints = (page: Page): Promise<number> => page.locator('[data-point][data-freshness="fresh"]').count();

const quiet = shareMesh({ withAutomation: false });

describe('the panel', () => {
  it('shows the room live: readings that move, devices that switch, and why', async () => {
    await using mesh = await openMesh();
    await using panel = await openPanel(mesh);
    const { page } = panel;
    const temperature = point(page, 'flower_room/front/temperature');
    await temperature.and(page.locator('[data-freshness="fresh"]')).waitFor();
    expect(await temperature.getByTestId('value').textContent()).toMatch(/^\d+\.\d$/);
    await device(page, 'flower_room/lights').and(page.locator('[data-phase="confirmed"][data-requested$="%"]')).waitFor();
    for (const cluster of ['front', 'middle', 'back'])
      await mesh.simulator('POST', '/faults', { kind: 'freeze', register: `${cluster}/humidity`, value: 92.5 });
    const dehumidifier = device(page, 'flower_room/dehumidifier_1');
    await dehumidifier.and(page.locator('[data-phase="confirmed"][data-confirmed="on"]')).waitFor();
    expect(await dehumidifier.getByTestId('device-why').textContent()).toMatch(/vpd/i);
    await page.goto(`${mesh.url}/room/flower_room`);
    await dehumidifier.getByTestId('why').click();
    // The evidence: the rule by its title, in plain words, and each reading behind it with its age.
    await dehumidifier.locator('[data-input="flower_room/front/humidity"]', { hasText: /%, .*\d+ s old/ }).waitFor();
    const evidence = dehumidifier.getByTestId('why-answer');
    await evidence.getByText('Dehumidify on low VPD asks for on').waitFor();
    expect(await evidence.textContent()).toMatch(/vpd is below set-point vpd − 0.07 kPa: (?:yes|no)/);
    expect(await evidence.textContent()).not.toMatch(/flower_room\/| [<>]=? |safe state/);
    expect(await indicator(page, 'hub-automation').getAttribute('data-state')).toBe('ok');
    expect(panel.mistakes).toEqual([]);
  });

  it('marks what a silenced unit measured as stale, with the age, and nothing else', async () => {
    await using mesh = await openMesh();
    await using panel = await openPanel(mesh, { path: '/room/flower_room' });
    const { page } = panel;
    await point(page, 'flower_room/middle/temperature').and(page.locator('[data-freshness="fresh"]')).waitFor();
    await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 2 });
    await point(page, 'flower_room/middle/temperature').and(page.locator('[data-freshness="stale"]')).waitFor();
    expect(await point(page, 'flower_room/front/temperature').getAttribute('data-freshness')).not.toBe('stale');
    await mesh.simulator('DELETE', '/faults');
    await point(page, 'flower_room/middle/temperature').and(page.locator('[data-freshness="fresh"]')).waitFor();
  });

  it('shows no number as fresh once its link is silently dead, and comes back by itself', async () => {
    const mesh = quiet();
    await using proxy = await openTcpProxy(mesh.port);
    await using panel = await openPanel(mesh, { port: proxy.port });
    const { page } = panel;
    await point(page, 'flower_room/front/temperature').and(page.locator('[data-freshness="fresh"]')).waitFor();
    proxy.shape('both', { flow: 'swallow' });
    await expect.poll(() => freshPoints(page), { timeout: 30_000 }).toBe(0);
    await page.locator('[data-testid="panel"]:not([data-link="live"])').waitFor();
    proxy.heal();
    await point(page, 'flower_room/front/temperature').and(page.locator('[data-freshness="fresh"]')).waitFor({ timeout: 60_000 });
  });

  it('says that the hub is gone when it is killed, and goes on when it is back', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using panel = await openPanel(mesh);
    const { page } = panel;
    await point(page, 'flower_room/front/temperature').and(page.locator('[data-freshness="fresh"]')).waitFor();
    await mesh.hub().end('SIGKILL');
    await page.locator('[data-testid="panel"]:not([data-link="live"])').waitFor();
    await expect.poll(() => freshPoints(page), { timeout: 30_000 }).toBe(0);
    await mesh.startHub();
    await point(page, 'flower_room/front/temperature').and(page.locator('[data-freshness="fresh"]')).waitFor({ timeout: 60_000 });
    expect(panel.mistakes).toEqual([]);
  });

  it('shows a browser that is not signed in what to do', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const context = await browser.newContext();
    const page = await context.newPage();
    const kept: (string | undefined)[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/assets/')) kept.push(response.headers()['cache-control']);
    });
    await page.goto(mesh.url);
    await page.getByText(/link/i).first().waitFor();
    expect(await page.locator('[data-point]').count()).toBe(0);
    // Worker and page load the same scripts, and a name stands for one content.
    expect([...new Set(kept)]).toEqual(['public, max-age=31536000, immutable']);
    await context.close();
  });
});

describe('the look', () => {
  it.each([
    ['laptop, day', { width: 1440, height: 900, colorScheme: 'light' }],
    ['laptop, night', { width: 1440, height: 900, colorScheme: 'dark' }],
    ['phone, day', { width: 390, height: 844, colorScheme: 'light' }],
    ['phone, night', { width: 390, height: 844, colorScheme: 'dark' }],
  ] as const)('is clean by axe and does not scroll sideways: %s', async (_name, look) => {
    await using panel = await openPanel(quiet(), look);
    const { page } = panel;
    await point(page, 'flower_room/front/temperature').and(page.locator('[data-freshness="fresh"]')).waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
  });
});
