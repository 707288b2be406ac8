import { isFault, millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { loadOddSite, toOddProfile } from '../field/testing/io/odd-site.ts';
import { siteFromContent, toLoadedSite } from './site-content.ts';

const tcp = (more = ''): string => `{ id: line, transport: tcp, host: 10.0.0.7, port: 502${more} }`;
const rtu = (more = ''): string => `{ id: line, transport: rtu, path: /dev/serial/by-id/one, baudRate: 9600${more} }`;
const instrument = (unit: number, profile: string, more = '', interval = '1s'): string =>
  `{ id: i${unit}, bus: line, unit: ${unit}, profile: ${profile}, location: lab, cluster: u${unit}, interval: ${interval}, measurements: { a: a }${more} }`;
const plain = toOddProfile('plain', { a: ['holding', 0], b: ['holding', 1] });
const quirky = toOddProfile('quirky', { a: ['holding', 0] }, { maxBlock: { holding: 20 }, requestGap: '50ms', pollDistance: '5s' });
const relays = toOddProfile('relays', { a: ['coil', 0] }, { blocks: [{ table: 'coil', address: 0, count: 8 }], writeCoils: 15 });

const findProblem = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isFault(error, 'document/invalid')) return error.message;
    throw error;
  }
  return 'none';
};

describe('how units are asked, as documents say it', () => {
  it('comes from the profile, in the terms of a site', () => {
    const { quirks } = loadOddSite({ buses: tcp(), instruments: instrument(3, 'quirky', '', '10s'), profiles: [quirky] });
    expect(quirks).toEqual([
      { bus: 'line', unit: 3, maxBlock: null, avoid: [], maxBlocks: { holding: 20 }, requestGapMs: 50, pollDistanceMs: 5_000 },
    ]);
  });

  it('comes from the profile of a device too, where no instrument names it', () => {
    const place = '{ bus: line, unit: 13, profile: relays, point: a }';
    const devices = `lab/one: { kind: switch, write: ${place}, readBack: ${place}, failSafe: { after: 10s, value: off }, merge: exclusive }`;
    expect(loadOddSite({ buses: tcp(), devices, profiles: [relays] }).quirks).toMatchObject([
      { unit: 13, blocks: [{ table: 'coil', address: 0, count: 8 }], writeCoils: 15 },
    ]);
  });

  it('is what the site says, where it says anything, and what the profile says of the rest', () => {
    const site = loadOddSite({
      buses: tcp(', units: [ { unit: 3, quirks: { requestGap: 200ms } } ]'),
      instruments: instrument(3, 'quirky', ', quirks: { maxBlock: 4 }', '10s'),
      profiles: [quirky],
    });
    expect(site.quirks).toEqual([{ bus: 'line', unit: 3, maxBlock: 4, avoid: [], requestGapMs: 200, pollDistanceMs: 5_000 }]);
  });

  it('is the stricter of two profiles of one unit', () => {
    const other = toOddProfile('other', { a: ['holding', 9] }, { maxBlock: { holding: 8, input: 4 }, requestGap: '20ms', readGaps: false });
    const second = instrument(3, 'other', '', '10s').replace('id: i3', 'id: second').replace('cluster: u3', 'cluster: second');
    const { quirks } = loadOddSite({
      buses: tcp(),
      instruments: `${instrument(3, 'quirky', '', '10s')}, ${second}`,
      profiles: [quirky, other],
    });
    expect(quirks).toMatchObject([{ maxBlocks: { holding: 8, input: 4 }, requestGapMs: 50, readGaps: false, pollDistanceMs: 5_000 }]);
  });

  it('has the pauses of a whole bus', () => {
    const { buses } = loadOddSite({ buses: tcp(', requestGap: 10ms, connectDelay: 2s, broadcastDelay: 150ms') });
    expect(buses).toMatchObject([{ requestGapMs: 10, connectDelayMs: 2_000, broadcastDelayMs: 150 }]);
  });

  it('is kept with the content of a site', () => {
    const site = loadOddSite({
      buses: tcp(
        ', requestGap: 10ms, units: [ { unit: 0, quirks: { transactionId: any, answersAs: 7, alone: [ { table: input, address: 4 } ] } } ]',
      ),
      instruments: instrument(255, 'quirky', '', '10s'),
      profiles: [quirky],
    });
    const { hash: _hash, ...parts } = site;
    expect(siteFromContent(toLoadedSite(parts).content)).toEqual(site);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['an unknown quirk', () => loadOddSite({ buses: tcp(', units: [ { unit: 3, quirks: { requestPause: 1s } } ]') }), /requestPause/],
    ['a gap that is no duration', () => loadOddSite({ buses: tcp(', requestGap: 100') }), /a duration/],
    ['no quirk at all', () => loadOddSite({ buses: tcp(', units: [ { unit: 3, quirks: {} } ]') }), /quirks/],
    [
      'a unit twice',
      () => loadOddSite({ buses: tcp(', units: [ { unit: 3, quirks: { maxBlock: 1 } }, { unit: 3, quirks: { requestGap: 1s } } ]') }),
      /each unit once, found unit 3, for the second time/,
    ],
    [
      'a quirk said twice',
      () =>
        loadOddSite({
          buses: tcp(', units: [ { unit: 3, quirks: { maxBlock: 2 } } ]'),
          instruments: instrument(3, 'plain', ', quirks: { maxBlock: 4 }'),
          profiles: [plain],
        }),
      /maxBlock of unit 3 to be said once/,
    ],
    [
      'transaction ids on a serial line',
      () => loadOddSite({ buses: rtu(', units: [ { unit: 3, quirks: { transactionId: any } } ]') }),
      /no transactionId on rtu/,
    ],
    [
      'a pause between bytes over TCP',
      () => loadOddSite({ buses: tcp(', units: [ { unit: 3, quirks: { byteGap: 5ms } } ]') }),
      /no byteGap/,
    ],
    [
      'a block larger than the unit takes',
      () =>
        loadOddSite({ buses: tcp(', units: [ { unit: 3, quirks: { maxBlock: 4, blocks: [ { table: coil, address: 0, count: 8 } ] } } ]') }),
      /at most 4 in one request/,
    ],
    [
      'a register in none of the blocks that the unit answers',
      () =>
        loadOddSite({
          buses: tcp(', units: [ { unit: 3, quirks: { blocks: [ { table: holding, address: 8, count: 8 } ] } } ]'),
          instruments: instrument(3, 'plain'),
          profiles: [plain],
        }),
      /a register in one of the blocks of unit 3: holding 8 to 15, found holding 0/,
    ],
    [
      'an interval that is shorter than the unit may be polled',
      () => loadOddSite({ buses: tcp(), instruments: instrument(3, 'quirky'), profiles: [quirky] }),
      /an interval of 5 s or more: the pollDistance of unit 3/,
    ],
    [
      'unit 0 on a serial line',
      () => loadOddSite({ buses: rtu(), instruments: instrument(0, 'plain'), profiles: [plain] }),
      /a unit from 1 to 255: on RTU, 0 is the broadcast that no unit answers/,
    ],
    ['unit 256', () => loadOddSite({ buses: tcp(), instruments: instrument(256, 'plain'), profiles: [plain] }), /255/],
  ])('refuses %s, and says where', (_what, work, expected) => {
    const problem = findProblem(work);
    expect(problem).toMatch(expected);
    expect(problem).toMatch(/site\.yaml:\d+:\d+/);
  });

  it('takes unit 0 of a serial line where it is known as which unit it answers, and every unit up to 255', () => {
    const one = loadOddSite({
      buses: rtu(', units: [ { unit: 0, quirks: { answersAs: 4 } } ]'),
      instruments: instrument(0, 'plain'),
      profiles: [plain],
    });
    expect(one.points).toHaveLength(1);
    expect(loadOddSite({ buses: rtu(), instruments: instrument(255, 'plain'), profiles: [plain] }).points[0]?.intervalMs).toBe(
      millis(1_000),
    );
  });
});
