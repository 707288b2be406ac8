import type { BenchOptions } from './control-loop.ts';
import { timeDisk } from './links/disk.ts';
import { openRig, type Rig } from './links/rig.ts';
import { openServer } from './links/servers.ts';
import { lateAfterMs, runStorm, toStrikes, type Toll } from './links/storm.ts';
import { isWayName, wayNames, wayOf, type ServerName, type WayName } from './links/ways.ts';
import type { Finding, Verdict } from './report.ts';
import { percentile, summarise, toFigure, type Figure } from './statistics.ts';
import type { OwnServer } from '../services/support/own-server.ts';

/** What a way took in each round, in microseconds. */
type Timing = { readonly written: number[][]; readonly accepted: number[][]; cpuUs: number | null; trips: number };
type Row = { readonly name: WayName; readonly timing: Timing; readonly toll: Toll | null };

/** How often the disk is synced in a round. */
const syncs = 50;

/** A way that polls this slowly is measured on its own, in few trips, beside the others of its kind. */
const slowPollMs = 1000;
const isSlow = (name: WayName): boolean => (wayOf(name).pollMs ?? 0) >= slowPollMs;

/** The same control loop through every way for a backend and an automation to talk, and through the same storm. */
export const benchLinks = async ({ rounds, trips, kills, seed, ways }: BenchOptions): Promise<Finding> => {
  const names = ways.length === 0 ? wayNames : ways.filter(isWayName);
  const quick = await timeQuick(
    names.filter((name) => !isSlow(name)),
    rounds,
    trips,
  );
  // Beside the ways, in the same run: what durability costs at least.
  const disk = Array.from({ length: rounds }, () => timeDisk(syncs));
  const slow = await Promise.all(names.filter(isSlow).map(async (name) => [name, await timeSlow(name)] as const));
  const timings = new Map<WayName, Timing>([...quick, ...slow]);
  const tolls = kills === 0 ? new Map<WayName, Toll>() : await strikeAll(names, seed, kills);
  const rows = names.flatMap((name): Row[] => {
    const timing = timings.get(name);
    return timing === undefined ? [] : [{ name, timing, toll: tolls.get(name) ?? null }];
  });
  return {
    name: 'links',
    title: 'Sensor frame → rule → device state → written at the actuator, by every way, one in flight',
    unit: 'p50, p99 and CPU in µs; median over rounds, and their middle half',
    columns: ['p50', 'p99', 'trips/s', 'CPU a trip', 'frames', 'lost', 'duplicated', 'late'],
    rows: [toDiskRow(disk), ...rows.flatMap(toRows)],
    verdicts: toVerdicts(rows),
    notes: [
      `${rounds} rounds of up to ${trips} trips, the ways taking turns; CPU is that of both processes and the server`,
      `storm: ${kills} strikes of seed ${seed}, each of automation, server, backend or connection, away for 200 ms; two frames for each`,
      `late: more than ${lateAfterMs / 1000} s after its frame, or after the state of a newer one`,
      ...rows.map(({ name }) => `${wayOf(name).title} needs ${wayOf(name).needs}`),
    ],
  };
};

const timeQuick = async (names: readonly WayName[], rounds: number, trips: number): Promise<ReadonlyMap<WayName, Timing>> => {
  await using stack = new AsyncDisposableStack();
  const servers = new Map<ServerName, OwnServer>();
  const rigs = new Map<WayName, Rig>();
  for (const name of names) {
    const { server } = wayOf(name);
    if (server !== undefined && !servers.has(server)) servers.set(server, stack.use(await openServer[server]()));
    rigs.set(
      name,
      stack.use(await openRig(name, { isCuttable: false, shared: server === undefined ? null : (servers.get(server) ?? null) })),
    );
  }
  const timings = new Map(names.map((name) => [name, createTiming()]));
  // The first two rounds warm up compilers and caches, and are thrown away.
  for (let round = -2; round < rounds; round += 1) {
    for (const [name, rig] of rigs) {
      const timing = timings.get(name);
      const { pollMs = 0 } = wayOf(name);
      const most = pollMs === 0 ? trips : Math.ceil(1000 / pollMs);
      if (timing !== undefined) await takeTurn(rig, timing, Math.min(trips, most), round >= 0);
    }
  }
  return timings;
};

const createTiming = (): Timing => ({ written: [], accepted: [], cpuUs: 0, trips: 0 });

const takeTurn = async (rig: Rig, timing: Timing, trips: number, isCounted: boolean): Promise<void> => {
  const before = rig.cpuUs();
  const { written, accepted } = await rig.measure(trips);
  const after = rig.cpuUs();
  if (!isCounted) return;
  timing.written.push([...written]);
  // What a way does not have travels as null.
  if (accepted.every((sample) => typeof sample === 'number')) timing.accepted.push([...accepted]);
  timing.cpuUs = before === null || after === null || timing.cpuUs === null ? null : timing.cpuUs + after - before;
  timing.trips += trips;
};

const timeSlow = async (name: WayName): Promise<Timing> => {
  await using rig = await openRig(name, { isCuttable: false });
  const timing = createTiming();
  await rig.measure(1);
  for (let round = 0; round < 4; round += 1) await takeTurn(rig, timing, 1, true);
  return timing;
};

/** The slow ones sleep most of the time: they are struck side by side. */
const strikeAll = async (names: readonly WayName[], seed: number, kills: number): Promise<ReadonlyMap<WayName, Toll>> => {
  const tolls = new Map<WayName, Toll>();
  const strike = async (name: WayName): Promise<void> => {
    await using rig = await openRig(name, { isCuttable: true });
    tolls.set(name, await runStorm(rig, toStrikes(seed, kills), lateAfterMs + 2 * (wayOf(name).pollMs ?? 0) + 1000));
  };
  const slow = Promise.all(names.filter(isSlow).map(strike));
  for (const name of names.filter((one) => !isSlow(one))) await strike(name);
  await slow;
  return tolls;
};

const toDiskRow = (disk: readonly (readonly number[])[]): Finding['rows'][number] => {
  const { p50, p99 } = summarise(disk);
  return { name: 'fdatasync of a page on this disk', figures: [p50, p99, null, null, null, null, null, null] };
};

const toRows = ({ name, timing, toll }: Row): Finding['rows'] => {
  const { title } = wayOf(name);
  const { p50, p99 } = summarise(timing.written);
  const perSecond = toFigure(timing.written.map((round) => (round.length * 1e6) / round.reduce((sum, sample) => sum + sample, 0)));
  const cpu = timing.cpuUs === null ? null : timing.cpuUs / timing.trips;
  const tolls = toll === null ? [null, null, null, null] : [toll.frames, toll.lost, toll.duplicated, toll.late];
  const row = { name: timing.accepted.length === 0 ? title : `${title}: written`, figures: [p50, p99, perSecond, cpu, ...tolls] };
  if (timing.accepted.length === 0) return [row];
  const accepted = summarise(timing.accepted);
  return [{ name: `${title}: accepted`, figures: [accepted.p50, accepted.p99, null, null, null, null, null, null] }, row];
};

const p50Of = (rounds: readonly (readonly number[])[]): Figure =>
  toFigure(
    rounds.map((round) =>
      percentile(
        round.toSorted((a, b) => a - b),
        0.5,
      ),
    ),
  );

const survives = (toll: Toll | null): boolean => toll !== null && toll.lost === 0;

const toVerdicts = (rows: readonly Row[]): Verdict[] => {
  const own = rows.find(({ name }) => name === 'phloem');
  if (own === undefined) return [];
  const mine = p50Of(own.timing.written).median;
  const clean = own.toll === null ? [] : [own.toll.lost, own.toll.duplicated, own.toll.late];
  const ahead = rows
    .filter(({ name, toll }) => name !== 'phloem' && name !== 'sql-bridge' && survives(toll))
    .map(({ name, timing }): Verdict => {
      const theirs = p50Of(timing.written).median;
      return {
        goal: `p50 ahead of ${wayOf(name).title}, which loses nothing either`,
        measured: `${(mine / theirs).toFixed(2)} ×`,
        isReached: mine <= theirs,
      };
    });
  if (own.toll === null) return ahead;
  return [
    { goal: 'Phloem: 0 lost, 0 duplicated, 0 late', measured: clean.join(', '), isReached: clean.every((count) => count === 0) },
    ...ahead,
  ];
};
