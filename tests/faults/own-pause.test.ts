import { setTimeout as pause } from 'node:timers/promises';
import type { DeviceEntry, Entry } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { openRig } from './rig.ts';

/** Every output of the room goes to its safe state after a second without a leader; after a pause of its own the hub waits as long. */
const failSafeAfterMs = 1000;

it('[HB2] a hub that was frozen reads what was sent meanwhile before it drives any output safe', async () => {
  await using rig = await openRig(1);
  const log = (): readonly Entry[] => rig.witness.seen.map(({ text }) => JSON.parse(text) as Entry);
  const ofDevices = (): readonly DeviceEntry[] => log().flatMap((entry) => (entry.kind === 'device' ? [entry] : []));
  await rig.simulator('POST', '/set', { door: 'open' });
  await until(
    'what the rules ask for with the door open',
    () => ofDevices().findLast(({ device }) => device === 'flower_room/exhaust_fan'),
    (entry) => entry?.phase === 'confirmed' && entry.value === 35,
  );

  const before = ofDevices().length;
  rig.hub.now().signal('SIGSTOP');
  await pause(3 * failSafeAfterMs);
  const thawedAt = Date.now();
  rig.hub.now().signal('SIGCONT');
  await until(
    'the hub to have run for longer than it waits',
    () => log().at(-1)?.at ?? 0,
    (at) => at > thawedAt + failSafeAfterMs,
  );
  // However slow the machine is: the hub may want a safe state later than that, and never sooner.
  const tooSoon = ofDevices()
    .slice(before)
    .filter(({ phase, by, term }) => phase === 'requested' && by.kind === 'hub' && term === undefined)
    .filter(({ at }) => at >= thawedAt && at < thawedAt + failSafeAfterMs);
  expect(tooSoon).toEqual([]);
});
