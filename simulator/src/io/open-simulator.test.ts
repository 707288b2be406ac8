import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../modbus-frame.ts';
import { createManualClock } from '../simulator-clock.ts';
import { openSimulator, type SimulatorOptions } from './open-simulator.ts';
import { openRawClient } from './raw-client.ts';

const openTestSimulator = async (options: Partial<SimulatorOptions> = {}) => {
  const clock = createManualClock();
  const simulator = await openSimulator({ port: 0, controlPort: 0, seed: 4, clock, ...options });
  return { simulator, clock, [Symbol.asyncDispose]: () => simulator.close() };
};

const readFrontTemperature = [4, 0, 0, 0, 1] as const;
const readHeaterContact = [2, 0, 2, 0, 1] as const;
const heaterOn = [5, 0, 2, 0xff, 0] as const;
const heaterOff = [5, 0, 2, 0, 0] as const;

describe('the Modbus port', () => {
  it('answers with the transaction and unit that were asked, one byte at a time and merged alike', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    const request = encodeFrame({ transaction: 77, unit: 3, pdu: Uint8Array.of(4, 0, 0, 0, 2) });
    for (const byte of request) client.sendBytes(Uint8Array.of(byte));
    expect(await client.next()).toMatchObject({ transaction: 77, unit: 3 });
    client.sendBytes(Uint8Array.from([...request, ...request, ...request]));
    for (let turn = 0; turn < 3; turn += 1) expect((await client.next()).pdu.slice(0, 2)).toEqual([4, 4]);
  });

  it.each<[string, number, readonly number[], readonly number[]]>([
    ['an address that is not there', 1, [4, 0, 6, 0, 1], [0x84, 2]],
    ['a block that begins well and ends outside', 1, [4, 0, 0, 0, 7], [0x84, 2]],
    ['a table that the unit does not have', 1, [1, 0, 0, 0, 1], [0x81, 2]],
    ['a function that is not offered', 1, [0x2b, 0x0e, 1, 0], [0xab, 1]],
    ['more than 100 %', 11, [6, 0, 0, 0x03, 0xe9], [0x86, 3]],
    ['too many coils for the board', 10, [15, 0, 0, 0, 5, 1, 0x1f], [0x8f, 2]],
  ])('refuses %s', async (_name, unit, pdu, answer) => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.send(1, unit, ...pdu);
    expect((await client.next()).pdu).toEqual(answer);
  });

  it('leaves a refused write wholly undone', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.send(1, 10, 15, 0, 0, 0, 5, 1, 0x1f);
    await client.next();
    expect(Object.values(opened.simulator.state().relays).some((relay) => relay.commanded)).toBe(false);
    expect(opened.simulator.ledger()).toMatchObject([{ kind: 'write', outcome: 'refused', exception: 2, values: [1, 1, 1, 1, 1] }]);
  });

  it('does not answer for units that are not there', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.send(1, 9, ...readFrontTemperature);
    client.send(2, 0, ...heaterOn);
    client.send(3, 1, ...readFrontTemperature);
    expect((await client.next()).transaction).toBe(3);
    expect(opened.simulator.state().relays.heater.commanded).toBe(false);
  });

  it('hangs up on a stream that is not Modbus', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.sendBytes(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'));
    await client.ended;
    using next = await openRawClient(opened.simulator.port);
    next.send(1, 1, ...readFrontTemperature);
    expect((await next.next()).transaction).toBe(1);
  });

  it('in use by another program is a fault that names it, and leaves nothing open', async () => {
    await using first = await openTestSimulator();
    const taken = first.simulator.port;
    await expect(openSimulator({ port: taken, controlPort: 0 })).rejects.toMatchObject({ code: 'net/port-in-use' });
    await expect(openSimulator({ port: 0, controlPort: taken })).rejects.toThrow(/another program uses this port/);
  });
});

describe('what is switched changes what is measured', () => {
  it('the heater, by its register and seen in another', async () => {
    const middle = async (isHeated: boolean) => {
      await using opened = await openTestSimulator();
      using client = await openRawClient(opened.simulator.port);
      client.send(1, 10, ...(isHeated ? heaterOn : heaterOff));
      await client.next();
      opened.clock.advance(60_000);
      client.send(2, 2, 4, 0, 0, 0, 1);
      const { pdu } = await client.next();
      return ((pdu[2] ?? 0) << 8) | (pdu[3] ?? 0);
    };
    expect(await middle(true)).toBeGreaterThan((await middle(false)) + 8);
  });

  it('faster when the simulator is faster than time', async () => {
    await using opened = await openTestSimulator({ speed: 60 });
    opened.clock.advance(60_000);
    expect(opened.simulator.state().simulatorMs).toBe(3_600_000);
  });
});

describe('a fault', () => {
  it('silences one unit, and no other, until it is taken away', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    const id = opened.simulator.inject({ kind: 'silence', unit: 10 });
    client.send(1, 10, ...heaterOn);
    client.send(2, 1, ...readFrontTemperature);
    expect((await client.next()).transaction).toBe(2);
    expect(opened.simulator.ledger()).toMatchObject([{ kind: 'write', outcome: 'unheard' }]);
    expect(opened.simulator.clear(id ?? 0)).toBe(true);
    client.send(3, 10, ...heaterOn);
    expect((await client.next()).transaction).toBe(3);
  });

  it('delays an answer by so many milliseconds, and the write is done at once', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    opened.simulator.inject({ kind: 'delay', unit: 10, ms: 500, times: 1 });
    client.send(1, 10, ...heaterOn);
    client.send(2, 1, ...readFrontTemperature);
    expect((await client.next()).transaction).toBe(2);
    expect(opened.simulator.state().relays.heater.commanded).toBe(true);
    opened.clock.advance(499);
    client.send(3, 10, ...readHeaterContact);
    expect((await client.next()).transaction).toBe(3);
    opened.clock.advance(1);
    expect((await client.next()).transaction).toBe(1);
  });

  it('sends an answer twice, as often as was asked', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    opened.simulator.inject({ kind: 'duplicate', times: 1 });
    client.send(1, 1, ...readFrontTemperature);
    client.send(2, 1, ...readFrontTemperature);
    const order = [(await client.next()).transaction, (await client.next()).transaction, (await client.next()).transaction];
    expect(order).toEqual([1, 1, 2]);
    expect(opened.simulator.faults()).toEqual([]);
  });

  it('echoes another address than was written, though the write was done', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    opened.simulator.inject({ kind: 'wrong-echo', times: 1 });
    client.send(1, 10, ...readHeaterContact);
    expect((await client.next()).pdu).toEqual([2, 1, 0]);
    client.send(2, 10, ...heaterOn);
    expect((await client.next()).pdu).toEqual([5, 0, 3, 0xff, 0]);
    expect(opened.simulator.state().relays.heater.commanded).toBe(true);
    client.send(3, 10, ...heaterOn);
    expect((await client.next()).pdu).toEqual([...heaterOn]);
  });

  it('answers with an exception, for one function alone when asked, and does nothing', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    opened.simulator.inject({ kind: 'exception', unit: 10, code: 4, function: 5 });
    client.send(1, 10, ...heaterOn);
    expect((await client.next()).pdu).toEqual([0x85, 4]);
    expect(opened.simulator.state().relays.heater.commanded).toBe(false);
    expect(opened.simulator.ledger()).toMatchObject([{ outcome: 'refused', exception: 4 }]);
    client.send(2, 10, ...readHeaterContact);
    expect((await client.next()).pdu).toEqual([2, 1, 0]);
  });

  it('swaps the words of values that have two, and leaves the others', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.send(1, 1, 4, 0, 3, 0, 3);
    const right = (await client.next()).pdu;
    opened.simulator.inject({ kind: 'swap-words', unit: 1 });
    client.send(2, 1, 4, 0, 3, 0, 3);
    const swapped = (await client.next()).pdu;
    expect(swapped.slice(0, 4)).toEqual(right.slice(0, 4));
    expect(swapped.slice(4)).toEqual([...right.slice(6, 8), ...right.slice(4, 6)]);
    expect(right.slice(4, 6)).not.toEqual(right.slice(6, 8));
  });

  it('freezes a register at its present value or at another, while the room goes on', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.send(1, 2, 4, 0, 0, 0, 2);
    const before = (await client.next()).pdu;
    opened.simulator.inject({ kind: 'freeze', register: 'middle/temperature' });
    opened.simulator.inject({ kind: 'freeze', register: 'middle/humidity', value: 12.3 });
    opened.clock.advance(120_000);
    client.send(2, 2, 4, 0, 0, 0, 2);
    expect((await client.next()).pdu).toEqual([...before.slice(0, 4), 0, 123]);
    opened.simulator.clear();
    client.send(3, 2, 4, 0, 0, 0, 2);
    const after = (await client.next()).pdu;
    expect(after.slice(2, 4)).not.toEqual(before.slice(2, 4));
    expect(after.slice(4)).not.toEqual([0, 123]);
  });

  it('lets a sensor drift away from the truth, hour by hour, and puts it right', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    const read = async () => {
      client.send(1, 33, 4, 0, 1, 0, 2);
      const { pdu } = await client.next();
      return new DataView(Uint8Array.from(pdu.slice(2)).buffer).getFloat32(0);
    };
    opened.simulator.inject({ kind: 'drift', register: 'cold_store/product/temperature', perHour: 60 });
    opened.clock.advance(600_000);
    const truth = opened.simulator.state().cold_store.product;
    expect(await read()).toBeCloseTo(truth + 10, 0);
    opened.simulator.clear();
    expect(await read()).toBeCloseTo(truth, 0);
  });

  it('sticks a relay: the write is echoed, the coil says on, the contact stays', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    opened.simulator.inject({ kind: 'stick', relay: 'heater' });
    client.send(1, 10, ...heaterOn);
    expect((await client.next()).pdu).toEqual([...heaterOn]);
    opened.clock.advance(1000);
    client.send(2, 10, 1, 0, 2, 0, 1);
    expect((await client.next()).pdu).toEqual([1, 1, 1]);
    client.send(3, 10, ...readHeaterContact);
    expect((await client.next()).pdu).toEqual([2, 1, 0]);
    opened.simulator.clear();
    opened.clock.advance(100);
    client.send(4, 10, ...readHeaterContact);
    expect((await client.next()).pdu).toEqual([2, 1, 1]);
  });

  it('reboots everything: links end, outputs are off, and new links end at once until it is up', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.send(1, 10, ...heaterOn);
    await client.next();
    opened.clock.advance(100);
    expect(opened.simulator.state().relays.heater.contact).toBe(true);
    expect(opened.simulator.inject({ kind: 'reboot', ms: 1000 })).toBeNull();
    await client.ended;
    using early = await openRawClient(opened.simulator.port);
    await early.ended;
    opened.clock.advance(1000);
    using late = await openRawClient(opened.simulator.port);
    late.send(1, 10, ...readHeaterContact);
    expect((await late.next()).pdu).toEqual([2, 1, 0]);
    late.send(2, 12, 4, 0, 0, 0, 1);
    expect((await late.next()).pdu).toEqual([4, 2, 0, 0]);
    expect(opened.simulator.ledger(2)).toMatchObject([
      { kind: 'power', units: [1, 2, 3, 4, 10, 11, 12, 21, 22, 24, 25, 26, 27, 31, 32, 33, 34, 35, 41, 42, 43, 44, 45] },
      { kind: 'contact', relay: 'heater', closed: false, why: 'power', cause: null },
    ]);
  });

  it('reboots one unit: it is silent for a while and off, and the others go on', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    opened.simulator.inject({ kind: 'reboot', unit: 12, ms: 1000 });
    client.send(1, 12, 4, 0, 0, 0, 1);
    client.send(2, 11, 3, 0, 0, 0, 1);
    expect(await client.next()).toMatchObject({ transaction: 2, pdu: [3, 2, 0, 250] });
    opened.clock.advance(1000);
    client.send(3, 12, 4, 0, 0, 0, 1);
    expect(await client.next()).toMatchObject({ transaction: 3, pdu: [4, 2, 0, 0] });
  });

  it('drops the links that are there, and takes new ones', async () => {
    await using opened = await openTestSimulator();
    using one = await openRawClient(opened.simulator.port);
    using two = await openRawClient(opened.simulator.port);
    one.send(1, 1, ...readFrontTemperature);
    two.send(1, 1, ...readFrontTemperature);
    await Promise.all([one.next(), two.next()]);
    opened.simulator.inject({ kind: 'drop' });
    await Promise.all([one.ended, two.ended]);
    using three = await openRawClient(opened.simulator.port);
    three.send(9, 1, ...readFrontTemperature);
    expect((await three.next()).transaction).toBe(9);
  });

  it('leaves links half-open: they are taken, and nobody ever answers', async () => {
    await using opened = await openTestSimulator();
    opened.simulator.inject({ kind: 'half-open' });
    using client = await openRawClient(opened.simulator.port);
    client.send(1, 10, ...heaterOn);
    await expect.poll(() => opened.simulator.ledger()).toMatchObject([{ outcome: 'unheard', transaction: 1 }]);
    opened.simulator.clear();
    client.send(2, 1, ...readFrontTemperature);
    expect((await client.next()).transaction).toBe(2);
  });
});

describe('the ledger', () => {
  it('holds each write and each contact with its cause, in order, on its own clocks', async () => {
    await using opened = await openTestSimulator();
    opened.clock.advance(1000);
    using client = await openRawClient(opened.simulator.port);
    client.send(5, 10, ...heaterOn);
    await client.next();
    opened.clock.advance(100);
    client.send(6, 11, 16, 0, 0, 0, 1, 2, 0x01, 0xf4);
    await client.next();
    const wallStart = opened.clock.wallMs() - 1100;
    const [write, contact, fan] = opened.simulator.ledger();
    expect(write).toEqual({
      n: 1,
      clockMs: 1000,
      simulatorMs: 1000,
      wallMs: wallStart + 1000,
      kind: 'write',
      connection: 1,
      transaction: 5,
      unit: 10,
      function: 5,
      address: 2,
      values: [1],
      outcome: 'done',
      exception: null,
    });
    expect(contact).toMatchObject({ n: 2, kind: 'contact', unit: 10, address: 2, relay: 'heater', closed: true, why: 'write', cause: 1 });
    expect(contact?.clockMs).toBeGreaterThanOrEqual(1020);
    expect(contact?.clockMs).toBeLessThan(1080);
    expect(fan).toMatchObject({ n: 3, transaction: 6, unit: 11, function: 16, address: 0, values: [500], clockMs: 1100 });
  });

  it('is in its file, line by line, when the answer is there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    try {
      await using opened = await openTestSimulator({ ledgerPath: join(folder, 'ledger.jsonl') });
      using client = await openRawClient(opened.simulator.port);
      client.send(1, 10, ...heaterOn);
      await client.next();
      opened.clock.advance(100);
      const lines = readFileSync(join(folder, 'ledger.jsonl'), 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(opened.simulator.ledger());
      expect(lines).toHaveLength(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that cannot be written is a fault before anything is open', async () => {
    await expect(openSimulator({ port: 0, controlPort: 0, ledgerPath: '/proc/none/ledger.jsonl' })).rejects.toMatchObject({
      code: 'store/unwritable',
    });
  });
});
