import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { shareMesh } from '../support/shared-mesh.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

type Who = { readonly role?: 'viewer' | 'technician'; readonly path?: string; readonly port?: number; readonly width?: number };

/** A browser of its own, signed in as somebody, at an address of the panel. */
const openAt = async (mesh: Mesh, { role = 'technician', path = '/', port = mesh.port, width = 1280 }: Who = {}) => {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  const link = await mesh.post<{ path: string }>('/api/v1/sign-in-links', { role, name: 'anna' });
  await page.goto(`http://127.0.0.1:${port}${link.path}`);
  await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
  await page.goto(`http://127.0.0.1:${port}${path}`);
  await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
  return { page, mistakes, [Symbol.asyncDispose]: () => context.close() };
};

const fan = 'flower_room/exhaust_fan';
const sidePanel = (page: Page) => page.getByTestId('override-panel');
const step = (page: Page, name: string, state: string) => page.locator(`[data-testid="step"][data-step="${name}"][data-state="${state}"]`);

/** Fills in the panel: the fan at 55 %, for an hour, because of a test. */
const fillIn = async (page: Page): Promise<void> => {
  await sidePanel(page).getByLabel('per cent').fill('55');
  await sidePanel(page).getByLabel('test', { exact: true }).check();
  await page.locator('[data-testid="consequences"][data-allowed="true"]').waitFor();
};

const quiet = shareMesh({ withAutomation: false });

describe('addresses', () => {
  it('every screen is there by its address, by links and by the way back, and the focus is on its heading', async () => {
    const mesh = quiet();
    await using panel = await openAt(mesh);
    const { page } = panel;
    const heading = () => page.evaluate(`document.activeElement?.tagName`);
    await page.getByRole('navigation').getByRole('link', { name: 'Alarms' }).click();
    await page.locator('[data-testid="panel"][data-route="alarms"]').waitFor();
    await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
    await expect.poll(heading).toBe('H1');
    await page.getByRole('navigation').getByRole('link', { name: 'Rooms' }).click();
    await page.getByTestId('rooms-list').getByRole('link', { name: 'Flower room 1' }).click();
    await page.locator('[data-testid="room-screen"]').waitFor();
    await page.goBack();
    await page.goBack();
    await page.locator('[data-testid="panel"][data-route="alarms"]').waitFor();
    for (const [path, route] of [
      ['/wall', 'wall'],
      ['/room/flower_room', 'room'],
      ['/diagnostics', 'tech'],
      ['/diagnostics/point/flower_room%2Ffront%2Ftemperature', 'tech-point'],
    ] as const) {
      await page.goto(`${mesh.url}${path}`);
      await page.locator(`[data-testid="panel"][data-route="${route}"][data-screen="site"]`).waitFor();
      await page.locator('main h1').first().waitFor();
    }
    expect(panel.mistakes).toEqual([]);
  });

  it('an unknown address shows that it is unknown', async () => {
    const mesh = quiet();
    await using panel = await openAt(mesh, { path: '/greenhouse/7' });
    await panel.page.getByRole('heading', { name: 'No screen at /greenhouse/7' }).waitFor();
    await panel.page.getByRole('main').getByRole('link', { name: 'All rooms' }).click();
    await panel.page.getByTestId('tiles').waitFor();
  });
});

describe('an override', () => {
  const busy = shareMesh();

  it('is sent once by a held press, shown step by step until the device reads it back, and released', async () => {
    const mesh = busy();
    await using panel = await openAt(mesh, { path: `/?override=${fan}` });
    const { page } = panel;
    await sidePanel(page).getByText('Still needed: a value, a reason.').waitFor();
    await fillIn(page);
    const hold = sidePanel(page).getByTestId('hold');
    await hold.click(); // A touch in passing.
    expect(await page.getByTestId('step').count()).toBe(0);
    await hold.hover();
    await page.mouse.down();
    await step(page, 'sent', 'done').waitFor();
    await page.mouse.up();
    await step(page, 'confirmed', 'done').waitFor();
    expect((await mesh.device(fan)).confirmed).toBe(55);
    await page.keyboard.press('Escape');
    await sidePanel(page).waitFor({ state: 'detached' });
    const strip = page.locator('[data-testid="overrides"][data-overrides="1"]');
    await strip.waitFor();
    expect(await strip.textContent()).toMatch(/1\s*overridden.*59:\d\d/s);
    await page.locator(`[data-testid="device"][data-device="${fan}"][data-manual="true"]`).waitFor();
    await page.goto(`${mesh.url}/alarms`);
    await strip.getByRole('button').first().click();
    await strip.getByText('anna: test').waitFor();
    await strip.getByRole('button', { name: /^Release/ }).click();
    await strip.waitFor({ state: 'detached' });
    expect(panel.mistakes).toEqual([]);
  });

  it('takes two Enters on the keyboard, never one', async () => {
    const mesh = busy();
    await using panel = await openAt(mesh, { path: `/?override=${fan}` });
    const { page } = panel;
    await fillIn(page);
    await sidePanel(page).getByTestId('hold').focus();
    await page.keyboard.press('Enter');
    await sidePanel(page).getByText('Once more: Override: 55 %').waitFor();
    expect(await mesh.get<unknown[]>('/api/v1/overrides')).toEqual([]);
    await page.keyboard.press('Enter');
    await step(page, 'sent', 'done').waitFor();
    expect(await mesh.get<unknown[]>('/api/v1/overrides')).toHaveLength(1);
  });

  it('is not for a viewer, who reads which role it needs', async () => {
    const mesh = quiet();
    await using panel = await openAt(mesh, { role: 'viewer', path: `/?override=${fan}` });
    const { page } = panel;
    await sidePanel(page).getByText('Needs the role technician; you are signed in as viewer.').waitFor();
    expect(await sidePanel(page).getByTestId('hold').getAttribute('aria-disabled')).toBe('true');
  });

  it('is never queued: without a link it is not sent, and does not come later', async () => {
    const mesh = busy();
    await using proxy = await openTcpProxy(mesh.port);
    await using panel = await openAt(mesh, { port: proxy.port, path: `/?override=${fan}` });
    const { page } = panel;
    await fillIn(page);
    proxy.shape('both', { flow: 'swallow' });
    await sidePanel(page).getByText('No link. Not sent: a late command is worse than none.').waitFor({ timeout: 30_000 });
    await sidePanel(page).getByTestId('hold').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect(await page.getByTestId('step').count()).toBe(0);
    proxy.heal();
    await page.locator('[data-testid="panel"][data-link="live"]').waitFor({ timeout: 60_000 });
    expect(await mesh.get<unknown[]>('/api/v1/overrides')).toEqual([]);
  });
});

describe('alarms', () => {
  it('one is listed, acknowledged by a key, and stays as acknowledged; one that went unseen waits to be seen', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await using panel = await openAt(mesh, { path: '/alarms' });
    const { page } = panel;
    await page.getByTestId('no-alarms').waitFor();
    await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 2 });
    const row = (group: string) => page.locator(`[data-testid="alarm"][data-group="${group}"]`, { hasText: 'unit 2' });
    await row('unacknowledged').waitFor({ timeout: 30_000 });
    await page.keyboard.press('a');
    await row('acknowledged').waitFor();
    expect(await row('acknowledged').textContent()).toMatch(/anna/);
    await page.keyboard.press('t');
    await page.locator('[data-testid="chart"][data-window="zoom"]').waitFor();
    await expect.poll(() => page.getByTestId('cursor-time').textContent(), { timeout: 30_000 }).toMatch(/\d\d:\d\d:\d\d$/);
    await page.locator('[data-testid="mark"][data-sign="P2"]').waitFor();
    expect(new URL(page.url()).search).toMatch(/^\?at=\d+$/);
    await page.goBack();
    await mesh.simulator('DELETE', '/faults');
    await row('acknowledged').waitFor({ state: 'detached', timeout: 30_000 });
    await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 3 });
    await page.locator('[data-testid="alarm"][data-group="unacknowledged"]', { hasText: 'unit 3' }).waitFor({ timeout: 30_000 });
    await mesh.simulator('DELETE', '/faults');
    const gone = page.locator('[data-testid="alarm"][data-group="returned"]', { hasText: 'unit 3' });
    await gone.waitFor({ timeout: 30_000 });
    await gone.getByTestId('ack').click();
    await page
      .getByText(/^No active alarms since/)
      .first()
      .waitFor();
    expect(panel.mistakes).toEqual([]);
  });
});

describe('the keyboard', () => {
  it('leads to every screen, opens a device, and can be turned off', async () => {
    const mesh = quiet();
    await using panel = await openAt(mesh);
    const { page } = panel;
    const theme = () => page.evaluate(`document.documentElement.dataset.theme`);
    await page.keyboard.press('1');
    await page.getByTestId('room-screen').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByTestId('tiles').waitFor();
    await page.keyboard.press('j');
    expect(await page.evaluate(`document.activeElement?.textContent`)).toMatch(/Flower room 1/);
    await page.locator(`[data-testid="device"][data-device="${fan}"] a`).focus();
    await page.keyboard.press('o');
    await sidePanel(page).waitFor();
    await page.keyboard.press('Escape');
    await sidePanel(page).waitFor({ state: 'detached' });
    const before = await theme();
    await page.keyboard.press('d');
    expect(await theme()).not.toBe(before);
    await page.keyboard.press('?');
    await page.getByTestId('key-help').getByLabel('single keys are on').uncheck();
    await page.keyboard.press('Escape');
    await page.getByTestId('key-help').waitFor({ state: 'detached' });
    const now = await theme();
    await page.keyboard.press('d');
    await page.keyboard.press('1');
    expect(await theme()).toBe(now);
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('keeps the focus while the values under it change', async () => {
    const mesh = quiet();
    await using panel = await openAt(mesh);
    const { page } = panel;
    const row = page.locator('[data-testid="point"]').first();
    await row.locator('a').focus();
    await mesh.simulator('POST', '/faults', { kind: 'freeze', register: 'front/temperature', value: 31.7 });
    await row.filter({ hasText: '31.7' }).waitFor();
    expect(await page.evaluate(`document.activeElement?.closest('[data-testid="point"]') !== null`)).toBe(true);
  });
});

describe('a hidden page', () => {
  it('draws nothing, and is up to date at once when it is seen again', async () => {
    const mesh = quiet();
    await using panel = await openAt(mesh);
    const { page } = panel;
    const clock = page.getByTestId('hub-time');
    const hide = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await hide(true);
    const before = await clock.textContent();
    // The clock shows seconds: by then it must be another one, however many entries a second brings.
    const up = async () => (await mesh.get<{ up: number }>('/healthz')).up;
    const from = await up();
    await expect.poll(up, { timeout: 30_000 }).toBeGreaterThan(from + 2000);
    expect(await clock.textContent()).toBe(before);
    await hide(false);
    expect(await clock.textContent()).not.toBe(before);
  });
});

describe('the look of every screen', () => {
  const paths = ['/', '/wall', '/alarms', '/diagnostics', '/nowhere', `/?override=${fan}`];
  beforeEach(() => quiet().simulator('POST', '/faults', { kind: 'silence', unit: 2 }));
  it.each(paths)(
    'is clean by axe in all themes, and at no width scrolls sideways: %s',
    async (path) => {
      await using panel = await openAt(quiet(), { path });
      const { page } = panel;
      await page
        .locator(path.includes('override') ? '[data-testid="hold"]' : 'main h1')
        .first()
        .waitFor();
      const found: string[] = [];
      const look = async (what: string, axe: AxeBuilder): Promise<void> => {
        const { violations } = await axe.analyze();
        found.push(...violations.map(({ id, nodes }) => `${what} ${id}: ${nodes.map(({ html }) => html).join(' ')}`));
      };
      // 320 pixels are what is left of 1280 at 400 % zoom.
      for (const width of [1280, 390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        await look(`${width} px`, new AxeBuilder({ page }));
        const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
        if (isWide) found.push(`${width} px scrolls sideways`);
      }
      // The themes differ in their colours alone.
      for (const theme of ['night', 'dark']) {
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
        await look(theme, new AxeBuilder({ page }).withRules(['color-contrast', 'link-in-text-block']));
      }
      expect(found).toEqual([]);
      expect(panel.mistakes).toEqual([]);
    },
    300_000,
  );
});
