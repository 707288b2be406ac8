import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { momentsOfCommands } from './checks/commands.ts';

const minutes = 60_000;
const cutPower = (...options: readonly string[]) =>
  runToEnd(['--conditions=phloem-src', join(root, 'tests/simulation/power-cuts.ts'), ...options]);

describe('power cuts on the files of production', () => {
  it(
    '[CO5] [EV4] [EV6] at any moment of a command take nothing that was acknowledged, a second of readings at the most, and say so',
    { timeout: 10 * minutes },
    async () => {
      const { code, output } = await cutPower('--seeds', '3', '--every', '21');
      expect(output).toContain(', 0 broken');
      expect(code).toBe(0);
      const missed = momentsOfCommands.filter((moment) => !new RegExp(`^ *[1-9]\\d*  ${moment}$`, 'm').test(output));
      expect(missed).toEqual([]);
      expect(output).toMatch(/ [1-9]\d* took entries that were not acknowledged/);
    },
  );

  it('are noticed where something is called durable before it is', { timeout: 10 * minutes }, async () => {
    const { code, output } = await cutPower('--seeds', '1', '--every', '6', '--patch', 'durable-before-the-sync');
    expect(code).toBe(1);
    expect(output).toMatch(/breaks (CO5|EV4)/);
  });
});
