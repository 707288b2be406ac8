import { describe, expect, it } from 'vitest';
import { runSimulation } from './run-simulation.ts';

/** The sample of every run of the tests; `pnpm simulate` takes any other. */
const sample = 240;
const minutes = 60_000;

/** What the sample has to come by at least once: otherwise nothing of it would have been tried. */
const reached = [
  'begun at a checkpoint',
  'checkpoints handed over',
  'epochs that had to end',
  'grants',
  'lost: truncated',
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
  'refreshes',
  'relays of actuators written',
  'steps of ramps looked at',
  'writes: room/ac',
  'writes: room/dimmer',
  'writes: room/drive',
  'writes: room/mode',
  'writes: room/shot',
  'writes: store/program',
];

describe('the simulation', () => {
  it(
    `[IN1] [IN2] [IN3] [IN4] [IN5] [IN6] [IN7] [IN8] [IN9] [IN10] [IN11] [IN12] [DE7] [DE9] [DE10] [DE11] hold over ${sample} seeds, which reach what they are made for`,
    { timeout: 20 * minutes },
    async () => {
      const half = sample / 2;
      const halves = await Promise.all(
        [1, 1 + half].map((from) => runSimulation('--from', String(from), '--seeds', String(half), '--counts')),
      );
      for (const { code, output } of halves) {
        expect(output).toContain(`${half} seeds from`);
        expect(output).toContain(', 0 broken');
        expect(code).toBe(0);
      }
      const isReached = (what: string): boolean => halves.some(({ output }) => new RegExp(`^ *\\d+ {2}${what}$`, 'm').test(output));
      expect(reached.filter((what) => !isReached(what))).toEqual([]);
    },
  );

  it('[CO1] a service that subscribes again while a commit of its waits goes on reading (seed 1289)', { timeout: minutes }, async () => {
    const { code, output } = await runSimulation('--from', '1289', '--seeds', '1');
    expect(output).toContain(', 0 broken');
    expect(code).toBe(0);
  });

  it('replays a seed exactly', { timeout: minutes }, async () => {
    const options = ['--from', '7', '--seeds', '1', '--verbose'];
    const [first, second] = await Promise.all([runSimulation(...options), runSimulation(...options)]);
    const trace = (text: string): readonly string[] => text.split('\n').filter((line) => /^ *\d+\.\d{3} /.test(line));
    expect(trace(first.output).length).toBeGreaterThan(100);
    expect(trace(second.output)).toEqual(trace(first.output));
  });
});
