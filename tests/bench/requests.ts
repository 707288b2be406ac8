import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { loadSite, openField, readProfiles, toBusPlans, type PointSpec, type Site } from '@phloem/backend';
import { wordCountOf } from '@phloem/protocol';
import { monotonicClock } from '@phloem/reconnect';
import { readFolderFiles } from '../support/folder.ts';
import { root } from '../support/repository.ts';
import { openModbusUnits } from './peers/modbus-units.ts';
import type { Finding } from './report.ts';
import { toPoint, toUnitSite } from './unit-site.ts';

/** Five units with a hundred values each: words, and floats of two registers, with the holes that real maps have. */
const toMap = (): readonly PointSpec[] =>
  Array.from({ length: 5 }, (_, unit) => {
    let address = 0;
    return Array.from({ length: 100 }, (_unused, index) => {
      const isFloat = index % 3 === 0;
      const point = toPoint(unit + 1, address, 1000, isFloat ? { type: 'f32' } : {});
      address += (isFloat ? 2 : 1) + (index % 10 === 9 ? 4 : 0);
      return point;
    });
  }).flat();

type Counted = { readonly requests: number; readonly values: number; readonly split: number; readonly least: number };

/**
 * Requests of one round of everything, and the values that they bring; `split` of these lie in two requests. Fewer than
 * `least` cannot be: a request asks one unit for one of its tables.
 */
const count = (site: Site): Counted => {
  const blocks = toBusPlans(site).flatMap((plan) => plan.blocks);
  const split = blocks.flatMap(({ address, count: length, items }) =>
    items.filter(({ register }) => register.address < address || register.address + wordCountOf(register.type) > address + length),
  );
  return {
    requests: blocks.length,
    values: blocks.reduce((sum, { items }) => sum + items.length, 0),
    split: split.length,
    least: new Set(blocks.map(({ unit, function: code }) => `${unit} ${code}`)).size,
  };
};

/** Requests a second as a server counts them, polled by the real field. */
const countOnWire = async (points: readonly PointSpec[]): Promise<number> => {
  await using server = await openModbusUnits(1);
  const field = openField(toUnitSite({ kind: 'tcp', host: '127.0.0.1', port: server.port }, { points, answerTimeoutMs: 500 }), {
    scheduler: monotonicClock,
  });
  const polling = field.frames$.subscribe();
  await pause(2000);
  const before = server.requests();
  await pause(5000);
  const perSecond = (server.requests() - before) / 5;
  polling.unsubscribe();
  await field.close();
  return perSecond;
};

/** How many requests a round of polls takes, against a read for each value. */
export const benchRequests = async (): Promise<Finding> => {
  const { site } = loadSite(readFolderFiles(join(root, 'examples/flower-room/site')), readProfiles());
  const map = toMap();
  const tcp = count(toUnitSite({ kind: 'tcp', host: '127.0.0.1', port: 502 }, { points: map, answerTimeoutMs: 500 }));
  const rtu = count(
    toUnitSite({ kind: 'rtu', path: '/dev/ttyUSB0', baudRate: 9600, parity: 'none', stopBits: 1 }, { points: map, answerTimeoutMs: 500 }),
  );
  const demonstration = count(site);
  const onWire = await countOnWire(map);
  const row = (name: string, { requests, values, split, least }: Counted) => ({
    name,
    figures: [values, requests, least, values / requests, split],
  });
  return {
    name: 'requests',
    title: 'Requests for one round of everything that is polled, against a read for each value',
    unit: 'requests',
    columns: ['a read each', 'Phloem', 'the least there can be', 'times fewer', 'values split'],
    rows: [row('demonstration site', demonstration), row('500 points over TCP', tcp), row('500 points at 9600 baud', rtu)],
    verdicts: [
      {
        goal: '500 points: at least 5 times fewer',
        measured: `${(tcp.values / tcp.requests).toFixed(1)} (TCP), ${(rtu.values / rtu.requests).toFixed(1)} (9600 baud)`,
        isReached: Math.min(tcp.values / tcp.requests, rtu.values / rtu.requests) >= 5,
      },
      {
        goal: 'demonstration: as few as there can be, one for each unit and table',
        measured: `${demonstration.requests} of ${demonstration.least}`,
        isReached: demonstration.requests === demonstration.least,
      },
      {
        goal: 'no value of two registers is split',
        measured: String(tcp.split + rtu.split + demonstration.split),
        isReached: tcp.split + rtu.split + demonstration.split === 0,
      },
      {
        goal: 'on the wire it is as planned',
        measured: `${onWire.toFixed(1)} a second for ${tcp.requests} planned`,
        isReached: Math.abs(onWire - tcp.requests) <= 1,
      },
    ],
    notes: [
      `The demonstration has ${demonstration.values} values on ${new Set(site.points.flatMap(({ source }) => (source.kind === 'register' ? [source.unit] : []))).size} small instruments and the relays and drives of its devices, as small sites have them: few values share a unit.`,
    ],
  };
};
