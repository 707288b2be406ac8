import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWrong, keepScreenshot } from '../support/page-checks.ts';
import { openMesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openPanelPage } from '../support/panel-page.ts';
import { root } from '../support/repository.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const phone = { width: 390, height: 844, hasTouch: true };

/** The demonstration's site with a webhook, and a person who has no working mail server. */
const writeSite = (hook: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-site-'));
  cpSync(join(root, 'examples/freezers/site'), folder, { recursive: true });
  writeFileSync(
    join(folder, 'notifications.yaml'),
    `apiVersion: phloem/v1
kind: Notifications
metadata: { id: on-call }
spec:
  channels:
    team: { kind: webhook, url: "${hook}", secret: team }
    mail: { kind: email, host: 127.0.0.1, port: 1, encryption: none, from: phloem@example.org }
  people: { maria: { addresses: { mail: maria@example.org } } }
  routes: [{ priorities: [P1], steps: [{ notify: [maria, team] }] }]
`,
  );
  return folder;
};

describe('the page of the notifications', () => {
  it('shows how to set notifications up when there are none', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await using laptop = await openPanelPage(browser, mesh, { path: '/alarms' });
    await laptop.page.getByTestId('notifications-link').click();
    await laptop.page.getByTestId('no-notifications').getByText('kind: Notifications').waitFor();
    expect(await findWrong(laptop.page)).toEqual([]);
    await keepScreenshot(laptop.page, 'notifications-empty');
    expect(laptop.mistakes).toEqual([]);
  });

  it('[NO14] sends test messages, and shows what came of them', async () => {
    const receiver = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end())).listen(
      0,
      '127.0.0.1',
    );
    await once(receiver, 'listening');
    const site = writeSite(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`);
    await using mesh = await openMesh({ site, bundle: null, withAutomation: false });
    await using laptop = await openPanelPage(browser, mesh, { path: '/notifications' });
    await using mobile = await openPanelPage(browser, mesh, { path: '/notifications', ...phone });
    const { page } = laptop;
    const channel = (id: string) => page.locator(`[data-channel="${id}"]`);
    await channel('team').getByText('Not tried yet').waitFor();

    await channel('team').getByTestId('test-channel').click();
    await page.getByTestId('test-results').getByText('the secret team is missing').waitFor();
    mkdirSync(join(mesh.data, 'secrets'), { recursive: true });
    writeFileSync(join(mesh.data, 'secrets/team.secret'), `whsec_${Buffer.alloc(32, 1).toString('base64')}`, { mode: 0o600 });
    await channel('team').getByTestId('test-channel').click();
    await page.getByTestId('test-results').getByText('team: delivered').waitFor();
    await channel('team').and(page.locator('[data-glyph="ok"]')).waitFor();

    await page.getByTestId('test-to').fill('maria');
    await page.getByTestId('test-to').press('Enter');
    await page.getByTestId('test-results').getByText('maria by mail: 127.0.0.1: connect ECONNREFUSED').waitFor();
    await channel('mail').and(page.locator('[data-glyph="down"]')).waitFor();
    await page.getByTestId('test-to').fill('nobody');
    await page.getByTestId('test-send').click();
    await page.getByTestId('test-results').getByText('no person, rota or webhook is named nobody').waitFor();

    await mobile.page.locator('[data-channel="mail"][data-glyph="down"]').waitFor();
    for (const one of [page, mobile.page]) expect(await findWrong(one)).toEqual([]);
    await keepScreenshot(page, 'notifications-laptop');
    await keepScreenshot(mobile.page, 'notifications-phone');
    expect([...laptop.mistakes, ...mobile.mistakes]).toEqual([]);
    receiver.closeAllConnections();
    receiver.close();
    rmSync(site, { recursive: true });
  }, 120_000);
});
