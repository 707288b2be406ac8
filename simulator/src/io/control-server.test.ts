import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../simulator-clock.ts';
import { openSimulator } from './open-simulator.ts';
import { openRawClient } from './raw-client.ts';

const openTestSimulator = async () => {
  const clock = createManualClock();
  const simulator = await openSimulator({ port: 0, controlPort: 0, seed: 4, clock });
  const ask = async (method: string, path: string, body?: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`http://127.0.0.1:${simulator.controlPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: text }),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  return { simulator, clock, ask, [Symbol.asyncDispose]: () => simulator.close() };
};

const statusWith = (port: number, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/state', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('the control port', () => {
  it('forces values that a Modbus client then reads', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    const { status, json } = await opened.ask('POST', '/set', { humidity: 80, door: 'open' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ door: 'open' });
    client.send(1, 2, 4, 0, 1, 0, 1);
    expect((await client.next()).pdu).toEqual([4, 2, 0x03, 0x20]);
    client.send(2, 4, 2, 0, 0, 0, 1);
    expect((await client.next()).pdu).toEqual([2, 1, 1]);
  });

  it('takes a fault, lists it, and takes it away by its id', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    const posted = await opened.ask('POST', '/faults', { kind: 'silence', unit: 2 });
    expect(posted).toMatchObject({ status: 201, json: { id: 1, fault: { kind: 'silence', unit: 2 } } });
    expect((await opened.ask('GET', '/faults')).json).toMatchObject({ faults: [{ id: 1, fault: { kind: 'silence', unit: 2 } }] });
    client.send(1, 2, 4, 0, 0, 0, 1);
    client.send(2, 1, 4, 0, 0, 0, 1);
    expect((await client.next()).transaction).toBe(2);
    expect((await opened.ask('DELETE', '/faults/1')).status).toBe(200);
    client.send(3, 2, 4, 0, 0, 0, 1);
    expect((await client.next()).transaction).toBe(3);
    expect((await opened.ask('DELETE', '/faults/1')).status).toBe(404);
  });

  it('takes away all faults at once, and lets a stuck relay loose', async () => {
    await using opened = await openTestSimulator();
    await opened.ask('POST', '/faults', { kind: 'stick', relay: 'heater' });
    await opened.ask('POST', '/faults', { kind: 'half-open' });
    expect(opened.simulator.state().relays.heater.stuck).toBe(true);
    expect((await opened.ask('DELETE', '/faults')).json).toEqual({ faults: [] });
    expect(opened.simulator.state().relays.heater.stuck).toBe(false);
  });

  it('ends the links when it is asked to drop them', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    client.send(1, 1, 4, 0, 0, 0, 1);
    await client.next();
    expect(await opened.ask('POST', '/faults', { kind: 'drop' })).toMatchObject({ status: 200, json: { id: null } });
    await client.ended;
  });

  it('hands out the ledger from a number on', async () => {
    await using opened = await openTestSimulator();
    using client = await openRawClient(opened.simulator.port);
    for (const transaction of [1, 2, 3]) {
      client.send(transaction, 11, 6, 0, 0, 0, transaction);
      await client.next();
    }
    const { json } = await opened.ask('GET', '/ledger?after=1');
    expect(json).toMatchObject({
      entries: [
        { n: 2, values: [2] },
        { n: 3, values: [3] },
      ],
      last: 3,
      hasMore: false,
    });
    expect((await opened.ask('GET', '/ledger?after=3')).json).toEqual({ entries: [], last: 3, hasMore: false });
  });

  it('names the registers with what is read in them, frozen ones included', async () => {
    await using opened = await openTestSimulator();
    await opened.ask('POST', '/faults', { kind: 'freeze', register: 'back/temperature', value: -5.5 });
    const { json } = await opened.ask('GET', '/registers');
    const registers = json['registers'] as readonly { readonly name: string }[];
    expect(new Set(registers.map(({ name }) => name)).size).toBe(registers.length);
    expect(registers.find(({ name }) => name === 'back/temperature')).toMatchObject({
      unit: 3,
      table: 'input',
      address: 0,
      type: 's16',
      scale: 0.1,
      writable: false,
      value: -5.5,
      words: [0xffc9],
    });
  });

  it.each<[string, string, unknown, number, RegExp]>([
    ['POST', '/faults', { kind: 'zap' }, 400, /"kind" is one of silence/],
    ['POST', '/faults', '{', 400, /not JSON/],
    ['POST', '/set', { humidity: 300 }, 400, /"humidity" is a number from 0 to 100/],
    ['GET', '/ledger?after=x', undefined, 400, /"after" is the number of an entry/],
    ['GET', '/secrets', undefined, 404, /GET \/state/],
    ['POST', '/set', 'x'.repeat(70_000), 413, /at most 65536 bytes/],
  ])('refuses %s %s with %o and says what is allowed', async (method, path, body, status, message) => {
    await using opened = await openTestSimulator();
    const answer = await opened.ask(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.json['error']).toMatch(message);
  });

  it('is not for web pages: neither from another origin nor by another name', async () => {
    await using opened = await openTestSimulator();
    expect(await statusWith(opened.simulator.controlPort, { origin: 'http://evil.test' })).toBe(403);
    expect(await statusWith(opened.simulator.controlPort, { host: 'evil.test' })).toBe(403);
    expect(await statusWith(opened.simulator.controlPort, {})).toBe(200);
  });
});
