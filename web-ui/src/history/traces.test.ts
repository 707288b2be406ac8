import { describe, expect, it } from 'vitest';
import { createTraces } from './traces.ts';
import { timeAt, valueAt } from './ring.ts';
import { temperature, point } from '../panel/testing/panel-fixture.ts';

describe('traces', () => {
  it('keeps each report once, and a report without a number as a break', () => {
    const traces = createTraces();
    traces.record([point({ reported: 1000, v: 20 })], 1000);
    traces.record([point({ reported: 1000, v: 20 })], 1000);
    traces.record([point({ reported: 2000, v: null, q: 'bad' })], 2000);
    const ring = traces.ring(temperature);
    expect(ring?.size).toBe(2);
    expect(ring === undefined ? [] : [timeAt(ring, 0), valueAt(ring, 1)]).toEqual([1000, Number.NaN]);
  });

  it('a report from long before this browser listened does not widen the window', () => {
    const traces = createTraces();
    traces.record([point({ reported: 1000 })], 900_000);
    expect(traces.since()).toBe(900_000);
  });

  it('begins again when the hub’s running time is that of another log', () => {
    const traces = createTraces();
    traces.record([point({ reported: 90_000, v: 20 })], 1000);
    traces.record([point({ reported: 500, v: 21 })], 600);
    expect(traces.ring(temperature)?.size).toBe(1);
    expect(traces.since()).toBe(600);
  });
});
