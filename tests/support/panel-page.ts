import type { Browser, Page } from 'playwright-core';
import type { Mesh } from './mesh.ts';

/** How a page of the panel is opened. */
export type PanelLook = {
  readonly width?: number;
  readonly height?: number;
  readonly port?: number;
  readonly path?: string;
  readonly hasTouch?: boolean;
  readonly role?: string;
};

/** A page of the panel, with the mistakes that its scripts made; closed by its disposal. */
export type PanelPage = AsyncDisposable & { readonly page: Page; readonly mistakes: readonly string[] };

/** Opens a browser of its own, signed in, as a technician where nothing else is said, and led to a page of the panel. */
export const openPanelPage = async (
  browser: Browser,
  mesh: Mesh,
  { width = 1440, height = 900, port = mesh.port, path = '/', hasTouch = false, role = 'technician' }: PanelLook = {},
): Promise<PanelPage> => {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: 'light', hasTouch });
  // A loaded machine may need longer than the 30 seconds of the library.
  context.setDefaultTimeout(60_000);
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
