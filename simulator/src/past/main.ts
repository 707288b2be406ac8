import { constants, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Fault, isFault, type SimulatedPastAnswer, type SimulatedPastReach } from '@phloem/protocol';
import { createHubClient } from '@phloem/backend/client';
import { hourMs } from '../weather.ts';
import { askPatiently, createPatientClient, usualPausesMs } from './io/patient-client.ts';
import { readPastWorld } from './io/read-past-world.ts';
import { livePast } from './live-past.ts';
import type { PastFilled } from './past-filled.ts';
import { planFill } from './plan-fill.ts';
import { toPieces } from './to-pieces.ts';

/*
 * Gives the hub of a demonstration the past day that it has not lived: `node main.ts --port 8420 --token-file <file>`. Ends with
 * 0 when there is nothing to do, or when it is done; says over its channel, if it has one, what it did.
 */

const example = (part: 'site' | 'bundle'): string => fileURLToPath(new URL(`../../../examples/flower-room/${part}`, import.meta.url));

const stepMs = 10_000;
/** The rooms come from how they are found to how they are kept, before anybody learns of them. */
const warmUpMs = hourMs;
const seed = 20_261_123;
/** Between two pieces the hub has the processor to itself. */
const restMs = 20;
/** The samples of so long are a fraction of what the hub takes at once. */
const pieceMs = hourMs / 6;

const run = async (): Promise<void> => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { port: text, 'token-file': text, site: text, bundle: text, hours: text } });
  const patience = { pausesMs: usualPausesMs, pause };
  const client = createPatientClient(
    createHubClient({ port: Number(values.port ?? 8420), tokenFile: values['token-file'] ?? '' }),
    patience,
  );
  const path = '/api/v1/history/simulated-past';
  const reach = await askPatiently(async () => {
    const found = await client.get<SimulatedPastReach>(path);
    // The history reads the log on its own: the first lived moment may not have come to it yet.
    if (found.before === null) throw new Fault('history/unavailable', 'the history has not recorded anything yet');
    return found;
  }, patience);
  const hours = Number(values.hours ?? 24);
  const plan = planFill(reach, hours * hourMs, stepMs);
  if (plan === null) return;
  const world = readPastWorld({ site: values.site ?? example('site'), bundle: values.bundle ?? example('bundle') });
  const moments = livePast({ ...world, seed, from: plan.from - warmUpMs, to: plan.to, stepMs });
  let [samples, spans] = [0, 0];
  for (const piece of toPieces(moments, plan.from, pieceMs)) {
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

if (process.send !== undefined) {
  // Started with a channel: nobody waits for it, and whatever else this machine does is more urgent. When the starter is
  // gone, nobody wants the past any more.
  setPriority(constants.priority.PRIORITY_LOW);
  process.once('disconnect', () => process.exit());
}
try {
  await run();
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`charts begin at this start: the hours before could not be simulated (${error.message})\n`);
  process.exitCode = 1;
}
if (process.connected) process.disconnect?.();
