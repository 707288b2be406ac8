import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWrong, keepScreenshot } from '../support/page-checks.ts';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const password = 'four unrelated words';
const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

/** A browser that nobody is signed in with. */
const openPage = async (mesh: Mesh, viewport: typeof laptop, path = '/') => {
  const context = await browser.newContext({ viewport, hasTouch: viewport === phone, colorScheme: 'light' });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  await page.goto(`${mesh.url}${path}`);
  return { page, mistakes, [Symbol.asyncDispose]: () => context.close() };
};
const signIn = async (page: Page, name: string, word: string): Promise<void> => {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(word);
  await page.getByTestId('sign-in-send').click();
};
const isIn = (page: Page): Promise<void> => page.locator('[data-testid="panel"][data-screen="site"]').waitFor();

describe('people', () => {
  it('[SE1] sign in with a password, and out again', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await mesh.post('/api/v1/users', { name: 'anna', role: 'technician', password });
    for (const viewport of [laptop, phone]) {
      await using opened = await openPage(mesh, viewport, '/alarms');
      const { page } = opened;
      await page.getByTestId('sign-in').waitFor();
      expect(await findWrong(page)).toEqual([]);
      await keepScreenshot(page, `sign-in-${viewport.width}`);
      await signIn(page, 'anna', 'not this one either');
      await page.getByTestId('sign-in-why').getByText('name or password is wrong').waitFor();
      await signIn(page, 'Anna', password);
      await isIn(page);
      // It stays where it was asked for.
      await page.getByTestId('alarm-screen').waitFor();
      await page.getByTestId('me').click();
      await page.getByTestId('account').getByText('Signed in as anna, technician.').waitFor();
      expect(await page.getByTestId('users').count()).toBe(0);
      expect(await findWrong(page)).toEqual([]);
      await page.getByTestId('sign-out').click();
      await page.getByTestId('sign-in').waitFor();
      expect(opened.mistakes).toEqual([]);
    }
  }, 120_000);

  it('[SE2] [SE6] are added by an administrator, choose a password after a link, and are removed', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await mesh.post('/api/v1/users', { name: 'anna', role: 'admin', password });
    await using own = await openPage(mesh, laptop, '/account');
    const { page } = own;
    await signIn(page, 'anna', password);
    await page.locator('[data-user="anna"]').waitFor();
    await page.getByTestId('add-user').getByLabel('Name').fill('maria');
    await page.getByTestId('add-user').getByLabel('Cold store').check();
    await page.getByTestId('add-user-send').click();
    await page.locator('[data-user="maria"]').getByText('Cold store · no password yet').waitFor();
    const link = await page.getByTestId('user-link').inputValue();
    expect(await findWrong(page)).toEqual([]);
    await keepScreenshot(page, 'account-1280');

    await using hers = await openPage(mesh, phone);
    await hers.page.goto(link);
    // Who has no password yet is asked for one.
    await hers.page.getByLabel('New password', { exact: true }).fill('too short');
    await hers.page.getByText('3 more characters').waitFor();
    await hers.page.getByLabel('New password', { exact: true }).fill('another unrelated line');
    await hers.page.getByLabel('New password again').fill('another unrelated line');
    await hers.page.getByTestId('password-send').tap();
    await hers.page.getByTestId('password-said').getByText('Password changed').waitFor();
    expect(await findWrong(hers.page)).toEqual([]);
    await keepScreenshot(hers.page, 'account-390');

    await page.setViewportSize(phone);
    expect(await findWrong(page)).toEqual([]);
    await keepScreenshot(page, 'account-admin-390');
    // The last administrator stays one.
    await page.locator('#role-anna').selectOption('viewer');
    await page.getByTestId('users-said').getByText('last administrator').waitFor();
    expect(await page.locator('#role-anna').inputValue()).toBe('admin');
    await page.locator('[data-user="maria"]').getByRole('button', { name: 'Remove maria' }).click();
    await page.getByTestId('remove-really').click();
    await page.locator('[data-user="maria"]').waitFor({ state: 'detached' });
    // Her page ends at once, and she cannot come back.
    await hers.page.getByTestId('sign-in').waitFor();
    await signIn(hers.page, 'maria', 'another unrelated line');
    await hers.page.getByTestId('sign-in-why').getByText('name or password is wrong').waitFor();
    expect([...own.mistakes, ...hers.mistakes]).toEqual([]);
  }, 120_000);
});
