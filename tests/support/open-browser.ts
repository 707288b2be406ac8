import { chromium, type Browser as RunningBrowser } from 'playwright-core';
import { inject } from 'vitest';
import type { Browser } from './find-browser.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a Chromium without a window. The caller closes it. */
export const launchBrowser = async ({ executablePath, env }: Browser): Promise<RunningBrowser> =>
  chromium.launch({ executablePath, args: flags, headless: true, env: { ...process.env, ...env } });

/** The browser of this test run. */
export const openBrowser = async (): Promise<RunningBrowser> => launchBrowser(inject('chromium'));
