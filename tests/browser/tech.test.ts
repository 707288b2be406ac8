import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const temperature = 'flower_room/front/temperature';

/** A signed-in phone at one of the screens for work at the cabinet. */
const openPhone = async (mesh: Mesh, path: string) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, timezoneId: 'UTC' });
  const page = await context.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  await page.goto(`${mesh.url}${await mesh.signInPath()}`);
  await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
  await page.goto(`${mesh.url}${path}`);
  return { page, mistakes, [Symbol.asyncDispose]: () => context.close() };
};
const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
/** What axe finds, in each of the three themes. */
const breaches = async (page: Page): Promise<string[]> => {
  const found: string[] = [];
  for (const theme of ['day', 'night', 'dark']) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
    const { violations } = await new AxeBuilder({ page }).include('main').analyze();
    found.push(...violations.map(({ id, nodes }) => `${theme}: ${id}: ${nodes[0]?.html ?? ''}`));
  }
  return found;
};

describe('at the cabinet, on a phone', () => {
  it('finds a point by name and by register', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using phone = await openPhone(mesh, '/diagnostics');
    const { page } = phone;
    const box = page.getByTestId('find-box');
    await page.locator(`[data-testid="hit"][data-id="${temperature}"]`).first().waitFor();
    for (const text of ['flo fro temp', '1/30001', 'u1 i1', '1/i0x00']) {
      await box.fill(text);
      await page.locator(`[data-testid="hits"] [data-id="${temperature}"]`).waitFor();
    }
    await box.fill('1/40012');
    expect(await page.getByTestId('nothing').textContent()).toContain('No point is read at unit 1, 40012 (address 11)');
    expect(await page.getByTestId('tag-refusal').or(page.getByTestId('tag')).count()).toBe(1);
    expect(await breaches(page)).toEqual([]);
    await box.fill('');
    await page.getByTestId('storage-link').tap();
    await page.locator('[data-testid="storage"][data-known="true"]').waitFor();
    expect(await page.getByTestId('storage').textContent()).toMatch(/Not known yet.*Every reading is kept for35 d 0 h, or up to/s);
    expect(await breaches(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    if (process.env['PHLOEM_SCREENSHOTS'] !== undefined)
      await page.screenshot({ path: `${process.env['PHLOEM_SCREENSHOTS']}/storage.png` });
    await page.goBack();
    await box.fill('1/40012');
    // Enter goes where there is only one place to go.
    await box.press('Enter');
    await page.locator('[data-testid="read-why"]', { hasText: '02: this unit has no register 40012' }).waitFor();
    await page.goBack();
    await box.fill('1/30001');
    await page.getByTestId('offer').click();
    await page.locator('[data-testid="group"][data-title="30001"]').waitFor();
    await page.locator('[data-testid="group"][data-title="30001"] [data-name="s16"]').click();
    expect(await page.getByTestId('proposal-line').textContent()).toContain(
      '"table": "input", "address": 0, "vendorAddress": "30001", "type": "s16"',
    );
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await breaches(page)).toEqual([]);
    expect(phone.mistakes).toEqual([]);
  });

  it('[LA4] shows the way of a value from its register, live', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using phone = await openPhone(mesh, `/diagnostics/point/${encodeURIComponent(temperature)}`);
    const { page } = phone;
    await page.locator('[data-testid="now"][data-freshness="fresh"]').waitFor();
    await expect.poll(() => page.getByTestId('raw').textContent()).toMatch(/^[0-9A-F]{2} [0-9A-F]{2}$/);
    // The register holds tenths of a degree.
    const raw = Number.parseInt((await page.getByTestId('raw').textContent())?.replace(' ', '') ?? '', 16);
    expect(Math.abs(raw / 10 - Number(await page.getByTestId('value').textContent()))).toBeLessThan(2);
    expect(await page.locator('[data-testid="reading"][data-used="true"]').textContent()).toMatch(/s16.*in use/);
    await expect.poll(async () => Number(await page.getByTestId('stat-n').textContent())).toBeGreaterThan(1);
    await page.locator('[data-testid="changed"]').first().waitFor();

    await page.getByTestId('freeze').click();
    await page.getByTestId('frozen').waitFor();
    const still = await page.getByTestId('raw').textContent();
    await mesh.simulator('POST', '/faults', { kind: 'freeze', register: 'front/temperature', value: 31.7 });
    await page.getByTestId('freeze').click();
    await page.getByTestId('value').and(page.getByText('31.7')).waitFor();
    // The register comes by the watch of the bus, the value by the log.
    await expect.poll(() => page.getByTestId('raw').textContent()).not.toBe(still);

    await page.getByTestId('fast').click();
    await expect.poll(() => page.getByTestId('fast-text').textContent()).toMatch(/takes \d+\.\d % of the bus simulator.*ends in 1 m/);
    await page.getByTestId('mark').click();
    await expect.poll(() => page.getByTestId('stat-mean').textContent()).toBe('31.70');
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await breaches(page)).toEqual([]);
    expect(phone.mistakes).toEqual([]);
  });

  it('[FB13] shows a bus, its units, and what passes on them', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using phone = await openPhone(mesh, '/diagnostics/bus/simulator');
    const { page } = phone;
    await page.locator('[data-testid="unit"][data-unit="2"][data-standing="ok"]').waitFor();
    expect(await page.getByTestId('budget').textContent()).toMatch(/1000 ms cycle/);
    await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 2 });
    await page.locator('[data-testid="unit"][data-unit="2"][data-standing="silent"]').waitFor();
    await page.locator('[data-testid="unit"][data-unit="2"]').click();
    await page.locator('[data-testid="transaction"]', { hasText: 'unit 2 read 30001' }).first().waitFor();
    await page.locator('[data-testid="transaction"]', { hasText: 'timeout' }).first().waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await breaches(page)).toEqual([]);
    expect(phone.mistakes).toEqual([]);
  });
});
