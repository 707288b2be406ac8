import type { TestProject } from 'vitest/node';
import { findBrowser, type Browser } from './find-browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    chromium: Browser;
  }
}

/** Finds or unpacks the browser once, before the suites that use it. */
export const setup = async (project: TestProject): Promise<void> => {
  project.provide('chromium', await findBrowser());
};
