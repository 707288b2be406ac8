import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { openField } from '@phloem/backend';
import { monotonicClock } from '@phloem/reconnect';
import ModbusRTU from 'modbus-serial';
import { openModbusUnits, toUnitWord, type ModbusUnits } from './peers/modbus-units.ts';
import type { Finding } from './report.ts';
import { toSwitch, toPoint, toUnitSite } from './unit-site.ts';

const units = Array.from({ length: 10 }, (_, index) => index + 1);
const dead = 4;
const cycleMs = 100;
const unitMs = 4;
const answerTimeoutMs = 500;
const healthySeconds = 10;
const deadSeconds = 45;
/** Until three time-outs have shown that it is dead. */
const noticeSeconds = 5;
const writeEveryMs = 333;

/** What a client made of the same ten units, before and while one of them was dead, and when it was back. */
type Outcome = {
  /** How long a round of the others took, in milliseconds. */
  readonly healthyMs: number;
  readonly noticeMs: number;
  readonly deadMs: number;
  /** How long the longest write took while the unit was dead. */
  readonly longestWriteMs: number;
  readonly backMs: number;
  readonly wrong: number;
};

/** A client under test: reports each reading, and writes when asked to. */
type Client = { readonly write: () => Promise<unknown>; readonly close: () => Promise<void> };
type Open = (port: number, tell: (unit: number, value: number) => void) => Promise<Client>;

const openPhloem: Open = async (port, tell) => {
  const heater = toSwitch(1);
  const site = toUnitSite(
    { kind: 'tcp', host: '127.0.0.1', port },
    { points: units.map((unit) => toPoint(unit, 10, cycleMs)), devices: [heater], answerTimeoutMs },
  );
  const field = openField(site, { scheduler: monotonicClock });
  const polling = field.frames$.subscribe(({ cluster, readings }) => {
    for (const { v, q } of Object.values(readings)) if (q === 'good') tell(Number(cluster.slice(1)), Number(v));
  });
  return {
    write: () => field.write(heater, true),
    close: async () => {
      polling.unsubscribe();
      await field.close();
    },
  };
};

/** `modbus-serial` as its README uses it: one client, `setID`, a time-out, one request after the other. */
const openPlain: Open = async (port, tell) => {
  const client = new ModbusRTU.default();
  const connect = async (): Promise<void> => {
    await client.connectTCP('127.0.0.1', { port });
    client.setTimeout(answerTimeoutMs);
  };
  await connect();
  const over = new AbortController();
  const writes: (() => Promise<void>)[] = [];
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const began = performance.now();
      for (const unit of units) {
        try {
          if (!client.isOpen) await connect();
          client.setID(unit);
          const { data } = await client.readHoldingRegisters(10, 1);
          tell(unit, data[0] ?? Number.NaN);
        } catch {
          // The loop of a README goes on with the next.
        }
        for (const write of writes.splice(0)) await write();
      }
      await pause(Math.max(0, cycleMs - (performance.now() - began)));
    }
  };
  const running = loop();
  return {
    write: () =>
      new Promise<void>((resolve) => {
        writes.push(async () => {
          try {
            client.setID(1);
            await client.writeCoil(0, true);
          } catch {
            // A write that failed has ended too.
          }
          resolve();
        });
      }),
    close: async () => {
      over.abort();
      await running;
      client.close(() => undefined);
    },
  };
};

const measure = async (open: Open): Promise<Outcome> => {
  await using server: ModbusUnits = await openModbusUnits(unitMs);
  const readings = new Map<number, number[]>();
  let wrong = 0;
  const client = await open(server.port, (unit, value) => {
    if (value !== toUnitWord(unit, 10)) wrong += 1;
    readings.set(unit, [...(readings.get(unit) ?? []), performance.now()]);
  });
  const others = (from: number, to: number): number => {
    const counts = units
      .filter((unit) => unit !== dead)
      .map((unit) => (readings.get(unit) ?? []).filter((at) => at >= from && at < to).length);
    return (to - from) / (counts.reduce((sum, count) => sum + count, 0) / counts.length);
  };
  try {
    await pause(2000);
    const healthyFrom = performance.now();
    await pause(healthySeconds * 1000);
    const silencedAt = performance.now();
    server.silence(dead);
    let longestWriteMs = 0;
    while (performance.now() < silencedAt + deadSeconds * 1000) {
      const asked = performance.now();
      await client.write();
      longestWriteMs = Math.max(longestWriteMs, performance.now() - asked);
      await pause(writeEveryMs);
    }
    const returnedAt = performance.now();
    server.silence(null);
    const isBack = (): number | undefined => (readings.get(dead) ?? []).find((at) => at > returnedAt);
    while (isBack() === undefined && performance.now() < returnedAt + 70_000) await pause(20);
    return {
      healthyMs: others(healthyFrom, silencedAt),
      noticeMs: others(silencedAt, silencedAt + noticeSeconds * 1000),
      deadMs: others(silencedAt + noticeSeconds * 1000, returnedAt),
      longestWriteMs,
      backMs: (isBack() ?? Number.POSITIVE_INFINITY) - returnedAt,
      wrong,
    };
  } finally {
    await client.close();
  }
};

/** A dead unit among ten on one connection: what it costs the others, beside the same plan in a loop over the plain library. */
export const benchDeadUnit = async (): Promise<Finding> => {
  const ours = await measure(openPhloem);
  const theirs = await measure(openPlain);
  const growth = ours.deadMs / ours.healthyMs;
  const row = ({ healthyMs, noticeMs, deadMs, longestWriteMs, backMs, wrong }: Outcome) => [
    healthyMs,
    noticeMs,
    deadMs,
    deadMs / healthyMs,
    longestWriteMs,
    backMs,
    wrong,
  ];
  return {
    name: 'dead-unit',
    title: `Ten units polled every ${cycleMs} ms over one connection, one of them dead for ${deadSeconds} s; time-out ${answerTimeoutMs} ms`,
    unit: 'milliseconds',
    columns: [
      'round of the others, healthy',
      `its first ${noticeSeconds} s dead`,
      'from then on',
      'growth',
      'longest write',
      'back after',
      'wrong values',
    ],
    rows: [
      { name: 'Phloem', figures: row(ours) },
      { name: 'modbus-serial in a loop', figures: row(theirs) },
    ],
    verdicts: [
      { goal: 'the others’ cycle grows by at most a tenth', measured: `${((growth - 1) * 100).toFixed(1)} %`, isReached: growth <= 1.1 },
      {
        goal: 'a write waits for at most one deadline',
        measured: `${Math.round(ours.longestWriteMs)} ms of ${answerTimeoutMs} ms, its own answer included`,
        isReached: ours.longestWriteMs <= answerTimeoutMs * 1.1,
      },
      {
        goal: 'the unit is back within 10 s of its return',
        measured: `${(ours.backMs / 1000).toFixed(1)} s`,
        isReached: ours.backMs <= 10_000,
      },
      { goal: 'no wrong value', measured: String(ours.wrong), isReached: ours.wrong === 0 },
    ],
    notes: ['The loop does a write between two reads, as a careful program would.'],
  };
};
