import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const slowest = 30;

/** The files that took longest, so that anyone who shortens the suites knows where to begin. */
const toSlowest = (modules: readonly TestModule[]): string =>
  modules
    .map((module) => ({ name: `${module.project.name} ${module.relativeModuleId}`, ms: module.diagnostic().duration }))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, slowest)
    .map(({ name, ms }) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${name}\n`)
    .join('');

/** Prints the line by which a run is counted, `N passed, N failed`, and leaves it in a file when asked for one. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1;
        // A test that was skipped has not passed, and nothing here is allowed to be skipped.
        else failed += 1;
      }
    }
    process.stdout.write(toSlowest(modules));
    const line = `${passed} passed, ${failed} failed`;
    process.stdout.write(`${line}\n`);
    const file = process.env['PHLOEM_TEST_SUMMARY'];
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${line}\n`);
  }
}
