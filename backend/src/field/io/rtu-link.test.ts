import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { LinkSignal } from '../bus/field-link.ts';
import type { WireSignal } from '../bus/wire.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { withCrc } from '../modbus/crc16.ts';
import { createVirtualScheduler } from '../testing/virtual-scheduler.ts';
import { createRtuDial } from './rtu-link.ts';

const read = (address: number, count = 1, unit = 1): BusRequest => ({ function: 3, unit, address, count });
const answer = (words: readonly number[], unit = 1): Uint8Array =>
  withCrc(Uint8Array.from([unit, 3, words.length * 2, ...words.flatMap((word) => [word >> 8, word & 0xff])]));

/** A line whose every byte is the test's to choose. */
const openLine = () => {
  const scheduler = createVirtualScheduler();
  const sent: { readonly at: number; readonly bytes: readonly number[] }[] = [];
  const signals: LinkSignal[] = [];
  let emitWire: (signal: WireSignal) => void = () => undefined;
  const dial = createRtuDial(
    (tell) => {
      emitWire = tell;
      return { write: (bytes) => sent.push({ at: scheduler.now(), bytes: [...bytes] }), end: () => undefined };
    },
    { quietMs: millis(200), gapMs: millis(4), scheduler },
  );
  const runUntil = (time: number): void => {
    scheduler.schedule(() => undefined, time - scheduler.now());
    while (scheduler.now() < time) scheduler.advance();
  };
  const connect = () => {
    const link = dial((signal) => signals.push(signal));
    emitWire({ kind: 'opened' });
    return link;
  };
  return {
    scheduler,
    sent,
    signals,
    connect,
    runUntil,
    come: (bytes: Uint8Array) => emitWire({ kind: 'bytes', bytes }),
    /** The functions, addresses and counts that went out. */
    asked: () => sent.map(({ bytes }) => [bytes[1], ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0), bytes[5]]),
  };
};

/** A line that is open, on which unit 1 has left a read of one register unanswered. */
const openWithDebt = () => {
  const line = openLine();
  const first = line.connect();
  line.runUntil(200);
  first.send(read(7));
  line.runUntil(400);
  first.end();
  const link = line.connect();
  line.runUntil(600);
  return { ...line, link };
};

describe('an RTU line', () => {
  it('[FB5] is used only after it has been quiet, and what comes before is thrown away', () => {
    const line = openLine();
    line.connect();
    line.runUntil(150);
    line.come(answer([1]));
    line.runUntil(349);
    expect(line.signals).toEqual([]);
    line.runUntil(350);
    expect(line.signals).toEqual([{ kind: 'opened' }]);
  });

  it('[FB12] is still for 3.5 characters before each request', () => {
    const line = openLine();
    const link = line.connect();
    line.runUntil(200);
    link.send(read(7));
    line.runUntil(210);
    line.come(answer([5]));
    link.send(read(8));
    line.runUntil(220);
    expect(line.sent.map(({ at }) => at)).toEqual([200, 214]);
  });

  it('puts an answer together that comes byte by byte', () => {
    const line = openLine();
    const link = line.connect();
    line.runUntil(200);
    link.send(read(7, 2));
    answer([5, 6]).forEach((byte) => line.come(Uint8Array.from([byte])));
    expect(line.signals.at(-1)).toEqual({ kind: 'answered', outcome: { kind: 'words', values: [5, 6] } });
  });

  it.each<[string, (right: Uint8Array) => Uint8Array]>([
    ['a wrong checksum', (right) => right.with(right.length - 1, (right.at(-1) ?? 0) ^ 1)],
    ['a flipped bit', (right) => right.with(4, (right[4] ?? 0) ^ 1)],
    ['another unit', () => answer([5], 2)],
    ['one byte too many', (right) => Uint8Array.from([...right, 0])],
    ['another count of bytes', (right) => withCrc(right.slice(0, -2).with(2, 4))],
    ['an echo of the request before it', (right) => Uint8Array.from([...withCrc(Uint8Array.from([1, 3, 0, 7, 0, 1])), ...right])],
  ])('[FB4] takes no answer with %s', (_what, change) => {
    const line = openLine();
    const link = line.connect();
    line.runUntil(200);
    link.send(read(7));
    line.come(change(answer([5])));
    expect(line.signals.map((signal) => signal.kind)).toEqual(['opened', 'mismatched']);
  });

  it('[FB5] asks a unit that owes an answer something else first: a late answer is never the value of the next request', () => {
    const line = openWithDebt();
    line.link.send(read(8));
    expect(line.asked()).toEqual([
      [3, 7, 1],
      [3, 7, 2],
    ]);
    line.come(answer([7777]));
    expect(line.signals.at(-1)).toMatchObject({ kind: 'mismatched' });
  });

  it('[FB5] trusts the unit again once the probe has been answered, be it by an exception', () => {
    const line = openWithDebt();
    line.link.send(read(8));
    line.come(withCrc(Uint8Array.from([1, 0x83, 2])));
    expect(line.signals.at(-1)).toEqual({ kind: 'probed', pauseMs: 200 });
    const asked = line.asked().length;
    line.runUntil(700);
    expect(line.asked()).toHaveLength(asked);
    line.runUntil(820);
    expect(line.asked().at(-1)).toEqual([3, 8, 1]);
    line.come(answer([8888]));
    expect(line.signals.at(-1)).toEqual({ kind: 'answered', outcome: { kind: 'words', values: [8888] } });
    line.runUntil(840);
    line.link.send(read(9));
    expect(line.asked().at(-1)).toEqual([3, 9, 1]);
  });

  it('[FB5] leaves the other units alone', () => {
    const line = openWithDebt();
    line.link.send(read(8, 1, 2));
    line.come(answer([5], 2));
    expect(line.signals.at(-1)).toEqual({ kind: 'answered', outcome: { kind: 'words', values: [5] } });
  });

  it('[CO4] asks again after the probe whether the request may still go out, and sends nothing when it may not', () => {
    const line = openWithDebt();
    let isWanted = true;
    line.link.send({ function: 6, unit: 1, address: 9, values: [1] }, () => isWanted);
    line.runUntil(610);
    const probed = line.asked().length;
    isWanted = false;
    line.come(answer([1, 2]));
    line.runUntil(1000);
    expect(line.signals.at(-1)).toEqual({ kind: 'withdrawn' });
    expect(line.asked()).toHaveLength(probed);
    // The link is free for the next.
    line.link.send(read(8));
    line.runUntil(1100);
    expect(line.asked()).toHaveLength(probed + 1);
  });

  it('[FB5] probes by a request that the unit is known to answer, where there is one', () => {
    const line = openLine();
    const first = line.connect();
    line.runUntil(200);
    first.send(read(20, 3));
    line.come(answer([1, 2, 3]));
    line.runUntil(210);
    first.send(read(7));
    line.runUntil(400);
    first.end();
    const link = line.connect();
    line.runUntil(600);
    link.send(read(7));
    expect(line.asked().at(-1)).toEqual([3, 20, 3]);
  });

  it('[FB4] takes bytes that match no request as a fault of the line', () => {
    const line = openLine();
    line.connect();
    line.runUntil(200);
    line.come(answer([5]));
    expect(line.signals.at(-1)).toMatchObject({ kind: 'mismatched' });
  });
});
