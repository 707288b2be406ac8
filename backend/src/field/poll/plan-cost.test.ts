import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { BusTransport } from '../../site/site.ts';
import type { PollBlock } from './block-plan.ts';
import { toCostWords, toPlanCost } from './plan-cost.ts';

const line: BusTransport = { kind: 'rtu', path: '/dev/serial/by-id/one', baudRate: 9600, parity: 'even', stopBits: 1 };
const block = (count: number, intervalMs: number): PollBlock => ({
  bus: 'line',
  unit: 1,
  function: 4,
  address: 0,
  count,
  intervalMs: millis(intervalMs),
  items: [],
});

describe('the cost of a plan', () => {
  it('[FB13] is known before it runs, as a share of the line', () => {
    // 8 bytes out, 3 + 2 × 10 + 2 back: 33 characters of 11 bits at 9600 baud are 37.8 ms; two gaps of 4 ms, 5 ms to answer.
    const cost = toPlanCost([block(10, 100)], line);
    expect(cost.roundMs).toBeCloseTo(50.8, 1);
    expect(toCostWords(cost, line)).toBe('this plan needs 51 % of 9600 baud');
  });

  it('[FB13] says when a line cannot carry it', () => {
    const cost = toPlanCost(
      Array.from({ length: 22 }, () => block(10, 1000)),
      line,
    );
    expect(cost.load).toBeGreaterThan(1);
    expect(toCostWords(cost, line)).toBe('this plan needs 112 % of 9600 baud');
  });

  it('[FB13] counts the pauses of a unit in its round, as far as the requests to others do not fill them', () => {
    const host: BusTransport = { kind: 'tcp', host: '127.0.0.1', port: 502 };
    const blocks = [block(1, 1000), block(1, 1000), block(1, 1000), { ...block(1, 1000), unit: 2 }];
    const roundOf = (gapMs: number): number => toPlanCost(blocks, host, { gapMs: ({ unit }) => (unit === 1 ? gapMs : 0) }).roundMs;
    expect([roundOf(0), roundOf(1), roundOf(100)]).toEqual([20, 20, 315]);
    const apart = { ...block(1, 1000), quirks: { bus: 'line', unit: 1, maxBlock: 125, avoid: [], pollDistanceMs: millis(400) } };
    expect(toPlanCost([apart, apart], host).roundMs).toBe(800);
  });
});
