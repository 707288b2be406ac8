import { canonicalJson, type DeviceEntry, type Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { check } from './checker.ts';
import { stageAt, toLives } from './commands.ts';
import type { Breach, Facts, SimulatorWrite } from './facts.ts';

const epoch = 'epochAepochA';
const device = 'room/fan';
const id = 'bundle.epochAepochA.4.0.room/fan';

/** The entries of a log, numbered and dated a tenth of a second apart. */
const toLog = (drafts: readonly object[]): Entry[] =>
  drafts.map((draft, n) => ({ lsn: n + 1, at: 1000 + n * 100, up: n * 100, ...draft }) as Entry);

const phase = (name: DeviceEntry['phase'], more: object = {}): object => ({
  kind: 'device',
  device,
  phase: name,
  value: 40,
  id,
  by: { kind: 'node', id: 'automation-1' },
  cause: { epoch, lsn: 4 },
  term: 1,
  ...more,
});
const sensor = { kind: 'sensor', location: 'room', cluster: 'front', readings: {} };
const lease = (term: number, holder: string | null): object => ({ kind: 'lease', scope: 'room', term, holder });

const drafts = [
  { kind: 'site' },
  { kind: 'bundle' },
  lease(1, 'automation-1'),
  sensor,
  phase('requested'),
  phase('written'),
  phase('confirmed'),
  sensor,
];

const write = (n: number, at: number, value = 400): SimulatorWrite => ({
  n,
  wallMs: at,
  unit: 11,
  address: 0,
  values: [value],
  outcome: 'done',
});

/** A run in which nothing went wrong, with what a test changes of it. */
const toFacts = ({ log = toLog(drafts), ...more }: Partial<Facts> = {}): Facts => ({
  log,
  epoch,
  open: [],
  engines: [
    {
      name: 'automation-1',
      lines: [{ run: 'r1', started: { epoch, lsn: 0 }, at: 1 }, ...log.slice(2).map(({ lsn }) => ({ run: 'r1', epoch, lsn }))],
    },
  ],
  headAtEnd: log.at(-1)?.lsn ?? 0,
  watchers: [{ name: 'viewer', seen: log.map((entry) => ({ epoch, lsn: entry.lsn, text: canonicalJson(entry) })) }],
  writes: [write(1, 1420)],
  devices: [{ device, unit: 11, address: 0, scale: 10 }],
  kills: [],
  ...more,
});

const kinds = (facts: Facts): Breach['kind'][] => check(facts).map(({ kind }) => kind);
const steps = (lsns: readonly number[]) => [{ name: 'automation-1', lines: lsns.map((lsn) => ({ run: 'r1', epoch, lsn })) }];
const started = { run: 'r1', started: { epoch, lsn: 0 }, at: 1 };

describe('the checker', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(check(toFacts())).toEqual([]);
  });

  it('[IN1] finds a hole in the log', () => {
    const log = toLog(drafts).filter(({ lsn }) => lsn !== 8);
    expect(kinds(toFacts({ log: [...log, { ...toLog([sensor])[0], lsn: 9, at: 2000, up: 900 } as Entry] }))).toContain('lost');
  });

  it('[IN2] finds an entry that an engine never stepped, and one that it stepped twice', () => {
    const [lines] = steps([3, 4, 5, 7, 8]);
    expect(kinds(toFacts({ engines: [{ name: 'a', lines: [started, ...(lines?.lines ?? [])] }] }))).toEqual(['lost']);
    const [twice] = steps([3, 4, 5, 5, 6, 7, 8]);
    expect(kinds(toFacts({ engines: [{ name: 'a', lines: [started, ...(twice?.lines ?? [])] }] }))).toEqual(['doubled']);
  });

  it('[IN2] asks for nothing before the first bundle, from which on there is an engine', () => {
    const log = toLog([{ kind: 'site' }, sensor, sensor, ...drafts.slice(1)]);
    const lines = [started, ...[3, 5, 6, 7, 8, 9, 10].map((lsn) => ({ run: 'r1', epoch, lsn }))];
    expect(kinds(toFacts({ log, engines: [{ name: 'a', lines }], writes: [write(1, 1620)] }))).toEqual([]);
    expect(
      kinds(
        toFacts({
          log,
          engines: [{ name: 'a', lines: lines.filter((line) => 'started' in line || line.lsn !== 6) }],
          writes: [write(1, 1620)],
        }),
      ),
    ).toEqual(['lost']);
  });

  it('[IN2] lets a new run begin again at a checkpoint, and not in mid-air', () => {
    const again = { run: 'r2', started: { epoch, lsn: 4 }, at: 2 };
    const second = [5, 6, 7, 8].map((lsn) => ({ run: 'r2', epoch, lsn }));
    const first = [3, 4, 5, 6].map((lsn) => ({ run: 'r1', epoch, lsn }));
    expect(kinds(toFacts({ engines: [{ name: 'a', lines: [started, ...first, again, ...second] }] }))).toEqual([]);
    expect(kinds(toFacts({ engines: [{ name: 'a', lines: [started, ...first, again, ...second.slice(1)] }] }))).toEqual(['lost']);
    expect(kinds(toFacts({ engines: [{ name: 'a', lines: second }] }))).toEqual(['order']);
  });

  it('[IN3, IN10] finds what a viewer missed, got twice, or got otherwise than the log has it', () => {
    const { watchers } = toFacts();
    const seen = watchers[0]?.seen ?? [];
    const viewer = (changed: typeof seen) => kinds(toFacts({ watchers: [{ name: 'viewer', seen: changed }] }));
    expect(viewer(seen.filter(({ lsn }) => lsn !== 5))).toEqual(['lost']);
    expect(viewer([...seen.slice(0, 5), ...seen.slice(4)])).toEqual(['doubled']);
    expect(viewer(seen.map((entry) => (entry.lsn === 5 ? { ...entry, text: '{}' } : entry)))).toEqual(['wrong']);
    expect(viewer([...seen, { epoch, lsn: 9, text: '{}' }])).toContain('lost');
    expect(viewer(seen.slice(0, 6))).toEqual(['lost']);
    // What the hub appends while it goes down is sent at its next start.
    expect(kinds(toFacts({ watchers: [{ name: 'viewer', seen: seen.slice(0, -1) }], headAtEnd: seen.length - 1 }))).toEqual([]);
  });

  it('[IN6] finds a term that does not rise', () => {
    expect(kinds(toFacts({ log: toLog([...drafts, lease(1, null), lease(1, 'automation-2')]) }))).toEqual(['order']);
  });

  it('[IN7] finds a command that was accepted under an old term', () => {
    const log = toLog([...drafts.slice(0, 4), lease(2, 'automation-2'), ...drafts.slice(4)]);
    expect(kinds(toFacts({ log, writes: [write(1, 1520)] }))).toEqual(['late']);
  });

  it('[IN7] finds a write of a leader that had lost its lease', () => {
    const log = toLog([...drafts.slice(0, 5), lease(2, 'automation-2'), ...Array.from({ length: 6 }, () => sensor), ...drafts.slice(5)]);
    expect(kinds(toFacts({ log, writes: [write(1, 2120)] }))).toEqual(['late']);
    // What was handed to the connection under the term may still arrive within the guard time.
    expect(kinds(toFacts({ log, writes: [write(1, 1920)] }))).toEqual([]);
  });

  it('[CO7] finds a command that was accepted long after its cause', () => {
    const log = toLog(drafts).map((entry) => (entry.lsn > 4 ? { ...entry, up: entry.up + 6000 } : entry));
    expect(kinds(toFacts({ log }))).toEqual(['late']);
  });

  it('[CO2] finds a command that was accepted twice', () => {
    expect(
      kinds(toFacts({ log: toLog([...drafts.slice(0, 5), phase('requested'), ...drafts.slice(5)]), writes: [write(1, 1520)] })),
    ).toEqual(['doubled']);
  });

  it('[IN9] finds a command without an end, and one with two', () => {
    expect(kinds(toFacts({ log: toLog(drafts.filter((_, n) => n !== 6)) }))).toEqual(['endless']);
    expect(kinds(toFacts({ log: toLog([...drafts, phase('cancelled')]) }))).toEqual(['doubled']);
    expect(kinds(toFacts({ open: [id] }))).toEqual(['endless']);
  });

  it('[CO7] finds a write that no open command asked for', () => {
    expect(kinds(toFacts({ writes: [write(1, 1420), write(2, 1430, 700)] }))).toEqual(['late']);
    expect(kinds(toFacts({ writes: [write(1, 1420), write(2, 5000)] }))).toEqual(['late']);
  });

  it('[CO5] finds a command that a restarted hub wrote again, and lets a rewrite of the same hub pass', () => {
    const writes = [write(1, 1420), write(2, 1560)];
    expect(kinds(toFacts({ writes }))).toEqual([]);
    expect(kinds(toFacts({ writes, kills: [{ who: 'hub', place: 'write.after', at: 1500 }] }))).toEqual(['doubled']);
  });

  it('finds an older command that was written after a newer one', () => {
    const later = 'bundle.epochAepochA.6.0.room/fan';
    const other = (name: DeviceEntry['phase']) => phase(name, { id: later, value: 60 });
    const log = toLog([...drafts.slice(0, 5), other('requested'), other('written'), phase('confirmed'), other('confirmed')]);
    expect(kinds(toFacts({ log, writes: [write(1, 1420), write(2, 1540, 600)] }))).toEqual([]);
    expect(kinds(toFacts({ log, writes: [write(1, 1540, 600), write(2, 1600)] }))).toEqual(['late']);
  });

  it('[IN8] finds a pulse beyond the one that was asked for', () => {
    const horn = (name: DeviceEntry['phase']) => phase(name, { value: true });
    const log = toLog([...drafts.slice(0, 4), horn('requested'), horn('written'), horn('confirmed'), sensor]);
    const devices = [{ device, unit: 11, address: 0, scale: 1, isMomentary: true }];
    expect(kinds(toFacts({ log, devices, writes: [write(1, 1420, 1)] }))).toEqual([]);
    expect(kinds(toFacts({ log, devices, writes: [write(1, 1420, 1), write(2, 1500, 1)] }))).toEqual(['late']);
  });

  it('[IN8] lets the safe state of a momentary output be tried again while its command is open', () => {
    const off = (name: DeviceEntry['phase']) => phase(name, { value: false });
    const log = toLog([...drafts.slice(0, 4), off('requested'), off('written'), off('confirmed'), sensor]);
    const devices = [{ device, unit: 11, address: 0, scale: 1, isMomentary: true }];
    expect(kinds(toFacts({ log, devices, writes: [write(1, 1420, 0), write(2, 1500, 0)] }))).toEqual([]);
    expect(kinds(toFacts({ log, devices, writes: [write(1, 1420, 0), write(2, 9500, 0)] }))).toEqual(['late']);
  });

  it('[DE7] lets a unit be kept awake with what was written last, and with nothing else', () => {
    const devices = [{ device, unit: 11, address: 0, scale: 10, isRefreshed: true }];
    expect(kinds(toFacts({ devices, writes: [write(1, 1320), write(2, 1420), write(3, 5000), write(4, 6000)] }))).toEqual([]);
    expect(kinds(toFacts({ devices, writes: [write(1, 1320), write(2, 1420), write(3, 5000, 700)] }))).toEqual(['late']);
  });

  it('[DE9] finds a value that changes faster than it may, and lets a safe state pass', () => {
    const devices = [{ device, unit: 11, address: 0, scale: 10, slewPerS: 100 }];
    expect(kinds(toFacts({ devices, writes: [write(1, 1420, 380), write(2, 1520)] }))).toEqual([]);
    expect(kinds(toFacts({ devices, writes: [write(1, 1420, 100), write(2, 1520)] }))).toEqual(['wrong']);
    const own = drafts.map((draft) => {
      if (!('phase' in draft)) return draft;
      const { term: _, ...rest } = draft as typeof draft & { readonly term?: unknown };
      return { ...rest, by: { kind: 'hub' } };
    });
    expect(kinds(toFacts({ log: toLog(own), devices, writes: [write(1, 1420, 100), write(2, 1520)] }))).toEqual([]);
  });

  it('says where in the life of a command a moment falls', () => {
    const lives = toLives(toLog(drafts));
    expect([1390, 1450, 1550, 1650].map((at) => stageAt(lives, at))).toEqual(['none open', 'accepted', 'written', 'none open']);
  });
});
