import { textReason, type PointState } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { stepReadings, type HubState, type ReadingsState } from './step-readings.ts';

const empty: ReadingsState = new Map();
const humidity = 'house/front/humidity';

const point = (id: string, more: Partial<PointState> = {}): PointState => ({
  id,
  v: 61.5,
  q: 'good',
  lsn: 1,
  reported: 4000,
  changed: 4000,
  ...more,
});

const toState = (points: readonly PointState[], kind: HubState['kind'] = 'snapshot'): HubState => ({
  kind,
  epoch: 'AAAAAAAAAAAA',
  version: 1,
  at: 1_800_000_001_000,
  up: 5000,
  layout: [
    { id: humidity, quantity: 'relative_humidity', intervalMs: 1000, decimals: 1, title: 'Humidity', isDerived: false, range: null },
  ],
  points,
  alarms: [],
});
const stateOf = (...points: readonly PointState[]) => ({ kind: 'state', state: toState(points) }) as const;
const cut = { kind: 'cut', reason: 'no connection to the hub' } as const;

describe('readings', () => {
  it('carry value, unit and the time of the hub while they are live', () => {
    const { messages } = stepReadings(empty, stateOf(point(humidity)), []);
    expect(messages).toEqual([
      {
        topic: humidity,
        payload: 61.5,
        quality: 'good',
        reason: null,
        unit: '%',
        isLive: true,
        reportedAt: '2027-01-15T08:00:00.000Z',
        last: 61.5,
      },
    ]);
  });

  it.each(['stale', 'bad', 'maintenance', 'simulated'] as const)('have no payload while their quality is %s', (q) => {
    const { messages } = stepReadings(empty, stateOf(point(humidity, { q, v: 61.5, why: textReason('unit silent') })), []);
    expect(messages).toMatchObject([{ payload: null, isLive: false, quality: q, reason: 'unit silent' }]);
  });

  it('become stale once when the connection ends, and keep the last value for display', () => {
    const live = stepReadings(empty, stateOf(point(humidity), point('house/front/co2', { q: 'bad', v: null })), []);
    const ended = stepReadings(live.state, cut, []);
    expect(ended.messages).toMatchObject([
      { topic: humidity, payload: null, isLive: false, quality: 'stale', last: 61.5, reason: cut.reason },
    ]);
    expect(stepReadings(ended.state, cut, []).messages).toEqual([]);
    expect(stepReadings(ended.state, stateOf(point(humidity)), []).messages).toMatchObject([{ payload: 61.5, isLive: true }]);
  });

  it('do not become stale for points that a new snapshot no longer has', () => {
    const first = stepReadings(empty, stateOf(point(humidity), point('house/front/co2')), []);
    const second = stepReadings(first.state, stateOf(point(humidity)), []);
    expect(stepReadings(second.state, cut, []).messages.map(({ topic }) => topic)).toEqual([humidity]);
  });

  it('are only those of the chosen locations, clusters and points', () => {
    const points = [point(humidity), point('house/front_door/humidity'), point('store/front/humidity')];
    const topics = (selection: readonly string[]) => stepReadings(empty, stateOf(...points), selection).messages.map(({ topic }) => topic);
    expect(topics(['house/front'])).toEqual([humidity]);
    expect(topics(['house'])).toEqual([humidity, 'house/front_door/humidity']);
    expect(topics(['store/front/humidity', humidity])).toEqual([humidity, 'store/front/humidity']);
  });
});
