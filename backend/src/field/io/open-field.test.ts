import { saying } from '@phloem/protocol/testing';
import { millis } from '@phloem/protocol';
import { filter, firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec, PointSpec, Site } from '../../site/site.ts';
import type { Register } from '../../site/register.ts';
import { openHostileServer, toHostileBit, toHostileWord, toWire, type HostileServer } from '../testing/io/hostile-server.ts';
import { openField, type Field } from './open-field.ts';

const register = (over: Partial<Register>): Register => ({
  table: 'input',
  address: 0,
  type: 'u16',
  wordOrder: 'ABCD',
  scale: 1,
  offset: 0,
  sentinels: [],
  ...over,
});

const point = (cluster: string, measurement: string, unit: number, address: number): PointSpec => ({
  id: `house/${cluster}/${measurement}`,
  location: 'house',
  cluster,
  measurement,
  quantity: 'number',
  title: measurement,
  decimals: 0,
  intervalMs: millis(50),
  range: { min: 0, max: 65_535 },
  source: { kind: 'register', instrument: `i${unit}`, bus: 'line', unit, register: register({ address }) },
});

const heater: DeviceSpec = {
  id: 'house/heater',
  location: 'house',
  title: 'Heater',
  kind: 'switch',
  write: { bus: 'line', unit: 10, register: register({ table: 'coil', type: 'bit' }) },
  readBack: { bus: 'line', unit: 10, register: register({ table: 'discrete', type: 'bit' }) },
  pollMs: millis(50),
  failSafe: { after: millis(10_000), value: false },
  restart: 'automatic',
  minOn: millis(0),
  minOff: millis(0),
  power: null,
  merge: 'exclusive',
};

const siteOn = (port: number, answerTimeoutMs = 2_000): Site => ({
  hash: '0'.repeat(64),
  title: 'House',
  timeZone: 'Europe/Vienna',
  isDemonstration: false,
  locations: [{ id: 'house', title: 'House' }],
  buses: [
    {
      id: 'line',
      transport: { kind: 'tcp', host: '127.0.0.1', port },
      connectTimeoutMs: millis(2_000),
      answerTimeoutMs: millis(answerTimeoutMs),
    },
  ],
  points: [point('north', 'a', 1, 0), point('north', 'b', 1, 5), point('south', 'a', 2, 0)],
  devices: [heater],
});

const open = (server: HostileServer, answerTimeoutMs?: number): Field & AsyncDisposable => {
  const field = openField(siteOn(server.port, answerTimeoutMs), { random: () => 0.01 });
  return { ...field, [Symbol.asyncDispose]: async () => field.close() };
};

describe('the field', () => {
  it('[FB9] brings a frame for each cluster, from one request for each unit', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    const frames = await firstValueFrom(field.frames$.pipe(take(6), toArray()));
    expect(frames.find((frame) => frame.cluster === 'north')).toEqual({
      kind: 'sensor',
      location: 'house',
      cluster: 'north',
      readings: { a: { v: toHostileWord(1, 0), q: 'good' }, b: { v: toHostileWord(1, 5), q: 'good' } },
    });
    expect(frames.find((frame) => frame.cluster === 'south')?.readings).toEqual({ a: { v: toHostileWord(2, 0), q: 'good' } });
    expect(new Set(server.requests.filter((request) => request.unit === 1).map((request) => request.count))).toEqual(new Set([6]));
  });

  it('[FB7] goes on with the other units when one is silent, and names the silent one', async () => {
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.unit !== 2) socket.write(honest);
    });
    await using field = open(server, 200);
    const frames = field.frames$.pipe(
      filter((frame) => frame.cluster === 'north'),
      take(20),
      toArray(),
    );
    const status = field.status$.pipe(filter((status) => status.state === 'partial'));
    const [seen, told] = await Promise.all([firstValueFrom(frames), firstValueFrom(status)]);
    expect(seen).toHaveLength(20);
    expect(told).toMatchObject({ bus: 'line', silentUnits: [2] });
  });

  it('polls read-backs with the points, and reports them whether they changed or not', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    const reports = await firstValueFrom(field.deviceReports$.pipe(take(2), toArray()));
    expect(reports).toEqual([
      { device: heater, outcome: { kind: 'value', value: toHostileBit(10, 0) } },
      { device: heater, outcome: { kind: 'value', value: toHostileBit(10, 0) } },
    ]);
  });

  it('writes a device and reads it back', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    expect(await field.write(heater, true)).toEqual({ kind: 'echoed' });
    expect(await field.readBack(heater)).toEqual({ kind: 'value', value: toHostileBit(10, 0) });
    expect(server.requests.map(({ unit, function: code, body }) => [unit, code, Array.from(body.slice(2))])).toEqual([
      [10, 5, [0, 0, 0xff, 0]],
      [10, 2, [0, 0, 0, 1]],
    ]);
  });

  it('[FB10] writes and reads an inverted coil the other way round, and bits of a register without the rest', async () => {
    let isCoilSet = true;
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.function === 5) isCoilSet = request.body[4] === 0xff;
      const read = Uint8Array.from([request.unit, 1, 1, Number(isCoilSet)]);
      socket.write(request.function === 1 ? toWire(request.transaction, read) : honest);
    });
    const coil = { bus: 'line', unit: 16, register: register({ table: 'coil', type: 'bit', invert: true }) };
    const bit = register({ table: 'holding', type: 'bit', field: { mask: 0x40, shift: 6 }, fieldWrite: { kind: 'mask' } });
    const inverted: DeviceSpec = { ...heater, write: coil, readBack: coil };
    await using field = open(server);
    // On a normally closed contact the load is off while the coil is energised.
    expect(await field.write(inverted, false)).toEqual({ kind: 'echoed' });
    expect(await field.readBack(inverted)).toEqual({ kind: 'value', value: false });
    expect(await field.write(inverted, true)).toEqual({ kind: 'echoed' });
    expect(await field.readBack(inverted)).toEqual({ kind: 'value', value: true });
    expect(await field.write({ ...heater, write: { ...coil, register: bit } }, true)).toEqual({ kind: 'echoed' });
    const writes = server.requests.filter((request) => request.function !== 1);
    expect(writes.map(({ body }) => Array.from(body.slice(1)))).toEqual([
      [5, 0, 0, 0xff, 0],
      [5, 0, 0, 0, 0],
      [22, 0, 0, 0xff, 0xbf, 0, 0x40],
    ]);
  });

  it('[FB10] refuses a value that is not one of the device, before the wire', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    for (const value of [50, 'off' as unknown as boolean, NaN]) {
      expect(await field.write(heater, value)).toMatchObject({ kind: 'refused' });
    }
    expect(server.requests).toEqual([]);
  });

  it('distinguishes a refused write from one that may have been done', async () => {
    await using server = await openHostileServer(({ transaction, unit, function: code }, _honest, socket) => {
      socket.write(toWire(transaction, Uint8Array.from([unit, code | 0x80, 2])));
    });
    await using field = open(server, 200);
    expect(await field.write(heater, true)).toMatchObject({ kind: 'refused', why: '02: this unit has no such address' });
    server.behave(() => undefined);
    expect(await field.write(heater, true)).toMatchObject({ kind: 'ambiguous' });
  });

  it('[FB9] cuts a request in two that is refused because of one register, and remembers it', async () => {
    await using server = await openHostileServer((request, honest, socket) => {
      const isHole = request.unit === 1 && request.address <= 5 && request.address + request.count > 5;
      socket.write(isHole ? toWire(request.transaction, Uint8Array.from([1, request.function | 0x80, 2])) : honest);
    });
    await using field = open(server);
    const good = field.frames$.pipe(
      map((frame) => frame.readings),
      filter((readings) => readings['a']?.v === toHostileWord(1, 0)),
      take(3),
      toArray(),
    );
    const bad = field.frames$.pipe(filter((frame) => frame.readings['b']?.q === 'bad'));
    const [seen, refused] = await Promise.all([firstValueFrom(good), firstValueFrom(bad)]);
    expect(seen.every((readings) => readings['b'] === undefined)).toBe(true);
    expect(refused.readings['b']).toMatchObject({
      v: null,
      why: saying('unit 1 cannot be read, 02: this unit has no such address (register 30006)'),
    });
    expect(server.requests.filter((request) => request.unit === 1 && request.count === 6)).toHaveLength(1);
  });

  it('[FB8] raises an alarm for an address that a unit refuses, and for a unit that is silent', async () => {
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.unit === 2) socket.write(toWire(request.transaction, Uint8Array.from([2, request.function | 0x80, 2])));
      else if (request.unit !== 10) socket.write(honest);
    });
    await using field = open(server, 200);
    const raised = field.alarms$?.pipe(
      filter((alarm) => alarm.state === 'active'),
      take(2),
      toArray(),
    );
    const alarms = raised === undefined ? [] : await firstValueFrom(raised);
    expect(alarms.map(({ alarm }) => alarm).toSorted()).toEqual(['bus/line/unit/10', 'bus/line/unit/2/input/0']);
  });

  it('[FB13] says how each unit answers, and what goes wrong on the bus', async () => {
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.unit === 2) socket.write(toWire(request.transaction, Uint8Array.from([2, request.function | 0x80, 2])));
      else if (request.unit === 10) socket.write(honest.with(1, (honest[1] ?? 0) ^ 0xff));
      else socket.write(honest);
    });
    await using field = open(server);
    await firstValueFrom(field.frames$.pipe(take(6), toArray()));
    const [health] = field.diagnostics.health();
    const unit = (number: number) => health?.units.find((candidate) => candidate.unit === number);
    expect(unit(1)).toMatchObject({ timeouts: 0, mismatches: 0, exceptions: 0, silentMs: 0 });
    expect(unit(1)?.p50).toBeLessThanOrEqual(unit(1)?.p95 ?? 0);
    expect(unit(2)?.exceptions).toBe(unit(2)?.requests);
    expect(unit(10)?.mismatches).toBeGreaterThan(0);
    expect(health?.mismatches).toBe(unit(10)?.mismatches);
    expect(health?.reconnects).toBe(health?.mismatches);
  });

  it('[FB13] says what the polls cost before they run', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    expect(field.diagnostics.plan()).toMatchObject([{ bus: 'line', blocks: [{}, {}, {}], requestsPerSecond: 60 }]);
    expect(server.requests).toEqual([]);
  });

  it('[FB2] ranks the polls of what rules read before the others, as soon as it learns of them', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    const polling = field.frames$.subscribe();
    const ranks = async (unit: number): Promise<string> =>
      (await firstValueFrom(field.diagnostics.transactions$(field.diagnostics.target({ bus: 'line', unit })))).rank;
    expect(await ranks(2)).toBe('poll');
    field.diagnostics.favour(new Set(['house/south/a']));
    // The poll that is under way keeps its rank.
    await ranks(2);
    expect([await ranks(2), await ranks(1), await ranks(10)]).toEqual(['control', 'poll', 'read-back']);
    polling.unsubscribe();
  });

  it('[LA4] reports every exchange with its bytes, and keeps the last of each unit', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    const polling = field.frames$.subscribe();
    const target = field.diagnostics.target({ point: 'house/north/b' });
    const seen = await firstValueFrom(field.diagnostics.transactions$(target).pipe(take(3), toArray()));
    // One request reads both points of the unit.
    for (const one of seen)
      expect(one).toMatchObject({ unit: 1, address: 0, count: 6, outcome: 'answered', values: { 5: toHostileWord(1, 5) } });
    expect(seen[0]?.sent).toMatch(/^.. .. 00 00 00 06 01 04 00 00 00 06$/);
    expect(field.diagnostics.recent(target, 2).map(({ n }) => n)).toEqual(seen.slice(1).map(({ n }) => n));
    expect(() => field.diagnostics.target({ point: 'house/north/nothing' })).toThrow(/no register is read/);
    polling.unsubscribe();
  });

  it('[FB2] reads any register for a technician, and refuses what Modbus does not allow', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    const place = { function: 3, unit: 77, address: 5, count: 1 } as const;
    const { outcome, values, sent, received } = await field.diagnostics.read('line', place);
    expect({ outcome, values }).toEqual({ outcome: 'answered', values: [toHostileWord(77, 5)] });
    expect(sent).toMatch(/^00 .. 00 00 00 06 4D 03 00 05 00 01$/);
    expect(received).toMatch(/^00 .. 00 00 00 05 4D 03 02 .. ..$/);
    await expect(field.diagnostics.read('nowhere', place)).rejects.toMatchObject({ code: 'bus/unknown', message: /has line/ });
    await expect(field.diagnostics.read('line', { ...place, count: 126 })).rejects.toMatchObject({ code: 'modbus/limits' });
  });

  it('ends its streams when it is closed', async () => {
    await using server = await openHostileServer();
    const field = open(server);
    const everything = Promise.all([lastValueFrom(field.frames$), lastValueFrom(field.status$)]);
    await firstValueFrom(field.frames$);
    await field.close();
    await everything;
    expect(field.diagnostics.health()[0]?.queue).toBe(0);
  });

  it('[FB6] comes back by itself when the peer closes the connection, and raises no alarm for that', async () => {
    await using server = await openHostileServer();
    await using field = open(server);
    const states: string[] = [];
    const watching = field.status$.subscribe((status) => states.push(status.state));
    await firstValueFrom(field.frames$.pipe(take(3), toArray()));
    server.cut();
    await firstValueFrom(field.frames$.pipe(take(3), toArray()));
    watching.unsubscribe();
    expect(new Set(states)).toEqual(new Set(['up']));
    expect(server.connections()).toEqual({ ever: 2, open: 1 });
  });

  it('[FB6] says that a bus is down when nobody listens there, and is up when somebody does', async () => {
    const gone = await openHostileServer();
    await gone[Symbol.asyncDispose]();
    await using field = open(gone);
    const polling = field.frames$.subscribe();
    expect(await firstValueFrom(field.status$)).toMatchObject({ bus: 'line', state: 'down' });
    await using back = await openHostileServer(undefined, gone.port);
    expect(await firstValueFrom(field.status$.pipe(filter((status) => status.state === 'up')))).toMatchObject({ silentUnits: [] });
    expect(back.connections().open).toBe(1);
    polling.unsubscribe();
  });
});
