import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWrong, keepScreenshot } from '../support/page-checks.ts';
import { openMesh } from '../support/mesh.ts';
import { openOldAutomation, startRequestsBridge } from '../support/old-automation.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';
import { built, startProcess } from '../support/process.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const soon = { timeout: 90_000 };

describe('the page of the bridges', () => {
  it('[BR1] says how to add one, then shows a bridge whose target is away, and that it does not run any more', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await using laptop = await openPanelPage(browser, mesh, { path: '/' });
    await using phone = await openPanelPage(browser, mesh, { path: '/', width: 390, height: 844, hasTouch: true });
    await laptop.page.getByTestId('rail').getByText('Bridges').click();
    await phone.page.getByTestId('rail').getByText('Bridges').tap();
    for (const { page } of [laptop, phone]) {
      await page.getByTestId('no-bridges').getByText('kind: Bridge').waitFor();
      expect(await findWrong(page)).toEqual([]);
    }
    await keepScreenshot(laptop.page, 'bridges-empty');

    const site = mkdtempSync(join(tmpdir(), 'phloem-bridge-'));
    const document = [
      'apiVersion: phloem/v1',
      'kind: Bridge',
      'metadata: { id: history, title: History for dashboards }',
      // A port on which nothing can listen.
      'spec: { target: { kind: postgresql, url: "postgres://phloem@127.0.0.1:1/plant" } }',
    ];
    writeFileSync(join(site, 'bridge.yaml'), `${document.join('\n')}\n`);
    const args = ['bridge', 'run', 'history', '--site', site, '--port', String(mesh.port), '--data', mesh.data];
    const bridge = await startProcess('bridge', [built.phloem, ...args]);
    for (const { page } of [laptop, phone]) {
      const card = page.locator('[data-bridge="history"]');
      await card.and(page.locator('[data-state="connecting"]')).waitFor(soon);
      await card.getByText('History for dashboards').waitFor();
      await card.getByTestId('error').waitFor(soon);
      expect(await findWrong(page)).toEqual([]);
    }
    await keepScreenshot(laptop.page, 'bridges-laptop');
    await keepScreenshot(phone.page, 'bridges-phone');

    await bridge.end('SIGKILL');
    await laptop.page.locator('[data-bridge="history"][data-state="silent"]').waitFor(soon);
    await keepScreenshot(laptop.page, 'bridges-silent');
    expect([...laptop.mistakes, ...phone.mistakes]).toEqual([]);
    rmSync(site, { recursive: true, force: true });
  }, 240_000);

  it('[BR1] shows a bridge whose automation has died, at both widths', async () => {
    using old = openOldAutomation();
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await using laptop = await openPanelPage(browser, mesh, { path: '/bridges' });
    await using phone = await openPanelPage(browser, mesh, { path: '/bridges', width: 390, height: 844, hasTouch: true });
    old.live();
    const bridge = await startRequestsBridge(mesh, old.folder);
    const cards = [laptop, phone].map(({ page }) => page.locator('[data-bridge="old_automation"]'));
    for (const card of cards) await card.getByText(/^The foreign automation is in control since/).waitFor(soon);
    old.die();
    for (const card of cards) {
      await card.and(card.page().locator('[data-state="no-sign-of-life"]')).getByText('No sign of life', { exact: true }).waitFor(soon);
      await card.getByText(/^The foreign automation shows no sign of life since/).waitFor(soon);
    }
    for (const { page } of [laptop, phone]) expect(await findWrong(page)).toEqual([]);
    await keepScreenshot(laptop.page, 'bridges-no-life-laptop');
    await keepScreenshot(phone.page, 'bridges-no-life-phone');
    old.live();
    for (const card of cards) await card.getByText(/^The foreign automation is in control since/).waitFor(soon);
    expect([...laptop.mistakes, ...phone.mistakes]).toEqual([]);
    await bridge.end('SIGTERM');
  }, 240_000);
});
