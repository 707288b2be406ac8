import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createHubClock, openSqliteStore, readBoot } from '@phloem/backend';

import type { Entry } from '@phloem/protocol';
import { createSeededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';
import { check } from './checker.ts';
import { toLives, type Life } from './commands.ts';
import { faultKinds, singleKinds, workerKinds, type Fault, type Struck } from './fault-kinds.ts';
import type { Breach, DevicePlace, Facts, Kill, SimulatorWrite, Stepped } from './facts.ts';
import { followMesh, type Mesh } from './mesh-state.ts';
import { checkState, readCheckpoint } from './replay.ts';
import { openRig, type Rig, type RigKind } from './rig.ts';
import { startWeather } from './weather.ts';

/** A fault with how long it took from then, or from its end, until a service commanded again. */
export type Survived = Struck & { readonly recoveryMs: number };

/** What came of a storm. */
export type Aftermath = {
  readonly seed: number;
  readonly minutes: number;
  readonly survived: readonly Survived[];
  readonly safeAfterMs: readonly number[];
  readonly breaches: readonly Breach[];
  /** How many engines' last states were held against a replay of the whole log. */
  readonly statesCompared: number;
  readonly lives: readonly Life[];
  readonly kills: readonly Kill[];
  readonly counts: { readonly entries: number; readonly stepped: number; readonly writes: number };
  readonly facts: Facts;
};

export type StormOptions = {
  readonly seed: number;
  /** Continues while this returns true; asked before each fault. */
  readonly goesOn: (faults: number) => boolean | Promise<boolean>;
  /** How hub and automation run; as processes of their own by default. */
  readonly rig?: RigKind;
  /** Which faults; all that the rig can have by default. */
  readonly kinds?: readonly (readonly [number, Fault])[];
  readonly told?: (survived: Survived) => void;
  /** Called once everything runs. */
  readonly watch?: (rig: Rig) => void;
  /** Between two faults, at the least. */
  readonly calmMs?: number;
};

const devices: readonly DevicePlace[] = [
  { device: 'flower_room/dehumidifier_1', unit: 10, address: 0, scale: 1 },
  { device: 'flower_room/dehumidifier_2', unit: 10, address: 1, scale: 1 },
  { device: 'flower_room/heater', unit: 10, address: 2, scale: 1 },
  { device: 'flower_room/exhaust_fan', unit: 11, address: 0, scale: 10 },
  { device: 'flower_room/lights', unit: 12, address: 0, scale: 10 },
  { device: 'flower_room/ac', unit: 43, address: 0, scale: 10 },
  { device: 'flower_room/ac_mode', unit: 43, address: 1, scale: 1, modes: { off: 0, heat: 1, cool: 2 } },
  { device: 'flower_room/dimmer', unit: 42, address: 0, scale: 10, slewPerS: 40 },
  { device: 'flower_room/drive', unit: 44, address: 0, scale: 10, isRefreshed: true },
  { device: 'flower_room/horn', unit: 45, address: 0, scale: 1, isMomentary: true },
];

/** The drive may take 40 s to settle, and shows once more that it moves; by then every device has come to an end. */
const longestCommandMs = 120_000;

const choose = (kinds: readonly (readonly [number, Fault])[], random: () => number): Fault => {
  let left = random() * kinds.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, fault] of kinds) {
    left -= weight;
    if (left < 0) return fault;
  }
  throw new Error('there are no faults');
};

const kindsOf = { processes: faultKinds, 'single-process': singleKinds, worker: workerKinds } as const;

/** Lets faults strike an installation of real processes under load, one after the other, and checks all records afterwards. */
export const runStorm = async (options: StormOptions): Promise<Aftermath> => {
  const { seed, goesOn, rig: kind = 'processes', told, watch, calmMs = 400 } = options;
  const { kinds = kindsOf[kind] } = options;
  const began = performance.now();
  await using rig = await openRig(seed, kind);
  const mesh = followMesh(rig);
  const stopWeather = startWeather(rig, createSeededRandom(seed + 1_000_003));
  await mesh.commandAfter(0);
  watch?.(rig);

  const random = createSeededRandom(seed);
  const survived: Survived[] = [];
  const kills: Kill[] = [];
  const notRecovered: Breach[] = [];
  while (await goesOn(survived.length + notRecovered.length)) {
    // Each fault has random numbers of its own: how one went does not change what the next will be.
    const fault = choose(kinds, random);
    const own = createSeededRandom(Math.floor(random() * 4_294_967_296));
    try {
      const struck = await fault(mesh, own);
      kills.push(...struck.kills);
      const recovered = { ...struck, recoveryMs: (await mesh.commandAfter(struck.freeAt)) - struck.freeAt };
      survived.push(recovered);
      told?.(recovered);
    } catch (error) {
      // It did not come back by itself in time. That is found, and the storm goes on with everybody put on their feet.
      notRecovered.push(toEndless(`after fault ${survived.length + notRecovered.length + 1}`, error, mesh));
      for (const way of Object.values(rig.ways)) way.heal();
      for (const part of [rig.hub, ...rig.services]) await part.revive();
    }
    await pause(calmMs + own() * 600);
  }

  await stopWeather();
  await until(
    'no command open',
    () => rig.metric('phloem_open_commands'),
    (open) => open === 0,
    longestCommandMs,
  ).catch((error: unknown) => notRecovered.push(toEndless('after the weather', error, mesh)));
  const { facts, breaches, statesCompared } = await collect(rig, kills);
  mesh.close();
  return {
    seed,
    minutes: (performance.now() - began) / 60_000,
    survived,
    safeAfterMs: mesh.safeAfter,
    breaches: [...notRecovered, ...check(facts), ...breaches],
    statesCompared,
    lives: toLives(facts.log),
    kills,
    counts: {
      entries: facts.log.length,
      stepped: facts.engines.reduce((sum, { lines }) => sum + lines.length, 0),
      writes: facts.writes.length,
    },
    facts,
  };
};

/** What never came, with how the installation stood then. */
const toEndless = (when: string, error: unknown, mesh: Mesh): Breach => {
  const says = `${when}: ${error instanceof Error ? error.message : String(error)}; ${JSON.stringify(mesh.tell(), null, 2)}`;
  return { kind: 'endless', who: 'mesh', says };
};

const readLines = (path: string): Stepped[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Stepped);

const readLedger = async (rig: Rig): Promise<SimulatorWrite[]> => {
  const writes: SimulatorWrite[] = [];
  for (let after = 0; ;) {
    const page = await rig.simulator<{ entries: (SimulatorWrite & { kind: string })[]; last: number; hasMore: boolean }>(
      'GET',
      `/ledger?after=${after}`,
    );
    writes.push(...page.entries.filter(({ kind }) => kind === 'write'));
    if (!page.hasMore) return writes;
    after = page.entries.at(-1)?.n ?? page.last;
  }
};

/** The relays of a valve have never been on at once, whatever struck. */
const checkValve = async (rig: Rig): Promise<readonly Breach[]> => {
  const { bench } = await rig.simulator<{ readonly bench: { readonly valve_shorted: number } }>('GET', '/state');
  const says = `[DE10] both relays of the valve were on, ${bench.valve_shorted} times`;
  return bench.valve_shorted === 0 ? [] : [{ kind: 'wrong', who: 'flower_room/valve', says }];
};

/** Ends the installation in order and reads all that it has left behind; the engines' last states are compared while the store is open. */
const collect = async (
  rig: Rig,
  kills: readonly Kill[],
): Promise<{ readonly facts: Facts; readonly breaches: readonly Breach[]; readonly statesCompared: number }> => {
  for (const service of rig.services) await service.now().end('SIGTERM');
  // The services' farewells are entries too; the watchers learn of them while the hub still runs.
  const { head } = (await (await fetch(`${rig.url}/healthz`)).json()) as { head: number };
  const told = (): number => Math.min(...[rig.witness, rig.viewer].map(({ seen }) => seen.at(-1)?.lsn ?? 0));
  await until('everything told', told, (lsn) => lsn >= head);
  await rig.hub.now().end('SIGTERM');
  const boot = readBoot();
  const store = openSqliteStore({
    path: join(rig.data, 'hub.db'),
    random: Math.random,
    bootId: boot.bootId,
    clock: (past) => createHubClock({ wall: Date.now, monotonic: () => performance.now(), kernelUptime: boot.kernelUptime }, past),
  });
  try {
    const log: Entry[] = [];
    for (let after = store.log.first - 1; ;) {
      const entries = store.log.read(after, { entries: 4096, bytes: 8_000_000 });
      const last = entries.at(-1);
      if (last === undefined) break;
      log.push(...entries);
      after = last.lsn;
    }
    const breaches: Breach[] = [];
    breaches.push(...(await checkValve(rig)));
    let statesCompared = 0;
    for (const { name, folder } of rig.engines) {
      const checkpoint = readCheckpoint(folder);
      if (checkpoint === null) continue;
      statesCompared += 1;
      breaches.push(...(await checkState(name, checkpoint, log, store.documents)));
    }
    const facts: Facts = {
      log,
      epoch: store.log.epoch,
      open: store.commands.open().map(({ id }) => id),
      engines: rig.engines.flatMap(({ name, record }) => (record === null ? [] : [{ name, lines: readLines(record) }])),
      watchers: [
        { name: 'witness', seen: rig.witness.seen },
        { name: 'viewer', seen: rig.viewer.seen },
      ],
      headAtEnd: head,
      writes: await readLedger(rig),
      devices,
      kills,
    };
    return { facts, breaches, statesCompared };
  } finally {
    store.close();
  }
};
