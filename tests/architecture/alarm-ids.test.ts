import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const builder =
  /`(?:bus|device|point|setpoint|automation|node|log|history|disk|cursor|bridge|source|notification)\/\$\{|alarm: [`'](?:bus|device|hub|log|history|disk)\//;

describe('ids of alarms', () => {
  it('are built in one file', () => {
    const files = globSync('{backend,cli,protocol,rules,simulator}/src/**/*.ts', { cwd: root }).filter(
      (file) => !file.endsWith('.test.ts') && !file.includes('testing') && file !== 'protocol/src/alarm-id.ts',
    );
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => builder.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});
