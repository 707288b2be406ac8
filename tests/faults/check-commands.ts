import type { DeviceValue, Entry } from '@phloem/protocol';
import { toLives, toTermEnds, type Life } from './commands.ts';
import type { Breach, DevicePlace, Facts, SimulatorWrite } from './facts.ts';

/** How long a write that was under way may reach the simulator after the entry that ended its command. */
const slackMs = 150;
/** What has been handed to the connection under a term may arrive up to the bus's answer timeout later (CO4). */
const guardMs = 300;
/** How much two processes' readings of one clock may be apart. */
const clockMs = 5;
/** What the service gives a frame to be accepted. */
const frameTtlMs = 5000;

/**
 * Commands: accepted under the live term and in time, one end for each, and at the simulator no write that no living command
 * asked for, none after a newer one, and none that a restarted hub did again.
 */
export const checkCommands = (facts: Facts): readonly Breach[] => {
  const lives = toLives(facts.log);
  return [
    ...checkAcceptance(facts.log),
    ...checkEnds(facts, lives),
    ...facts.devices.flatMap((place) => [...checkWrites(facts, lives, place), ...checkRamp(facts, lives, place)]),
  ];
};

const checkAcceptance = (log: readonly Entry[]): readonly Breach[] => {
  const breaches: Breach[] = [];
  const ups = new Map(log.map(({ lsn, up }) => [lsn, up]));
  const seen = new Set<string>();
  let term: number | null = null;
  for (const entry of log) {
    if (entry.kind === 'lease') term = entry.holder === null ? null : entry.term;
    if (entry.kind !== 'device' || entry.phase !== 'requested' || entry.id === undefined) continue;
    if (seen.has(entry.id)) breaches.push({ kind: 'doubled', who: 'hub', says: `[CO2] ${entry.id} was accepted again at ${entry.lsn}` });
    seen.add(entry.id);
    if (entry.by.kind === 'hub') continue;
    if (entry.term !== term) {
      breaches.push({
        kind: 'late',
        who: 'hub',
        says: `[IN7] ${entry.id} was accepted at ${entry.lsn} under the term ${entry.term}, and ${term} was live`,
      });
    }
    const age = entry.up - (ups.get(entry.cause?.lsn ?? 0) ?? entry.up);
    if (age > frameTtlMs)
      breaches.push({ kind: 'late', who: 'hub', says: `[CO7] ${entry.id} was accepted ${Math.round(age)} ms after its cause` });
  }
  return breaches;
};

const checkEnds = ({ open }: Facts, lives: readonly Life[]): readonly Breach[] => [
  ...open.map((id): Breach => ({ kind: 'endless', who: 'hub', says: `[IN9] ${id} is open in the store` })),
  ...lives
    .filter(({ ends }) => ends.length !== 1)
    .map(({ id, ends }): Breach => {
      const says = `[IN9] ${id} has ${ends.length} ends: ${ends.map(({ phase, lsn }) => `${phase} at ${lsn}`).join(', ')}`;
      return { kind: ends.length === 0 ? 'endless' : 'doubled', who: 'hub', says };
    }),
];

const checkWrites = ({ log, writes, kills }: Facts, lives: readonly Life[], place: DevicePlace): readonly Breach[] => {
  const breaches: Breach[] = [];
  const mine = lives.filter(({ device }) => device === place.device);
  const termEnds = toTermEnds(log);
  const hubKills = kills.filter(({ who }) => who === 'hub');
  const writesOf = new Map<Life, SimulatorWrite[]>();
  let newest: Life | null = null;
  let last: SimulatorWrite | null = null;
  const isOpen = ({ accepted, ends: [end] }: Life, at: number, slack: number): boolean =>
    accepted.at - clockMs <= at && (end === undefined || at <= end.at + slack);

  for (const write of writes) {
    if (write.unit !== place.unit || write.address !== place.address || write.outcome !== 'done') continue;
    const value = (write.values[0] ?? 0) / place.scale;
    const before: SimulatorWrite | null = last;
    last = write;
    if (isRefresh(place, before, write, hubKills)) continue;
    const isAsked = ({ accepted }: Life): boolean => toNumber(place, accepted.value) === value || place.slewPerS !== undefined;
    // A pulse goes out once, whatever came of it; the safe state of its output is tried again like any other.
    const isFree = (each: Life): boolean => place.isMomentary !== true || value === 0 || !writesOf.has(each);
    const asking = mine.filter((each) => isAsked(each) && isFree(each));
    const isInOrder = ({ accepted }: Life): boolean => newest === null || accepted.lsn >= newest.accepted.lsn;
    const life =
      asking.find((each) => isOpen(each, write.wallMs, 0) && isInOrder(each)) ??
      asking.find((each) => isOpen(each, write.wallMs, slackMs) && isInOrder(each)) ??
      asking.findLast((each) => isOpen(each, write.wallMs, slackMs));
    if (life === undefined) {
      breaches.push({
        kind: 'late',
        who: place.device,
        says: `write ${write.n} of ${value} at ${write.wallMs} belongs to no command that was open`,
      });
      continue;
    }
    if (newest !== null && life.accepted.lsn < newest.accepted.lsn) {
      breaches.push({ kind: 'late', who: place.device, says: `write ${write.n} is of ${life.id}, after one of ${newest.id}` });
    } else newest = life;
    const termEnd = life.accepted.term === undefined ? undefined : termEnds.get(life.accepted.term);
    if (termEnd !== undefined && write.wallMs > termEnd + guardMs + slackMs) {
      breaches.push({
        kind: 'late',
        who: place.device,
        says: `[IN7] write ${write.n} is of ${life.id}, ${write.wallMs - termEnd} ms after its term`,
      });
    }
    const own = writesOf.get(life)?.at(-1);
    if (own !== undefined && place.slewPerS === undefined && hubKills.some(({ at }) => at > own.wallMs && at < write.wallMs)) {
      breaches.push({
        kind: 'doubled',
        who: place.device,
        says: `[CO5] ${life.id} was written again after the hub was killed (${own.n}, ${write.n})`,
      });
    }
    writesOf.set(life, [...(writesOf.get(life) ?? []), write]);
  }
  return breaches;
};

/** What a device's value is on the wire; a mode is its number. */
const toNumber = ({ modes = {} }: DevicePlace, value: DeviceValue | null): number =>
  typeof value === 'string' ? (modes[value] ?? Number.NaN) : Number(value);

/** A write that keeps a unit awake repeats the last one; a hub that has just started repeats what it found. */
const isRefresh = (
  { isRefreshed }: DevicePlace,
  before: SimulatorWrite | null,
  write: SimulatorWrite,
  hubKills: Facts['kills'],
): boolean => {
  if (isRefreshed !== true) return false;
  if (before === null) return true;
  return before.values[0] === write.values[0] || hubKills.some(({ at }) => at > before.wallMs - slackMs && at < write.wallMs);
};

/** No value changes faster than it may, but on the way to a safe state and from where a new hub found it (DE9). */
const checkRamp = ({ writes, kills }: Facts, lives: readonly Life[], place: DevicePlace): readonly Breach[] => {
  const { slewPerS } = place;
  if (slewPerS === undefined) return [];
  const own = writes.filter(({ unit, address, outcome }) => unit === place.unit && address === place.address && outcome === 'done');
  const safe = lives.filter(({ device, accepted }) => device === place.device && accepted.term === undefined);
  return own.flatMap((write, n): readonly Breach[] => {
    const before = own[n - 1];
    const value = (write.values[0] ?? 0) / place.scale;
    if (before === undefined || kills.some(({ who, at }) => who === 'hub' && at > before.wallMs - slackMs && at < write.wallMs)) return [];
    const isOpen = ({ accepted, ends: [end] }: Life): boolean =>
      accepted.at - clockMs <= write.wallMs && (end === undefined || write.wallMs <= end.at + slackMs);
    if (safe.some((life) => toNumber(place, life.accepted.value) === value && isOpen(life))) return [];
    const from = (before.values[0] ?? 0) / place.scale;
    const most = (slewPerS * Math.min(1000, write.wallMs - before.wallMs + slackMs)) / 1000 + 1 / place.scale;
    if (Math.abs(value - from) <= most) return [];
    const says = `[DE9] write ${write.n} goes from ${from} to ${value} in ${write.wallMs - before.wallMs} ms`;
    return [{ kind: 'wrong', who: place.device, says }];
  });
};
