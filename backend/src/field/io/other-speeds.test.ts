import { isFault, millis, type LineSettings } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { BusSpec, PointSpec, Site } from '../../site/site.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { createDice } from '../testing/fuzz-bus.ts';
import { toTellingWord } from '../testing/hostile-line.ts';
import { createSpeedLine, type SpeedUnit } from '../testing/speed-line.ts';
import { createVirtualScheduler } from '../testing/virtual-scheduler.ts';
import { createSerialDial, toConnectTimeout, toQuiet } from './create-dial.ts';
import { openBus } from './open-bus.ts';
import { openField } from './open-field.ts';

const own: LineSettings = { baudRate: 9600, parity: 'none' };
const other: LineSettings = { baudRate: 19_200, parity: 'none' };
const answerMs = 500;
const spec: BusSpec = {
  id: 'line',
  transport: { kind: 'rtu', path: '/dev/ttyUSB0', ...own, stopBits: 1 },
  connectTimeoutMs: millis(2_000),
  answerTimeoutMs: millis(answerMs),
};
const units: readonly SpeedUnit[] = [
  { unit: 1, line: own },
  { unit: 2, line: own },
  { unit: 3, line: other },
];
/** The request and its answer on their way, opening twice, and the gaps between frames. */
const onItsWay = 40;

/** A bus on a line whose units listen at different speeds. */
const openLine = (options: Partial<Parameters<typeof createSpeedLine>[1]> = {}) => {
  const scheduler = createVirtualScheduler();
  const line = createSpeedLine(units, { scheduler, ...options });
  const dial = createSerialDial({ quietMs: toQuiet(spec), own }, line.openLine, scheduler);
  const bus = openBus({
    connectTimeoutMs: toConnectTimeout(spec),
    answerTimeoutMs: spec.answerTimeoutMs,
    silenceMs: toQuiet(spec),
    dial,
    scheduler,
    random: () => 0.5,
  });
  const runUntil = async (isDone: () => boolean): Promise<void> => {
    while (!isDone() && scheduler.advance()) for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
  };
  const runFor = async (ms: number): Promise<void> => {
    const until = scheduler.now() + ms;
    scheduler.schedule(() => undefined, ms);
    await runUntil(() => scheduler.now() >= until);
  };
  /** Asks, and says what came of it and how long it took. */
  const ask = (unit: number, how: { line?: LineSettings; priority?: 'poll' | 'scan'; waitMs?: number } = {}) => {
    const began = scheduler.now();
    const asked: { outcome: BusOutcome | null; tookMs: number } = { outcome: null, tookMs: 0 };
    const { line: at, priority = 'scan', waitMs = 20_000 } = how;
    void bus
      .request({ function: 3, unit, address: 7, count: 1 }, { priority, waitMs: millis(waitMs), ...(at === undefined ? {} : { line: at }) })
      .then((outcome) => {
        asked.outcome = outcome;
        asked.tookMs = scheduler.now() - began;
      });
    return asked;
  };
  return { scheduler, line, bus, runUntil, runFor, ask };
};

describe('a serial line that is asked at another speed', () => {
  it('[FB14] finds the unit that listens there, and is back at its own speed before anybody is answered', async () => {
    const { line, bus, ask, runUntil, runFor } = openLine();
    const found = ask(3, { line: other });
    await runUntil(() => found.outcome !== null);
    expect(found.outcome).toEqual({ kind: 'words', values: [toTellingWord(3, 7, 1)] });
    expect(line.openings).toEqual(['9600 none', '19200 none', '9600 none']);
    const after = ask(1);
    await runUntil(() => after.outcome !== null);
    expect(after.outcome).toMatchObject({ kind: 'words' });
    await runFor(5_000);
    expect(line.openings).toHaveLength(3);
    await bus.close();
  });

  it('[FB14] gets no answer where nobody listens, and takes as long as it says', async () => {
    const { bus, ask, runUntil } = openLine();
    const warm = ask(1);
    await runUntil(() => warm.outcome !== null);
    const nobody = ask(1, { line: other });
    await runUntil(() => nobody.outcome !== null);
    expect(nobody.outcome).toMatchObject({ kind: 'failed', code: 'modbus/timeout', why: expect.stringContaining('19200 baud') as string });
    expect(nobody.tookMs).toBeLessThan(2 * answerMs + onItsWay);
    // A unit that is fine at the line's own speed is not held to be silent for it.
    expect(bus.state().breakers.size).toBe(0);
    expect([...bus.figures().units.keys()]).toEqual([1]);
    expect(bus.figures()).toMatchObject({ dials: 1, faults: { checksum: 0, late: 0, mismatch: 0 } });
    await bus.close();
  });

  it('[FB2, FB14] lets a write go out within one probe, at the line’s own speed, however many probes wait', async () => {
    const { scheduler, line, bus, ask, runFor, runUntil } = openLine();
    const probes = Array.from({ length: 12 }, (_, index) => ask(4 + index, { line: other, waitMs: 60_000 }));
    const waits: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      await runFor(377);
      const began = scheduler.now();
      let outcome: BusOutcome | null = null;
      void bus.request({ function: 6, unit: 1, address: 1, values: [1] }, { priority: 'write', waitMs: millis(10_000) }).then((came) => {
        outcome = came;
        waits.push(scheduler.now() - began);
      });
      await runUntil(() => outcome !== null);
      expect(outcome).toEqual({ kind: 'echoed' });
    }
    expect(Math.max(...waits.slice(1))).toBeLessThan(2 * answerMs + 2 * onItsWay);
    expect(line.heard.filter(({ function: code }) => code === 6).every(({ line: at }) => at === '9600 none')).toBe(true);
    expect(line.openings.filter((at) => at === '19200 none').length).toBeGreaterThan(3);
    await runUntil(() => probes.every(({ outcome }) => outcome !== null));
    await bus.close();
  });

  it('[FB14] goes nowhere while anything else waits, be it for a later moment', async () => {
    const { line, bus, ask, runUntil } = openLine();
    const probe = ask(3, { line: other });
    const polls = Array.from({ length: 30 }, (_, index) => ask(1 + (index % 2), { priority: 'poll' }));
    const scan = ask(2);
    await runUntil(() => probe.outcome !== null);
    const last = line.heard.at(-1);
    expect(last).toMatchObject({ unit: 3, line: '19200 none' });
    expect([...polls, scan].every(({ outcome }) => outcome?.kind === 'words')).toBe(true);
    await bus.close();
  });

  it('[FB14] that the driver cannot set comes back at once, with the reason', async () => {
    const { line, bus, ask, runUntil } = openLine({ refuses: ({ baudRate }) => baudRate === 19_200 });
    const probe = ask(3, { line: other });
    await runUntil(() => probe.outcome !== null);
    expect(probe.outcome).toMatchObject({
      kind: 'failed',
      code: 'modbus/link',
      isSent: false,
      why: expect.stringContaining('no such speed') as string,
    });
    const after = ask(1);
    await runUntil(() => after.outcome !== null);
    expect(after.outcome).toMatchObject({ kind: 'words' });
    expect(line.openings).toEqual(['9600 none', '9600 none']);
    await bus.close();
  });

  it('[FB6, FB14] that cannot be opened at its own speed again is dialled like one that was unplugged', async () => {
    let isGone = false;
    const { bus, ask, runUntil, runFor } = openLine({ refuses: ({ baudRate }) => isGone && baudRate === 9600 });
    const first = ask(1);
    await runUntil(() => first.outcome !== null);
    const probe = ask(3, { line: other });
    isGone = true;
    await runUntil(() => probe.outcome !== null);
    expect(probe.outcome).toMatchObject({ kind: 'words' });
    await runFor(3_000);
    expect(bus.state().link.phase).not.toBe('up');
    isGone = false;
    const back = ask(1, { waitMs: 60_000 });
    await runFor(60_000);
    expect(back.outcome?.kind === 'words' || bus.state().link.phase === 'up').toBe(true);
    await bus.close();
  });

  it('[FB3, FB14] ends the request when the bus is closed meanwhile', async () => {
    const { bus, ask, runFor, runUntil } = openLine();
    const first = ask(1);
    await runUntil(() => first.outcome !== null);
    const probe = ask(9, { line: other });
    await runFor(100);
    expect(bus.state().link.phase).toBe('away');
    await bus.close();
    for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
    expect(probe.outcome).toMatchObject({ kind: 'failed', code: 'modbus/link', isSent: true });
  });

  it.each([1, 2, 3])('[FB4, FB5, FB14] takes no noise and nothing late for a value, seed %i', async (seed) => {
    const random = createDice(seed);
    const { scheduler, bus, line, runUntil } = openLine({ random, mischief: 0.3 });
    const wrong: string[] = [];
    const counts = { polls: 0, probes: 0, found: 0 };
    const settings: readonly LineSettings[] = [other, { baudRate: 4800, parity: 'even' }, { baudRate: 115_200, parity: 'none' }];
    const ask = async (unit: number, address: number, at: LineSettings | null): Promise<void> => {
      const outcome = await bus.request(
        { function: 3, unit, address, count: 1 },
        { priority: at === null ? 'poll' : 'scan', waitMs: millis(8_000), ...(at === null ? {} : { line: at }) },
      );
      if (at === null) counts.polls += 1;
      else counts.probes += 1;
      if (outcome.kind !== 'words') return;
      const isThere = units.some((one) => one.unit === unit && JSON.stringify(one.line) === JSON.stringify(at ?? own));
      // The answer to the newest request that a unit has understood, and to no other.
      if (!isThere || outcome.values[0] !== toTellingWord(unit, address, line.heard.length))
        wrong.push(`${unit} ${address}: ${outcome.values.join()}`);
      else if (at !== null) counts.found += 1;
    };
    const again = (work: () => Promise<void>): void =>
      void scheduler.schedule(() => void work().then(() => again(work)), 50 + random() * 400);
    again(async () => ask(1 + Math.floor(random() * 2), Math.floor(random() * 60), null));
    again(async () => ask(1 + Math.floor(random() * 4), Math.floor(random() * 60), settings[Math.floor(random() * 3)] ?? other));
    await runUntil(() => counts.probes >= 120);
    expect(wrong).toEqual([]);
    expect(counts.polls).toBeGreaterThan(60);
    expect(counts.found).toBeGreaterThan(3);
    await bus.close();
  });
});

const point: PointSpec = {
  id: 'house/north/a',
  location: 'house',
  cluster: 'north',
  measurement: 'a',
  quantity: 'number',
  title: 'a',
  decimals: 0,
  intervalMs: millis(1000),
  range: { min: 0, max: 65_535 },
  source: {
    kind: 'register',
    instrument: 'i1',
    bus: 'line',
    unit: 1,
    register: { table: 'holding', address: 7, type: 'u16', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [] },
  },
};
const toSite = (bus: BusSpec): Site => ({
  hash: '0'.repeat(64),
  title: 'House',
  timeZone: 'UTC',
  isDemonstration: false,
  locations: [{ id: 'house', title: 'House' }],
  buses: [bus],
  points: [point],
  devices: [],
});

describe('a technician who tries other speeds', () => {
  it('[FB14] gets what answered there; the polls go on between two probes', async () => {
    const scheduler = createVirtualScheduler();
    const line = createSpeedLine(units, { scheduler });
    const field = openField(toSite(spec), {
      scheduler,
      random: () => 0.5,
      dial: () => createSerialDial({ quietMs: toQuiet(spec), own }, line.openLine, scheduler),
    });
    const values: number[] = [];
    const polling = field.frames$.subscribe(({ readings }) => values.push(Number(readings['a']?.v)));
    const ended: string[] = [];
    const request = { unit: 3, function: 3, address: 0, count: 1 } as const;
    const scan = async (): Promise<void> => {
      for (const unit of [4, 5, 3]) ended.push((await field.diagnostics.read('line', { ...request, unit, line: other })).outcome);
    };
    void scan();
    while (ended.length < 3 && scheduler.advance()) for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    expect(ended).toEqual(['timeout', 'timeout', 'answered']);
    expect(values.length).toBeGreaterThanOrEqual(2);
    expect(values.every((value) => value >> 7 === toTellingWord(1, 7, 0) >> 7)).toBe(true);
    const [health] = field.diagnostics.health();
    expect(health).toMatchObject({ line: own, reconnects: 0, units: [{ unit: 1 }] });
    const said = field.diagnostics.recent(field.diagnostics.target({ bus: 'line', unit: 3 }), 1);
    expect(said).toMatchObject([{ outcome: 'answered', why: 'sent at 19200 baud, parity none' }]);
    const asPoint = field.diagnostics.target({ point: point.id });
    const askedAgain = field.diagnostics.read('line', { unit: 1, function: 3, address: 7, count: 1, line: other });
    const again: string[] = [];
    void askedAgain.then(({ outcome }) => again.push(outcome));
    while (again.length === 0 && scheduler.advance()) for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    // It is seen on the bus, and is none of the point's.
    expect(
      field.diagnostics.recent(field.diagnostics.target({ bus: 'line', unit: 1 }), 50).some(({ outcome }) => outcome === 'timeout'),
    ).toBe(true);
    expect(field.diagnostics.recent(asPoint, 50).map(({ outcome }) => outcome)).not.toContain('timeout');
    const [first, second] = [
      field.diagnostics.read('line', { ...request, line: other }),
      field.diagnostics.read('line', { ...request, line: other }),
    ];
    await expect(second).rejects.toSatisfy((error) => isFault(error, 'bus/busy'));
    polling.unsubscribe();
    await field.close();
    // One that waits when the bus closes ends as well, and a later one learns why, not that the hub made a mistake.
    await first.catch(() => undefined);
    await expect(field.diagnostics.read('line', request)).rejects.toSatisfy((error) => isFault(error, 'modbus/link'));
  });

  it('[FB2] gets no more than half of the line, together with all others who ask manually at once', async () => {
    const scheduler = createVirtualScheduler();
    const line = createSpeedLine(units, { scheduler });
    const field = openField(toSite(spec), {
      scheduler,
      random: () => 0.5,
      dial: () => createSerialDial({ quietMs: toQuiet(spec), own }, line.openLine, scheduler),
    });
    const polling = field.frames$.subscribe();
    let unit = 10;
    let asked = 0;
    const scan = async (): Promise<void> => {
      while (unit < 240) {
        unit += 1;
        const { tookMs } = await field.diagnostics.read('line', { unit, function: 3, address: 0, count: 1 });
        if (tookMs !== null) asked += 1;
      }
    };
    // Ends with the field.
    for (let n = 0; n < 3; n += 1) scan().catch(() => undefined);
    const seconds = 120;
    while (scheduler.now() < seconds * 1000 && scheduler.advance()) for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    const polls = line.heard.filter((one) => one.unit === 1).length;
    // Each is missing, and keeps the line for three time-outs.
    expect((asked * 3 * answerMs) / (seconds * 1000)).toBeLessThan(0.6);
    expect(asked).toBeGreaterThan(25);
    expect(polls).toBeGreaterThan(seconds * 0.45);
    polling.unsubscribe();
    await field.close();
  });

  it('[FB14] learns that a bus over TCP has no speed', async () => {
    const scheduler = createVirtualScheduler();
    const silent = () => ({ send: () => undefined, end: () => undefined });
    const field = openField(toSite({ ...spec, transport: { kind: 'rtu-over-tcp', host: '10.0.0.7', port: 502 } }), {
      scheduler,
      dial: () => silent,
    });
    await expect(field.diagnostics.read('line', { unit: 3, function: 3, address: 0, count: 1, line: other })).rejects.toThrow(
      /RTU over TCP 10.0.0.7:502: the hub cannot set its speed/,
    );
    await field.close();
  });
});
