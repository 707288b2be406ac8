import { millis } from '@phloem/protocol';
import { asyncScheduler, filter, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toPercentile } from '../bus/bus-figures.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { openHostileServer, toHostileBit, toHostileWord, toWire, type HostileServer, type Mischief } from '../testing/io/hostile-server.ts';
import { createVirtualScheduler } from '../testing/virtual-scheduler.ts';
import { createMbapDial } from './mbap-link.ts';
import { createTcpWire } from './tcp-wire.ts';
import { openBus, type Bus } from './open-bus.ts';

/** The answer time-out: short where a test waits for it, long where an early one would be a failure of the machine it runs on. */
const short = millis(200);
const long = millis(5_000);

const open = (server: HostileServer, answerTimeoutMs = long): Bus & AsyncDisposable => {
  const bus = openBus({
    connectTimeoutMs: millis(2_000),
    answerTimeoutMs,
    dial: createMbapDial(createTcpWire({ host: '127.0.0.1', port: server.port })),
    scheduler: asyncScheduler,
    random: () => 0.01,
  });
  return { ...bus, [Symbol.asyncDispose]: async () => bus.close() };
};

const read = (address: number, count = 1, unit = 1): BusRequest => ({ function: 3, unit, address, count });
const poll = { priority: 'poll', waitMs: millis(10_000) } as const;
const words = (unit: number, address: number, count = 1) => ({
  kind: 'words',
  values: Array.from({ length: count }, (_, index) => toHostileWord(unit, address + index)),
});

/** Misbehaves once, then is honest. */
const once = (mischief: Mischief): Mischief => {
  let isDone = false;
  return (request, honest, socket) => {
    if (isDone) socket.write(honest);
    else {
      isDone = true;
      mischief(request, honest, socket);
    }
  };
};
/** Sends the answer with some of its bytes changed. */
const altered =
  (change: (bytes: Uint8Array) => void): Mischief =>
  (_request, honest, socket) => {
    const bytes = honest.slice();
    change(bytes);
    socket.write(bytes);
  };

describe('reads and writes over Modbus TCP', () => {
  it('reads registers and bits of each table, and writes each way, with the unit in the request', async () => {
    await using server = await openHostileServer();
    await using bus = open(server);
    expect(await bus.request({ function: 3, unit: 1, address: 10, count: 4 }, poll)).toEqual(words(1, 10, 4));
    expect(await bus.request({ function: 4, unit: 2, address: 0, count: 125 }, poll)).toEqual(words(2, 0, 125));
    for (const table of [1, 2] as const) {
      expect(await bus.request({ function: table, unit: 3, address: 5, count: 11 }, poll)).toEqual({
        kind: 'bits',
        values: Array.from({ length: 11 }, (_, index) => toHostileBit(3, 5 + index)),
      });
    }
    expect(await bus.request({ function: 5, unit: 4, address: 1, values: [true] }, poll)).toEqual({ kind: 'echoed' });
    expect(await bus.request({ function: 6, unit: 4, address: 1, values: [65_535] }, poll)).toEqual({ kind: 'echoed' });
    expect(await bus.request({ function: 15, unit: 4, address: 1, values: [true, false, true] }, poll)).toEqual({ kind: 'echoed' });
    expect(await bus.request({ function: 16, unit: 4, address: 1, values: [1, 2] }, poll)).toEqual({ kind: 'echoed' });
    expect(server.requests.map((request) => request.unit)).toEqual([1, 2, 3, 3, 4, 4, 4, 4]);
    expect([...(server.requests.at(-2)?.body ?? [])]).toEqual([4, 15, 0, 1, 0, 3, 1, 0b101]);
  });

  it('[FB1] asked for many things at once, sends one request at a time', async () => {
    let flying = 0;
    let most = 0;
    await using server = await openHostileServer((_request, honest, socket) => {
      flying += 1;
      most = Math.max(most, flying);
      setImmediate(() => {
        flying -= 1;
        socket.write(honest);
      });
    });
    await using bus = open(server);
    const outcomes = await Promise.all(Array.from({ length: 50 }, async (_, address) => bus.request(read(address), poll)));
    expect(outcomes).toEqual(Array.from({ length: 50 }, (_, address) => words(1, address)));
    expect(most).toBe(1);
    expect(server.connections().ever).toBe(1);
  });

  it('[FB8] reports an exception by its code and keeps the link', async () => {
    await using server = await openHostileServer(({ transaction, unit, function: code }, _honest, socket) => {
      socket.write(toWire(transaction, Uint8Array.from([unit, code | 0x80, 2])));
    });
    await using bus = open(server);
    expect(await bus.request(read(0), poll)).toEqual({ kind: 'exception', code: 2 });
    expect(await bus.request(read(0), poll)).toEqual({ kind: 'exception', code: 2 });
    expect(server.connections().ever).toBe(1);
  });
});

describe('what modbus-serial is known to do wrong, and a bus does not', () => {
  it('[FB5] a late answer never becomes the value of another register', async () => {
    const held: Uint8Array[] = [];
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.address === 7) held.push(honest);
      else {
        // The late answer comes first, on whatever connection is open now.
        held.splice(0).forEach((late) => socket.write(late));
        socket.write(honest);
      }
    });
    await using bus = open(server, short);
    expect(await bus.request(read(7), poll)).toMatchObject({ kind: 'failed', code: 'modbus/timeout' });
    const outcome = await bus.request(read(500), poll);
    expect(outcome.kind === 'words' ? outcome.values : []).not.toEqual([toHostileWord(1, 7)]);
    expect(await bus.request(read(500), poll)).toEqual(words(1, 500));
  });

  it('[FB4] transaction ids use all 16 bits: an answer 256 requests late is nobody’s', async () => {
    const held: { wire: Uint8Array; transaction: number }[] = [];
    await using server = await openHostileServer((request, honest, socket) => {
      // The very first answer is kept back a copy of, and sent again in the place of the answer 256 requests later.
      if (held.length === 0) held.push({ wire: honest, transaction: request.transaction });
      const [first] = held;
      const isTurn = first !== undefined && request.transaction === first.transaction + 256;
      socket.write(isTurn ? first.wire : honest);
    });
    await using bus = open(server);
    for (let address = 0; address < 256; address += 1) expect(await bus.request(read(address), poll)).toEqual(words(1, address));
    expect(await bus.request(read(300), poll)).toMatchObject({ kind: 'failed', code: 'modbus/mismatch' });
  });

  it('[FB3] a unit that never answers ends the request, and the next unit is served', async () => {
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.unit !== 9) socket.write(honest);
    });
    await using bus = open(server, short);
    const [dead, alive] = await Promise.all([bus.request(read(0, 1, 9), poll), bus.request(read(1), poll)]);
    expect(dead).toMatchObject({ kind: 'failed', code: 'modbus/timeout', isSent: true });
    expect(alive).toEqual(words(1, 1));
  });

  it('[FB3] a unit that keeps the socket busy and never ends its answer is given up at the deadline all the same', async () => {
    await using server = await openHostileServer((_request, honest, socket) => {
      // A byte now and then: a time-out of the idle socket would never come.
      let sent = 0;
      const drip = setInterval(() => {
        if (socket.destroyed || sent >= honest.length - 1) clearInterval(drip);
        else socket.write(honest.subarray(sent, (sent += 1)));
      }, 60);
    });
    await using bus = open(server, short);
    expect(await bus.request(read(0), poll)).toMatchObject({ kind: 'failed', code: 'modbus/timeout', isSent: true });
  });

  it('[FB3] a request in flight settles when the bus is closed', async () => {
    await using server = await openHostileServer(() => undefined);
    const bus = open(server);
    const outcome = bus.request(read(0), poll);
    await firstValueFrom(bus.state$.pipe(filter((state) => state.flight !== null)));
    await bus.close();
    expect(await outcome).toMatchObject({ kind: 'failed', code: 'modbus/link', isSent: true });
  });

  it.each<[string, unknown]>([
    ['"off" to a coil', { function: 5, unit: 1, address: 1, values: ['off'] }],
    ['"false" to a coil', { function: 5, unit: 1, address: 1, values: ['false'] }],
    ['1 to a coil', { function: 5, unit: 1, address: 1, values: [1] }],
    ['NaN to a register', { function: 6, unit: 1, address: 2, values: [NaN] }],
    ['99.9 to a register', { function: 6, unit: 1, address: 2, values: [99.9] }],
    ['-1 to a register', { function: 6, unit: 1, address: 2, values: [-1] }],
    ['65536 to a register', { function: 16, unit: 1, address: 2, values: [1, 65_536] }],
    ['126 registers', { function: 3, unit: 1, address: 0, count: 126 }],
    ['2001 bits', { function: 1, unit: 1, address: 0, count: 2001 }],
    ['124 registers to write', { function: 16, unit: 1, address: 0, values: Array.from({ length: 124 }, () => 0) }],
    ['1969 coils to write', { function: 15, unit: 1, address: 0, values: Array.from({ length: 1969 }, () => true) }],
    ['no registers', { function: 3, unit: 1, address: 0, count: 0 }],
    ['unit 256', { function: 3, unit: 256, address: 0, count: 1 }],
    ['unit -1', { function: 3, unit: -1, address: 0, count: 1 }],
    ['unit 1.5', { function: 3, unit: 1.5, address: 0, count: 1 }],
    ['registers beyond 65535', { function: 3, unit: 1, address: 65_535, count: 2 }],
    ['function 99', { function: 99, unit: 1, address: 0, count: 1 }],
  ])('[FB10] %s is refused before anything is sent', async (_what, request) => {
    await using server = await openHostileServer();
    await using bus = open(server);
    await expect(bus.request(request as BusRequest, poll)).rejects.toMatchObject({ code: 'modbus/limits' });
    expect(await bus.request(read(3), poll)).toEqual(words(1, 3));
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, BusRequest, (bytes: Uint8Array) => void]>([
    ['the echoed value of a coil', { function: 5, unit: 1, address: 1, values: [true] }, (bytes) => bytes.set([0, 0], 10)],
    ['the echoed address of a coil', { function: 5, unit: 1, address: 1, values: [true] }, (bytes) => bytes.set([0, 2], 8)],
    ['the echoed value of a register', { function: 6, unit: 1, address: 1, values: [300] }, (bytes) => bytes.set([0, 44], 10)],
    ['the echoed count of registers', { function: 16, unit: 1, address: 1, values: [1, 2] }, (bytes) => bytes.set([0, 1], 10)],
    ['the unit', read(1), (bytes) => bytes.set([2], 6)],
    ['the function', read(1), (bytes) => bytes.set([4], 7)],
    ['the byte count', read(1, 2), (bytes) => bytes.set([2], 8)],
    ['the transaction id', read(1), (bytes) => bytes.set([0x77], 0)],
    ['the protocol id', read(1), (bytes) => bytes.set([1], 3)],
    ['the length, to 0', read(1), (bytes) => bytes.set([0, 0], 4)],
    ['the length, to 0xFFFF', read(1), (bytes) => bytes.set([0xff, 0xff], 4)],
    ['the length, to one less', read(1), (bytes) => bytes.set([0, 4], 4)],
  ])('[FB4][FB5] an answer with %s wrong is no answer; the next request, on a new connection, is right', async (_what, request, change) => {
    await using server = await openHostileServer(once(altered(change)));
    await using bus = open(server);
    expect(await bus.request(request, poll)).toMatchObject({ kind: 'failed', code: 'modbus/mismatch', isSent: true });
    for (let address = 0; address < 20; address += 1) expect(await bus.request(read(address, 2), poll)).toEqual(words(1, address, 2));
    expect(server.connections().ever).toBe(2);
  });

  it('an answer of another unit is not taken, though both are asked at the same time', async () => {
    await using server = await openHostileServer();
    await using bus = open(server);
    const outcomes = await Promise.all([1, 2, 3, 4].map(async (unit) => bus.request(read(7, 1, unit), poll)));
    expect(outcomes).toEqual([1, 2, 3, 4].map((unit) => words(unit, 7)));
  });

  it('[FB6] a connection that is reset leaves no stale bytes and no second socket', async () => {
    await using server = await openHostileServer(
      once((_request, honest, socket) => {
        socket.write(honest.subarray(0, 5), () => socket.resetAndDestroy());
      }),
    );
    await using bus = open(server);
    expect(await bus.request(read(1), poll)).toMatchObject({ kind: 'failed', code: 'modbus/link', isSent: true });
    expect(await bus.request(read(2), poll)).toEqual(words(1, 2));
    expect(server.connections()).toEqual({ ever: 2, open: 1 });
  });

  it('[FB4] an answer that comes twice settles its request once, and is not taken for the next', async () => {
    await using server = await openHostileServer((_request, honest, socket) => {
      socket.write(Uint8Array.from([...honest, ...honest]));
    });
    await using bus = open(server);
    expect(await bus.request(read(1), poll)).toEqual(words(1, 1));
    const second = await bus.request(read(2), poll);
    expect(second.kind === 'words' ? second.values : [toHostileWord(1, 2)]).toEqual([toHostileWord(1, 2)]);
  });

  it('two answers in the wrong order bring no wrong value', async () => {
    const held: Uint8Array[] = [];
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.address % 2 === 0) held.push(honest);
      else {
        socket.write(honest);
        held.splice(0).forEach((late) => socket.write(late));
      }
    });
    await using bus = open(server, short);
    for (let address = 0; address < 4; address += 1) {
      const outcome = await bus.request(read(address), poll);
      expect(outcome.kind === 'words' ? outcome.values : 'no value').toEqual(address % 2 === 0 ? 'no value' : words(1, address).values);
    }
  });

  it('a broadcast is done when it has left, and waits for no answer', async () => {
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.unit !== 0) socket.write(honest);
    });
    await using bus = open(server);
    expect(await bus.request({ function: 6, unit: 0, address: 1, values: [5] }, { priority: 'write' })).toEqual({ kind: 'sent' });
    expect(await bus.request(read(1), poll)).toEqual(words(1, 1));
    expect(server.requests.map((request) => request.unit)).toEqual([0, 1]);
  });

  it('[FB6] the port is open again by itself after a drop', async () => {
    await using server = await openHostileServer();
    await using bus = open(server);
    for (let round = 0; round < 3; round += 1) {
      expect(await bus.request(read(round), poll)).toEqual(words(1, round));
      server.cut();
      await firstValueFrom(bus.state$.pipe(filter((state) => state.link.phase !== 'up')));
    }
    expect(await bus.request(read(9), poll)).toEqual(words(1, 9));
  });

  it('a write that waits while the connection is renewed is done, and not lost in silence', async () => {
    await using server = await openHostileServer((request, honest, socket) => {
      if (request.function === 3) socket.destroy();
      else socket.write(honest);
    });
    await using bus = open(server);
    const [lost, written] = await Promise.all([
      bus.request(read(1), poll),
      bus.request({ function: 5, unit: 1, address: 1, values: [true] }, { priority: 'write' }),
    ]);
    expect(lost).toMatchObject({ kind: 'failed', code: 'modbus/link', isSent: true });
    expect(written).toEqual({ kind: 'echoed' });
  });

  it('an answer that comes byte by byte is put together', async () => {
    await using server = await openHostileServer((_request, honest, socket) => {
      const send = (at: number): void => {
        if (at < honest.length) socket.write(honest.subarray(at, at + 1), () => setImmediate(send, at + 1));
      };
      send(0);
    });
    await using bus = open(server);
    for (let address = 0; address < 3; address += 1) expect(await bus.request(read(address, 3), poll)).toEqual(words(1, address, 3));
    expect(server.connections().ever).toBe(1);
  });

  it('[FB3] asks again on the same connection where this process stalled until the answer was too old', async () => {
    await using server = await openHostileServer();
    const answerMs = millis(1_000);
    await using bus = open(server, answerMs);
    expect(await bus.request(read(1), poll)).toEqual(words(1, 1));
    server.behave(
      once((_request, honest, socket) => {
        const old = honest.slice();
        old[old.length - 1] = (old.at(-1) ?? 0) ^ 1;
        socket.write(old, () => {
          // The answer is with the kernel; now nothing runs here until long after the deadline.
          const until = Date.now() + answerMs + 250;
          while (Date.now() < until);
        });
      }),
    );
    expect(await bus.request(read(2), poll)).toEqual(words(1, 2));
    expect(server.requests.map(({ address }) => address)).toEqual([1, 2, 2]);
    expect(server.connections().ever).toBe(1);
    expect(bus.figures().units.get(1)?.timeouts).toBe(0);
  });

  it('[FB3][FB13] a unit that takes 600 ms answers 1000 times of 1000 within the time that a site gives by default', async () => {
    const scheduler = createVirtualScheduler();
    const bus = openBus({
      connectTimeoutMs: millis(2_000),
      answerTimeoutMs: millis(1_000),
      dial: (tell) => {
        scheduler.schedule(() => tell({ kind: 'opened' }), 1);
        const answer = (): void => tell({ kind: 'answered', outcome: { kind: 'words', values: [7] } });
        return { send: () => void scheduler.schedule(answer, 600), end: () => undefined };
      },
      scheduler,
      random: () => 0.5,
    });
    const outcomes: string[] = [];
    for (let count = 0; count < 1000; count += 1) {
      const reading = bus.request(read(0), poll).then((outcome) => {
        outcomes.push(outcome.kind);
      });
      while (outcomes.length <= count && scheduler.advance()) await Promise.resolve().then(async () => Promise.resolve());
      await reading;
    }
    expect(outcomes.filter((kind) => kind === 'words')).toHaveLength(1000);
    // What the unit takes can be seen, and the time-out set by it.
    expect(toPercentile(bus.figures().units.get(1)?.latencies ?? [], 0.95)).toBe(600);
  });

  it('keeps nothing of the requests that have ended', async () => {
    await using server = await openHostileServer();
    await using bus = open(server);
    for (let address = 0; address < 600; address += 1) await bus.request(read(address & 0xff), poll);
    const state = await firstValueFrom(bus.state$);
    expect(state.queue).toEqual([]);
    expect(state.flight).toBeNull();
    expect(bus.figures().units.get(1)).toMatchObject({ requests: 600, timeouts: 0, mismatches: 0 });
    expect(bus.figures().units.get(1)?.latencies).toHaveLength(256);
  });
});

describe('the guard of a write', () => {
  it('[FB2] is asked when the turn has come; a no sends nothing', async () => {
    let mayWrite = true;
    await using server = await openHostileServer((_request, honest, socket) => {
      mayWrite = false;
      socket.write(honest);
    });
    await using bus = open(server);
    const write: BusRequest = { function: 5, unit: 1, address: 1, values: [true] };
    const [, outcome] = await Promise.all([
      bus.request(read(1), { priority: 'hub' }),
      bus.request(write, { priority: 'write', mayStill: () => mayWrite }),
    ]);
    expect(outcome).toEqual({ kind: 'withdrawn' });
    expect(server.requests.map((request) => request.function)).toEqual([3]);
  });
});
