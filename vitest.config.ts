import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './tests/support/summary-reporter.ts';

// Vite's own server conditions (naming one alone would drop them), and ours, which leads to the sources.
const conditions = ['module', 'node', 'development|production', 'phloem-src'];
const base = { resolve: { conditions }, ssr: { resolve: { conditions } } };

// A limit ends a test that would never end; how long work takes is nobody's claim, and a busy machine is no fault.
const patience = { testTimeout: 60_000, hookTimeout: 60_000 };

/**
 * Files that replace a module or something global. Each runs with modules of its own; all other tests of `unit` share them
 * within a worker, which saves most of the time that they would take to load.
 */
const isolated = [
  'backend/src/field/io/serial-wire.test.ts',
  'backend/src/http/io/http-server.test.ts',
  'backend/src/settings/io/settings-folder.test.ts',
  'backend/src/store/io/power-cut.test.ts',
  'bridges/webhook/src/io/open-webhook-target.test.ts',
  'web-ui/src/live/io/odd-hub.test.ts',
];

/** Each project is a suite with its own process flags. Nothing retries, nothing is timed by the wall clock. */
export default defineConfig({
  test: {
    reporters: ['default', new SummaryReporter()],
    // Many files wait for processes of their own, so one worker more than there are cores keeps all of them busy.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        ...base,
        test: {
          name: 'language',
          include: ['protocol/src/**/*.test.ts', 'rules/src/**/*.test.ts', 'automation/src/**/*.test.ts'],
          execArgv: ['--disallow-code-generation-from-strings'],
          ...patience,
        },
      },
      {
        ...base,
        test: {
          name: 'unit',
          include: [
            'reconnect/src/**/*.test.ts',
            'backend/src/**/*.test.ts',
            'embed/src/**/*.test.ts',
            'simulator/src/**/*.test.ts',
            'bridges/*/src/**/*.test.ts',
            'cli/src/**/*.test.ts',
            'web-ui/src/**/*.test.ts',
          ],
          exclude: [...isolated, '**/node_modules/**'],
          isolate: false,
          ...patience,
        },
      },
      {
        ...base,
        test: { name: 'isolated', include: isolated, ...patience },
      },
      {
        ...base,
        test: {
          name: 'mesh',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/browser/**', 'tests/services/**', '**/node_modules/**', '**/dist/**'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...base,
        test: {
          name: 'browser',
          globalSetup: ['tests/support/browser-setup.ts'],
          include: ['tests/browser/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // After all other suites. A page waits for its hub most of the time, so two files share the cores well.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
    ],
  },
});
