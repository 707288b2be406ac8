import { type EntryDraft, renderReason } from '@phloem/protocol';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { openHostileServer, toHostileWord, type HostileRequest } from '../testing/io/hostile-server.ts';
import { areGood, byScript, loadOddSite, openOddField, toOddProfile, type Reply } from '../testing/io/odd-site.ts';

const bus = (port: number, more = ''): string =>
  `{ id: line, transport: tcp, host: 127.0.0.1, port: ${port}, answerTimeout: 150ms${more} }`;
const instrument = (unit: number, profile: string, measurements: string, more = ''): string =>
  `{ id: i${unit}, bus: line, unit: ${unit}, profile: ${profile}, location: lab, cluster: u${unit}, interval: 100ms, measurements: { ${measurements} }${more} }`;
const covers = ({ address, count }: HostileRequest, from: number, to = from): boolean => address <= to && address + count > from;

/** What an alarm says. */
const toText = (draft: Extract<EntryDraft, { kind: 'alarm' }> | undefined): string =>
  draft?.why === undefined ? '' : renderReason(draft.why, { time: String });

describe('registers that do not exist, in a block of good ones', () => {
  const profile = toOddProfile('holes', { a: ['holding', 0], b: ['holding', 1], c: ['holding', 5], d: ['holding', 6] });

  it.each<[string, Reply]>([
    ['exception 1', 1],
    ['exception 2', 2],
    ['exception 3', 3],
    ['exception 4', 4],
    ['a code of its own', 0x2a],
    ['a gateway that waits in vain', 0x0b],
    ['silence', 'nothing'],
  ])('[FB9] leave the good ones readable when the unit answers with %s', async (_what, reply) => {
    await using server = await openHostileServer(byScript((request) => (covers(request, 2, 4) ? reply : 'answer')));
    const site = loadOddSite({
      buses: bus(server.port),
      instruments: instrument(9, 'holes', 'a: a, b: b, c: c, d: d'),
      profiles: [profile],
    });
    await using odd = openOddField(site);
    const readings = await odd.until(areGood('u9/a', 'u9/b', 'u9/c', 'u9/d'));
    expect(['a', 'b', 'c', 'd'].map((name) => readings[`u9/${name}`]?.v)).toEqual([0, 1, 5, 6].map((address) => toHostileWord(9, address)));
    expect(odd.alarms.filter(({ state }) => state === 'active')).toEqual([]);
    // The hole is remembered: from here on nothing covers it.
    const before = server.requests.length;
    const seen = server.requests;
    await odd.until(() => seen.length > before + 20);
    expect(seen.slice(before).filter((request) => covers(request, 2, 4))).toEqual([]);
  });

  it.each<[string, Reply, RegExp]>([
    ['exception 1', 1, /register 40006 \(holding address 5\), 01: this unit does not know the function/],
    ['exception 2', 2, /register 40006 \(holding address 5\), 02: this unit has no such address/],
    ['exception 3', 3, /register 40006 \(holding address 5\), 03: this unit does not accept the value or the count/],
    ['exception 4', 4, /register 40006 \(holding address 5\), 04: the unit failed/],
    ['silence', 'nothing', /does not answer for register 40006 \(holding address 5\): unit 9 did not answer within 150 ms/],
  ])('[FB9] one register that answers with %s is named, and the others are read', async (_what, reply, words) => {
    await using server = await openHostileServer(byScript((request) => (covers(request, 5) ? reply : 'answer')));
    const site = loadOddSite({
      buses: bus(server.port),
      instruments: instrument(9, 'holes', 'a: a, b: b, c: c, d: d'),
      profiles: [profile],
    });
    await using odd = openOddField(site);
    await odd.until(areGood('u9/a', 'u9/b', 'u9/d'));
    await odd.until(() => odd.alarms.some(({ state }) => state === 'active'));
    const raised = odd.alarms.filter(({ state }) => state === 'active');
    expect(raised).toMatchObject([{ alarm: 'bus/line/unit/9/holding/5', priority: 'P3' }]);
    expect(toText(raised[0])).toMatch(words);
    expect(raised[0]?.why?.params).toMatchObject({ isOthersRead: true });
  });
});

describe('a board that answers all of its eight coils or nothing', () => {
  const relays = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`relay_${at + 1}`, ['coil', at] as const]));
  const place = '{ bus: line, unit: 13, profile: board8, point: relay_3 }';
  const devices = `lab/board8_1: { kind: switch, write: ${place}, readBack: ${place}, failSafe: { after: 10s, value: off }, merge: exclusive }`;

  /** Eight coils that can be switched one by one, and are read all together only. */
  const openBoard = async () => {
    const coils = Array.from({ length: 8 }, () => false);
    const refused: HostileRequest[] = [];
    const server = await openHostileServer((request, honest, socket) => {
      const { transaction, body, unit, function: code, address, count } = request;
      const answer = (...bytes: readonly number[]): void => {
        const frame = [transaction >> 8, transaction & 0xff, 0, 0, 0, bytes.length, ...bytes];
        socket.write(Uint8Array.from(frame));
      };
      if (code === 5) {
        coils[address] = body[4] === 0xff;
        socket.write(honest);
      } else if (code === 1 && address === 0 && count === 8) {
        answer(
          unit,
          1,
          1,
          coils.reduce((byte, isOn, at) => byte | (Number(isOn) << at), 0),
        );
      } else {
        refused.push(request);
        answer(unit, code | 0x80, 3);
      }
    });
    return { server, refused, [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose]() };
  };

  it.each([
    ['its profile names the blocks', { blocks: [{ table: 'coil', address: 0, count: 8 }] }, ''],
    ['the site names the blocks', undefined, ', units: [ { unit: 13, quirks: { blocks: [ { table: coil, address: 0, count: 8 } ] } } ]'],
  ])('[FB9] is switched and read back by that block where %s', async (_what, quirks, units) => {
    await using board = await openBoard();
    const site = loadOddSite({ buses: bus(board.server.port, units), devices, profiles: [toOddProfile('board8', relays, quirks)] });
    await using odd = openOddField(site);
    const relay = odd.device('lab/board8_1');
    for (const value of [true, false, true]) {
      expect(await odd.field.write(relay, value)).toEqual({ kind: 'echoed' });
      expect(await odd.field.readBack(relay)).toEqual({ kind: 'value', value });
    }
    expect(board.refused).toEqual([]);
    expect(odd.alarms.filter(({ state }) => state === 'active')).toEqual([]);
  });

  it('[FB9] is found out where no document names it: the block that the unit answers is requested from then on', async () => {
    await using board = await openBoard();
    const site = loadOddSite({ buses: bus(board.server.port), devices, profiles: [toOddProfile('board8', relays)] });
    await using odd = openOddField(site);
    const relay = odd.device('lab/board8_1');
    const { outcome } = await firstValueFrom(odd.field.deviceReports$);
    expect(outcome).toEqual({ kind: 'value', value: false });
    expect(await odd.field.write(relay, true)).toEqual({ kind: 'echoed' });
    expect(await odd.field.readBack(relay)).toEqual({ kind: 'value', value: true });
    expect(board.refused).toHaveLength(1);
    expect(odd.alarms.filter(({ state }) => state === 'active')).toEqual([]);
  });
});

describe('units that are addressed and written in ways of their own', () => {
  const inline = (unit: number, register: string): string => `{ bus: line, unit: ${unit}, register: ${register} }`;
  const percent = (unit: number): string =>
    `lab/dimmer: { kind: percent, write: ${inline(unit, '{ table: holding, address: 3, type: u16 }')}, readBack: ${inline(unit, '{ table: holding, address: 3, type: u16 }')}, failSafe: { after: 10s, value: 0 }, merge: exclusive }`;
  const relay = (unit: number): string =>
    `lab/relay: { kind: switch, write: ${inline(unit, '{ table: coil, address: 3, type: bit }')}, readBack: ${inline(unit, '{ table: coil, address: 3, type: bit }')}, failSafe: { after: 10s, value: off }, merge: exclusive }`;

  it.each([0, 1, 247, 248, 255])('[FB10] unit %i is read and written over TCP', async (unit) => {
    await using server = await openHostileServer();
    const site = loadOddSite({
      buses: bus(server.port),
      instruments: instrument(unit, 'generic', 'v: holding_u16'),
      devices: percent(unit),
    });
    await using odd = openOddField(site);
    const readings = await odd.until(areGood(`u${unit}/v`));
    expect(readings[`u${unit}/v`]?.v).toBe(toHostileWord(unit, 0));
    expect(await odd.field.write(odd.device('lab/dimmer'), 40)).toEqual({ kind: 'echoed' });
  });

  it.each<[string, string, string, boolean | number, number[]]>([
    ['registers by function 16', '{ writeRegisters: 16 }', percent(5), 40, [16, 0, 3, 0, 1, 2, 0, 40]],
    ['coils by function 15', '{ writeCoils: 15 }', relay(5), true, [15, 0, 3, 0, 1, 1, 1]],
    ['registers by function 6', '{ writeRegisters: 6 }', percent(5), 40, [6, 0, 3, 0, 40]],
    ['coils by function 5', '{ writeCoils: 5 }', relay(5), true, [5, 0, 3, 0xff, 0]],
  ])('[FB10] a unit that takes %s alone is written so', async (_what, quirks, devices, value, expected) => {
    await using server = await openHostileServer();
    const site = loadOddSite({ buses: bus(server.port, `, units: [ { unit: 5, quirks: ${quirks} } ]`), devices });
    const [device] = site.devices;
    await using odd = openOddField(site);
    expect(device && (await odd.field.write(device, value))).toEqual({ kind: 'echoed' });
    expect(server.requests.filter(({ body }) => (body[1] ?? 0) > 4).map(({ body }) => Array.from(body.slice(1)))).toEqual([expected]);
  });

  it('[FB9] a unit that knows one function for both tables is read by that', async () => {
    await using server = await openHostileServer(byScript(({ function: code }) => (code === 4 ? 1 : 'answer')));
    const profile = toOddProfile('only-3', { a: ['input', 4], b: ['holding', 9] }, { readFunction: 3 });
    await using odd = openOddField(
      loadOddSite({ buses: bus(server.port), instruments: instrument(6, 'only-3', 'a: a, b: b'), profiles: [profile] }),
    );
    await odd.until(areGood('u6/a', 'u6/b'));
    expect(new Set(server.requests.map(({ function: code }) => code))).toEqual(new Set([3]));
    expect(odd.field.diagnostics.registers().map(({ function: code }) => code)).toEqual([3, 3]);
  });

  it('[FB4] a unit that answers as another is believed where that is declared, and not elsewhere', async () => {
    const asOne: Parameters<typeof openHostileServer>[0] = (request, honest, socket) =>
      socket.write(request.unit === 0 ? honest.with(6, 1) : honest);
    await using server = await openHostileServer(asOne);
    const units = ', units: [ { unit: 0, quirks: { answersAs: 1 } } ]';
    await using odd = openOddField(
      loadOddSite({ buses: bus(server.port, units), instruments: instrument(0, 'generic', 'v: holding_u16') }),
    );
    expect((await odd.until(areGood('u0/v')))['u0/v']?.v).toBe(toHostileWord(0, 0));
  });
});

describe('gateways and devices that keep to their own rules', () => {
  const generic = (unit: number): string => instrument(unit, 'generic', 'v: holding_u16');

  it('[FB6] a gateway that closes idle connections raises nothing, and no reading is missed', async () => {
    await using server = await openHostileServer((_request, honest, socket) => {
      socket.write(honest);
      // It waits for nobody.
      setImmediate(() => socket.end());
    });
    await using odd = openOddField(loadOddSite({ buses: bus(server.port), instruments: generic(1) }));
    const states: string[] = [];
    const watching = odd.field.status$.subscribe(({ state }) => states.push(state));
    await odd.until(() => server.connections().ever >= 15);
    const readings = await odd.until(areGood('u1/v'));
    watching.unsubscribe();
    expect(readings['u1/v']).toEqual({ v: toHostileWord(1, 0), q: 'good' });
    expect(odd.alarms.filter(({ state }) => state === 'active')).toEqual([]);
    expect(new Set(states)).toEqual(new Set(['up']));
  });

  it('[FB4] a device that answers with transaction id 0 is believed where that is declared', async () => {
    await using server = await openHostileServer((_request, honest, socket) => socket.write(honest.with(0, 0).with(1, 0)));
    const units = ', units: [ { unit: 1, quirks: { transactionId: any } } ]';
    await using odd = openOddField(loadOddSite({ buses: bus(server.port, units), instruments: generic(1) }));
    expect((await odd.until(areGood('u1/v')))['u1/v']?.v).toBe(toHostileWord(1, 0));
    expect(server.connections().ever).toBe(1);
  });

  it('[FB4] a device that answers with transaction id 0 is said to do so where it is not declared', async () => {
    await using server = await openHostileServer((request, honest, socket) =>
      socket.write(request.unit === 1 ? honest.with(0, 0).with(1, 0) : honest),
    );
    await using odd = openOddField(loadOddSite({ buses: bus(server.port), instruments: `${generic(1)}, ${generic(2)}` }));
    await odd.until(() => odd.alarms.some(({ state }) => state === 'active'));
    const raised = odd.alarms.filter(({ state }) => state === 'active');
    expect(raised.map(({ alarm }) => alarm)).toEqual(['bus/line/unit/1']);
    expect(toText(raised[0])).toMatch(
      /unit 1 answered with transaction id 0 instead of \d+; if it always does, set transactionId: any in its quirks/,
    );
    expect((await odd.until(areGood('u2/v')))['u2/v']?.v).toBe(toHostileWord(2, 0));
  });

  it('[FB5] a dead unit behind a gateway costs the others no connection once it has been given up', async () => {
    await using server = await openHostileServer(byScript(({ unit }) => (unit === 2 ? 'nothing' : 'answer')));
    await using odd = openOddField(loadOddSite({ buses: bus(server.port), instruments: `${generic(1)}, ${generic(2)}` }));
    await odd.until(() => odd.alarms.some(({ alarm, state }) => alarm === 'bus/line/unit/2' && state === 'active'));
    const { ever } = server.connections();
    const probes = (): number => server.requests.filter(({ unit }) => unit === 2).length;
    const before = probes();
    // The next look at it comes after five seconds.
    await odd.until(
      () => probes() > before && odd.field.diagnostics.health()[0]?.units.find(({ unit }) => unit === 2)?.timeouts === before + 1,
    );
    expect(server.connections().ever).toBe(ever);
    expect(odd.alarms.filter(({ state }) => state === 'active').map(({ alarm }) => alarm)).toEqual(['bus/line/unit/2']);
  });
});
