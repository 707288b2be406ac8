import { join } from 'node:path';
import type { SimulatedPastReach } from '@phloem/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWrong, keepScreenshot } from '../support/page-checks.ts';
import { openMesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';
import { built, runToEnd } from '../support/process.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const phone = { width: 390, height: 844, hasTouch: true };

describe('the page of the rules', () => {
  it('says how to begin where no rules are live', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await using laptop = await openPanelPage(browser, mesh, { path: '/rules' });
    await laptop.page.getByTestId('no-rules').getByText('phloem push').waitFor();
    expect(await findWrong(laptop.page)).toEqual([]);
    expect(laptop.mistakes).toEqual([]);
  });

  it('tries another number of a rule on the simulated day, and shows from where on it is undetermined', async () => {
    await using mesh = await openMesh();
    await runToEnd([built.past, '--port', String(mesh.port), '--token-file', join(mesh.data, 'secrets/admin.token'), '--hours', '16']);
    expect((await mesh.get<SimulatedPastReach>('/api/v1/history/simulated-past')).from).not.toBeNull();
    await using laptop = await openPanelPage(browser, mesh, { path: '/rules', role: 'engineer' });
    await using mobile = await openPanelPage(browser, mesh, { path: '/rules', ...phone });
    const { page } = laptop;
    await page.locator('[data-rule="flower_room/dehumidify"]').waitFor();
    await keepScreenshot(page, 'rules-laptop');
    await mobile.page.locator('[data-rule="flower_room/dehumidify"]').waitFor();
    expect(await findWrong(mobile.page)).toEqual([]);
    await keepScreenshot(mobile.page, 'rules-phone');

    await page.locator('[data-rule="flower_room/dehumidify"] a').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('yaml').getByText('kPa(0.07)').waitFor();
    const on = page.locator('[data-key="when/hysteresis/on@0"]');
    const enter = async (value: string): Promise<void> => {
      await on.getByRole('spinbutton').fill(value);
      await on.getByRole('spinbutton').press('Enter');
    };
    await enter('0.01');
    await page.getByTestId('backtest-state').getByText('lines that leave a band between them').waitFor();
    await enter('0.03');
    await on.getByText('was 0.07').waitFor();
    await page.locator('[data-testid="rule-detail"][data-state="done"]').waitFor();
    await page.getByTestId('yaml').getByText('kPa(0.03)').waitFor();
    await page.getByTestId('backtest-state').getByText('simulated, not recorded').waitFor();
    await page.locator('[data-testid="horizon"][data-device="flower_room/dehumidifier_1"]').getByText('Undetermined from').waitFor();
    await page.getByTestId('count').getByText('undetermined').first().waitFor();
    expect(await findWrong(page)).toEqual([]);
    await keepScreenshot(page, 'rule-laptop');

    await page.getByTestId('discard').click();
    await page.getByTestId('yaml').getByText('kPa(0.07)').waitFor();
    await page.getByTestId('backtest-state').getByText('Change a number').waitFor();

    await mobile.page.locator('[data-rule="flower_room/heat"] a').click();
    await mobile.page.getByTestId('rule-detail').getByText('Needs the role engineer').waitFor();
    expect(await findWrong(mobile.page)).toEqual([]);
    await keepScreenshot(mobile.page, 'rule-phone');
    expect([...laptop.mistakes, ...mobile.mistakes]).toEqual([]);
  }, 180_000);
});
