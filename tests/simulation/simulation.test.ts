import { describe, expect, it } from 'vitest';
import { runSimulation } from './run-simulation.ts';

/** The sample of every run of the tests; `pnpm simulate` takes any other. */
const sample = 2000;
const minutes = 60_000;

describe('the simulation', () => {
  it(
    `[IN1] [IN2] [IN3] [IN4] [IN5] [IN6] [IN7] [IN8] [IN9] [IN10] [IN11] [IN12] hold over ${sample} seeds`,
    { timeout: 20 * minutes },
    async () => {
      const half = sample / 2;
      const halves = await Promise.all([1, 1 + half].map((from) => runSimulation('--from', String(from), '--seeds', String(half))));
      for (const { code, output } of halves) {
        expect(output).toContain(`${half} seeds from`);
        expect(output).toContain(', 0 broken');
        expect(code).toBe(0);
      }
    },
  );

  it('replays a seed exactly', { timeout: minutes }, async () => {
    const options = ['--from', '7', '--seeds', '1', '--verbose'];
    const [first, second] = await Promise.all([runSimulation(...options), runSimulation(...options)]);
    const trace = (text: string): readonly string[] => text.split('\n').filter((line) => /^ *\d+\.\d{3} /.test(line));
    expect(trace(first.output).length).toBeGreaterThan(100);
    expect(trace(second.output)).toEqual(trace(first.output));
  });

  it('reaches what it is made for', { timeout: minutes }, async () => {
    const { output } = await runSimulation('--from', '1', '--seeds', '60', '--counts');
    const reached = [
      'begun at a checkpoint',
      'checkpoints handed over',
      'epochs that had to end',
      'grants',
      'lost: diverged',
      'mischief repeat',
      'mischief skip',
      'mischief skip back',
      'refused: duplicate-node',
      'safe states looked at',
      'windows filled',
      'writes of momentary',
      'overrides acknowledged',
      'offsets acknowledged',
      'offsets that ended by themselves',
      'writes of set',
    ];
    expect(reached.filter((what) => !new RegExp(`^ *\\d+ {2}${what}$`, 'm').test(output))).toEqual([]);
  });
});
