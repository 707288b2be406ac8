import { AxeBuilder } from '@axe-core/playwright';
import type { AlarmStatus } from '@phloem/protocol';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';
import { until } from '../support/until.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const soon = { timeout: 90_000 };
const row = (page: Page, group: string, text: string) => page.locator(`[data-testid="alarm"][data-group="${group}"]`, { hasText: text });
const alarmOf = async (mesh: Mesh, alarm: string) => (await mesh.get<AlarmStatus[]>('/api/v1/alarms')).find((one) => one.alarm === alarm);
const findWrong = async (page: Page, what: string): Promise<readonly string[]> => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  return [
    ...violations.map(({ id, nodes }) => `${what} ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    ...(isWide ? [`${what} scrolls sideways`] : []),
  ];
};

describe('the list of alarms', () => {
  let mesh: Mesh;
  beforeEach(async () => {
    mesh = await openMesh({ bundle: null, withAutomation: false });
    for (const unit of [2, 3]) await mesh.simulator('POST', '/faults', { kind: 'silence', unit });
  }, 120_000);
  afterEach(() => mesh[Symbol.asyncDispose]());

  it('[AL5] [AL7] is worked by the keyboard: many are acknowledged with a comment, one is shelved, and that is undone', async () => {
    await using panel = await openPanelPage(browser, mesh, { path: '/alarms' });
    const { page } = panel;
    await row(page, 'unacknowledged', 'unit 2').waitFor(soon);
    await row(page, 'unacknowledged', 'unit 3').waitFor(soon);

    await row(page, 'unacknowledged', 'unit 2').getByRole('checkbox').focus();
    await page.keyboard.press('x');
    await row(page, 'unacknowledged', 'unit 3').getByRole('checkbox').focus();
    await page.keyboard.press('X');
    const bar = page.getByTestId('selection-bar');
    await bar.and(page.locator('[data-selected="2"]')).waitFor();
    await bar.getByLabel('Comment').fill('On my way');
    await page.keyboard.press('Enter');
    for (const unit of ['unit 2', 'unit 3']) await row(page, 'acknowledged', unit).getByText('anna: On my way').waitFor();
    await bar.waitFor({ state: 'detached' });
    expect(await alarmOf(mesh, 'bus/simulator/unit/2')).toMatchObject({
      acknowledgedBy: { kind: 'user', id: 'anna' },
      comment: 'On my way',
    });

    await expect.poll(() => page.title(), soon).toMatch(/^\(2\) ▲ 2 /);
    await row(page, 'acknowledged', 'unit 2').getByRole('checkbox').focus();
    await page.keyboard.press('s');
    const dialog = page.getByTestId('shelve-dialog');
    await dialog.getByText('Give a reason.').waitFor();
    await dialog.getByRole('radio', { name: /^4 h/ }).check();
    await dialog.getByRole('radio', { name: 'maintenance' }).check();
    await dialog.getByTestId('shelve-send').click();
    await row(page, 'shelved', 'unit 2').getByText('anna: maintenance').waitFor();
    await expect.poll(() => page.title(), soon).toMatch(/^\(1\) ▲ 2 /);
    expect(await page.getByTestId('alarm-strip').getAttribute('data-alarms')).toBe('1');
    expect(await alarmOf(mesh, 'bus/simulator/unit/2')).toMatchObject({
      shelved: { by: { kind: 'user', id: 'anna' }, reason: 'maintenance' },
    });

    await page.getByTestId('undo').click();
    await row(page, 'acknowledged', 'unit 2').waitFor();
    await expect.poll(() => page.title(), soon).toMatch(/^\(2\) ▲ 2 /);
    expect(panel.mistakes).toEqual([]);
  }, 240_000);

  it('[AL7] on a phone an alarm is shelved, found by the filter of the address, and unshelved', async () => {
    await using panel = await openPanelPage(browser, mesh, { path: '/alarms', width: 390, height: 844, hasTouch: true });
    const { page } = panel;
    const wrong: string[] = [];
    await row(page, 'unacknowledged', 'unit 2').waitFor(soon);
    await row(page, 'unacknowledged', 'unit 2').getByRole('checkbox').tap();
    await page.getByTestId('selection-bar').waitFor();
    wrong.push(...(await findWrong(page, 'selection')));
    await page.getByTestId('shelve-selected').tap();
    const dialog = page.getByTestId('shelve-dialog');
    await dialog.waitFor();
    wrong.push(...(await findWrong(page, 'dialog')));
    await dialog.getByLabel('Reason in your own words').fill('New probe ordered');
    await dialog.getByTestId('shelve-send').tap();
    await row(page, 'shelved', 'unit 2').waitFor();
    wrong.push(...(await findWrong(page, 'shelved')));

    await page.goto(new URL('/alarms?state=shelved&text=probe', page.url()).href);
    await row(page, 'shelved', 'unit 2').waitFor(soon);
    expect(await page.getByTestId('alarm').count()).toBe(1);
    await page.getByLabel('Find alarms').fill('nothing like it');
    await page.getByTestId('no-matches').waitFor();
    await page.getByTestId('clear-filter').tap();
    expect(new URL(page.url()).search).toBe('');
    await row(page, 'shelved', 'unit 2').getByTestId('unshelve').tap();
    await row(page, 'unacknowledged', 'unit 2').waitFor();
    await until(
      'an alarm that is not shelved',
      () => alarmOf(mesh, 'bus/simulator/unit/2'),
      (one) => one?.shelved === undefined,
    );
    expect(wrong).toEqual([]);
    expect(panel.mistakes).toEqual([]);
  }, 240_000);

  it('says to a viewer which role it takes to acknowledge and to shelve', async () => {
    const link = await mesh.post<{ path: string }>('/api/v1/sign-in-links', { role: 'viewer', name: 'vera' });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    try {
      const page = await context.newPage();
      await page.goto(`${mesh.url}${link.path}`);
      await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
      await page.goto(`${mesh.url}/alarms`);
      const shelve = row(page, 'unacknowledged', 'unit 2').getByTestId('shelve');
      await shelve.waitFor(soon);
      expect(await shelve.getAttribute('aria-disabled')).toBe('true');
      expect(await shelve.getAttribute('title')).toBe('Needs the role technician; you are signed in as viewer.');
      await row(page, 'unacknowledged', 'unit 2').getByRole('checkbox').focus();
      await page.keyboard.press('s');
      expect(await page.getByTestId('shelve-dialog').count()).toBe(0);
    } finally {
      await context.close();
    }
  }, 240_000);
});
