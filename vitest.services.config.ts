import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './tests/support/summary-reporter.ts';

const conditions = ['module', 'node', 'development|production', 'phloem-src'];

/** Tests against real servers: `npm run test:services`. They are no part of `npm test`, which needs no server. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: 'services',
    reporters: ['default', new SummaryReporter()],
    globalSetup: ['tests/services/support/setup.ts'],
    include: ['tests/services/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
});
