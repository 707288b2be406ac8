import { constants, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isFault, type SimulatedPastAnswer, type SimulatedPastReach } from '@phloem/protocol';
import { createHubClient } from '../../cli/io/hub-client.ts';
import { demonstration } from '../../cli/io/places.ts';
import { hourMs } from '../weather.ts';
import { readPastWorld } from './io/read-past-world.ts';
import { livePast } from './live-past.ts';
import { planFill } from './plan-fill.ts';
import { toPieces } from './to-pieces.ts';

/*
 * Gives the hub of a demonstration the past day that it has not lived: `node main.ts --port 8420 --token-file <file>`. Ends with
 * 0 when there is nothing to do, or when it is done; says over its channel, if it has one, what it did.
 */

const stepMs = 10_000;
/** The rooms come from how they are found to how they are kept, before anybody is told of them. */
const warmUpMs = hourMs;
const seed = 20_261_123;
/** Between two pieces the hub has the processor to itself. */
const restMs = 100;

/** What is told of a fill when it is done. */
export type PastFilled = { readonly hours: number; readonly samples: number; readonly spans: number; readonly cpuMs: number };

const run = async (): Promise<void> => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { port: text, 'token-file': text, site: text, bundle: text, hours: text } });
  const client = createHubClient({ port: Number(values.port ?? 8420), tokenFile: values['token-file'] ?? '' });
  const path = '/api/v1/history/simulated-past';
  let reach = await client.get<SimulatedPastReach>(path);
  // The history reads the log on its own: the first lived moment may not have come to it yet.
  for (let tries = 0; reach.before === null && tries < 100; tries += 1) {
    await pause(restMs);
    reach = await client.get<SimulatedPastReach>(path);
  }
  const hours = Number(values.hours ?? 24);
  const plan = planFill(reach, hours * hourMs, stepMs);
  if (plan === null) return;
  const world = readPastWorld({ site: values.site ?? demonstration.site, bundle: values.bundle ?? demonstration.bundle });
  const moments = livePast({ ...world, seed, from: plan.from - warmUpMs, to: plan.to, stepMs });
  let [samples, spans] = [0, 0];
  for (const piece of toPieces(moments, plan.from, hourMs)) {
    const answer = await client.post<SimulatedPastAnswer>(path, piece);
    samples += answer.samples;
    spans += answer.spans;
    await pause(restMs);
  }
  const { user, system } = process.cpuUsage();
  const told: PastFilled = { hours, samples, spans, cpuMs: Math.round((user + system) / 1000) };
  if (process.send === undefined) process.stdout.write(`${JSON.stringify(told)}\n`);
  else process.send(told);
};

// Whatever else this machine does is more urgent.
setPriority(constants.priority.PRIORITY_LOW);
// Started with a channel: when the starter is gone, nobody waits for the past any more.
if (process.send !== undefined) process.once('disconnect', () => process.exit());
try {
  await run();
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
if (process.connected) process.disconnect?.();
