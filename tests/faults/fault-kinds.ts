import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/until.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import type { Kill } from './facts.ts';
import type { Mesh } from './mesh-state.ts';
import type { Part } from './rig.ts';
import { freezeAt, killAt, thaw } from './strike.ts';

/** A fault that was: which, what it killed, and since when the installation could recover from it. All times are wall times. */
export type Struck = {
  readonly kind: string;
  readonly detail: string;
  readonly at: number;
  readonly kills: readonly Kill[];
  /** From here on recovery is counted: a process listens again, a line is whole, or another is there to take over. */
  readonly freeAt: number;
};

/** Strikes once. `random` alone decides how, so that a seed gives the same faults again. */
export type Fault = (mesh: Mesh, random: () => number) => Promise<Struck>;

const pick = <T>(items: readonly T[], random: () => number): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};
const between = (low: number, high: number, random: () => number): number => Math.round(low + random() * (high - low));

const placesInLife = ['accept.after', 'intent.before', 'intent.after', 'sync.after', 'write.before', 'write.after', 'outcome.before'];
const placesOfHub = [
  'append.before',
  'append.after',
  'accept.before',
  'outcome.after',
  'commit.before',
  'commit.after',
  'send.before',
  'send.after',
  'sync.before',
];
const placesOfService = ['step.before', 'step.after', 'commit.before', 'commit.after'];

const killHub =
  (kind: string, places: readonly string[]): Fault =>
  async (mesh, random) => {
    const { rig } = mesh;
    const place = pick(places, random);
    await mesh.openCommand();
    const struck = await killAt(rig.hub, place, between(1, 3, random));
    await rig.hub.start();
    return { kind, detail: struck.place, at: struck.at, kills: [{ who: 'hub', ...struck }], freeAt: Date.now() };
  };

const freezeHub: Fault = async ({ rig }, random) => {
  const struck = await freezeAt(rig.hub, pick([...placesInLife, ...placesOfHub], random), between(1, 5, random));
  await pause(between(200, 4000, random));
  await thaw(rig.hub);
  return { kind: 'hub frozen and thawed', detail: struck.place, at: struck.at, kills: [], freeAt: Date.now() };
};

const killLeader: Fault = async (mesh, random) => {
  const leader = await mesh.leader();
  await mesh.openCommand();
  const place = pick(placesOfService, random);
  const struck = await killAt(leader, place, place.startsWith('step') ? between(1, 5, random) : 1);
  await leader.start();
  return { kind: 'leader killed', detail: struck.place, at: struck.at, kills: [{ who: leader.name, ...struck }], freeAt: struck.at };
};

const killAtCheckpoint: Fault = async (mesh, random) => {
  const leader = await mesh.leader();
  // It keeps one every ten seconds: the place is waited for, and struck when it comes.
  const struck = await killAt(leader, pick(['checkpoint.before', 'checkpoint.after'], random), 1);
  await leader.start();
  return { kind: 'leader killed', detail: struck.place, at: struck.at, kills: [{ who: leader.name, ...struck }], freeAt: struck.at };
};

const freezeLeader: Fault = async (mesh, random) => {
  const leader = await mesh.leader();
  const struck = await freezeAt(leader, pick(placesOfService, random), between(1, 5, random));
  await pause(between(500, 6000, random));
  await thaw(leader);
  return { kind: 'leader frozen and thawed', detail: struck.place, at: struck.at, kills: [], freeAt: Date.now() };
};

const killStandby: Fault = async (mesh, random) => {
  const leader = await mesh.leader();
  const standby = mesh.rig.services.find((service) => service !== leader);
  if (standby === undefined) throw new Error('there is no standby');
  await mesh.openCommand();
  const struck = await killAt(standby, 'step.after', between(1, 5, random));
  await standby.start();
  return { kind: 'standby killed', detail: struck.place, at: struck.at, kills: [{ who: standby.name, ...struck }], freeAt: struck.at };
};

const killBoth: Fault = async (mesh, random) => {
  const leader = await mesh.leader();
  const places = [pick(placesInLife, random), pick(placesOfService, random)] as const;
  const [hub, service] = await Promise.all([killAt(mesh.rig.hub, places[0], between(1, 3, random)), killAt(leader, places[1], 1)]);
  await Promise.all([mesh.rig.hub.start(), leader.start()]);
  const kills = [
    { who: 'hub', ...hub },
    { who: leader.name, ...service },
  ];
  return { kind: 'hub and leader killed', detail: `${hub.place}, ${service.place}`, at: hub.at, kills, freeAt: Date.now() };
};

const breaks: readonly (readonly [string, (way: TcpProxy, random: () => number) => Promise<void>])[] = [
  ['held up', async (way, random) => held(way, 'up', random)],
  ['held down', async (way, random) => held(way, 'down', random)],
  ['held both ways', async (way, random) => held(way, 'both', random)],
  ['lost up', async (way, random) => lost(way, 'up', random)],
  ['lost down', async (way, random) => lost(way, 'down', random)],
  ['black hole', async (way, random) => lost(way, 'both', random)],
  ['reset', async (way) => way.reset()],
  ['cut', async (way) => way.cut()],
  ['closed half, up', async (way) => way.halfClose('up')],
  ['closed half, down', async (way) => way.halfClose('down')],
  ['sliced into bytes', async (way, random) => shaped(way, { isSliced: true }, random)],
  ['delayed by 150 ms', async (way, random) => shaped(way, { delayMs: 150 }, random)],
];

const shaped = async (way: TcpProxy, shape: Parameters<TcpProxy['shape']>[1], random: () => number): Promise<void> => {
  way.shape('both', shape);
  await pause(between(500, 3000, random));
  way.heal();
};
const held = async (way: TcpProxy, which: 'up' | 'down' | 'both', random: () => number): Promise<void> => {
  way.shape(which, { flow: 'hold' });
  await pause(between(200, 5000, random));
  way.heal();
};
const lost = async (way: TcpProxy, which: 'up' | 'down' | 'both', random: () => number): Promise<void> => {
  way.shape(which, { flow: 'swallow' });
  await pause(between(200, 5000, random));
  way.heal();
};

const breakWay =
  (name: string, which: 'services' | 'simulator' | 'viewer'): Fault =>
  async ({ rig }, random) => {
    const [detail, strike] = pick(breaks, random);
    const at = Date.now();
    await strike(rig.ways[which], random);
    return { kind: name, detail, at, kills: [], freeAt: Date.now() };
  };

/** Nobody leads for a while: the outputs must go to their safe states. */
const leaveAlone: Fault = async (mesh, random) => {
  const how = pick(['killed', 'frozen', 'cut off'], random);
  const { rig } = mesh;
  const at = Date.now();
  const kills: Kill[] = [];
  const each = async (act: (service: Part) => Promise<unknown>): Promise<unknown> => Promise.all(rig.services.map(act));
  if (how === 'killed') {
    await each(async (service) => {
      await service.now().end('SIGKILL');
      kills.push({ who: service.name, place: 'anywhere', at: Date.now() });
    });
  } else if (how === 'frozen') for (const service of rig.services) service.now().signal('SIGSTOP');
  else rig.ways.services.shape('both', { flow: 'swallow' });
  await until('all outputs safe', () => mesh.areOutputsSafe(), Boolean, 10_000);
  mesh.safeAfter.push(Date.now() - at);
  if (how === 'killed') await each((service) => service.start());
  else if (how === 'frozen') for (const service of rig.services) service.now().signal('SIGCONT');
  else rig.ways.services.heal();
  return { kind: 'no leader', detail: how, at, kills, freeAt: Date.now() };
};

/** Faults that every process lives through, with how often each is chosen. */
export const milderKinds: readonly (readonly [number, Fault])[] = [
  [2, freezeHub],
  [2, freezeLeader],
  [4, breakWay('way of the services broken', 'services')],
  [2, breakWay('way to the simulator broken', 'simulator')],
  [1, breakWay('way of the viewer broken', 'viewer')],
];

/** All faults; kills of the hub within a command's life most of all. */
export const faultKinds: readonly (readonly [number, Fault])[] = [
  [9, killHub('hub killed within a command', placesInLife)],
  [2, killHub('hub killed elsewhere', placesOfHub)],
  [4, killLeader],
  [1, killAtCheckpoint],
  [1, killStandby],
  [2, killBoth],
  [1, leaveAlone],
  ...milderKinds,
];

/** Faults of a process with the hub and a thread of automation: it ends and freezes as a whole, at the places of the hub. */
export const workerKinds: readonly (readonly [number, Fault])[] = [
  [6, killHub('process killed within a command', placesInLife)],
  [2, killHub('process killed elsewhere', placesOfHub)],
  [2, freezeHub],
  [2, breakWay('way to the simulator broken', 'simulator')],
  [1, breakWay('way of the viewer broken', 'viewer')],
];

/** Faults of hub and automation in one thread: at the places of both. */
export const singleKinds: readonly (readonly [number, Fault])[] = [
  [4, killHub('process killed in its engine', [...placesOfService, 'checkpoint.before', 'checkpoint.after'])],
  ...workerKinds,
];
