import type { PointLayout, PointState, SetpointsAhead } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { Columns } from '../history/columns.ts';
import { emptyPanel } from '../state/panel-state.ts';
import { toVpdMapView, type VpdMapFacts } from './vpd-map-view.ts';

const up = 100_000;
const at = Date.UTC(2026, 10, 23, 13);
const minute = 60_000;

const toLayout = (cluster: string, quantity: 'temperature' | 'relative_humidity'): PointLayout => ({
  id: `room/${cluster}/${quantity}`,
  quantity,
  intervalMs: 1000,
  decimals: 1,
  title: '',
  isDerived: false,
  range: null,
});
const toProbe = (cluster: string) => ({
  cluster,
  temperature: toLayout(cluster, 'temperature'),
  humidity: toLayout(cluster, 'relative_humidity'),
});
const toPoint = (id: string, v: number, part: Partial<PointState> = {}): PointState => ({
  id,
  v,
  q: 'good',
  lsn: 1,
  reported: up - 500,
  changed: up - 500,
  ...part,
});
const front = [toPoint('room/front/temperature', 24.5), toPoint('room/front/relative_humidity', 60)];
const back = [toPoint('room/back/temperature', 26), toPoint('room/back/relative_humidity', 64)];

const toTold = (points: readonly PointState[]) => ({
  state: { ...emptyPanel, points: new Map(points.map((one) => [one.id, one])) },
  up,
  at,
});
const toFacts = (points: readonly PointState[], more: Partial<VpdMapFacts> = {}): VpdMapFacts => ({
  told: toTold(points),
  probes: [toProbe('front'), toProbe('back')],
  steered: null,
  columnsOf: () => null,
  leafOffset: null,
  ...more,
});
const toColumns = (values: readonly number[], isSimulated = false): Columns => ({
  grid: { from: at - values.length * minute, stepMs: minute, count: values.length },
  min: Float64Array.from(values),
  mean: Float64Array.from(values),
  max: Float64Array.from(values),
  isSimulated: new Uint8Array(values.length).fill(isSimulated ? 1 : 0),
});
const vpdTarget = {
  setpoints: [{ quantity: 'vapour_pressure_deficit', target: { low: 1, high: 1.2 } }],
} as unknown as SetpointsAhead;

describe('the VPD map', () => {
  it('shows each probe and the median of them', () => {
    const view = toVpdMapView(toFacts([...front, ...back]));
    expect(view.known).toEqual([
      { cluster: 'front', t: 24.5, rh: 60 },
      { cluster: 'back', t: 26, rh: 64 },
    ]);
    expect(view.middle).toEqual({ t: 25.25, rh: 62 });
    expect(view.words).toMatch(/^25\.3 °C, 62\.0 % relative humidity, VPD 0\.9\d kPa, by 2 of 2 probes$/);
  });

  it.each([
    ['stale', { reported: up - 6000 }],
    ['bad', { q: 'bad' as const }],
    ['without a value', { v: null }],
    ['never reported', { reported: null }],
  ])('leaves out a probe of which one value is %s', (_, part) => {
    const [temperature, humidity] = back as [PointState, PointState];
    const view = toVpdMapView(toFacts([...front, temperature, { ...humidity, ...part }]));
    expect(view.known.map(({ cluster }) => cluster)).toEqual(['front']);
    expect(view.words).toContain('by 1 of 2 probes');
  });

  it('has no median without a current value, and says that none is available', () => {
    expect(toVpdMapView(toFacts([]))).toMatchObject({
      known: [],
      middle: null,
      pieces: [[], [], [], []],
      area: null,
      words: 'no temperature and humidity available now',
    });
  });

  it('draws the last hour in four pieces, each from the end of the one before', () => {
    const values = Array.from({ length: 90 }, (_, index) => 20 + index / 30);
    const { pieces } = toVpdMapView(toFacts(front, { columnsOf: () => toColumns(values) }));
    expect(pieces.map((piece) => piece.length)).toEqual([16, 16, 16, 15]);
    expect(pieces[1]?.[0]).toEqual(pieces[0]?.at(-1));
    expect(pieces[0]?.[0]?.t).toBe(21);
  });

  it('stays still while the room moves a little', () => {
    const moved = front.map((one) => ({ ...one, v: Number(one.v) + 0.05 }));
    expect(toVpdMapView(toFacts(moved)).frame).toEqual(toVpdMapView(toFacts(front)).frame);
  });

  it('says where the leaf is taken from, what is simulated, and what the tint is', () => {
    const assumed = toVpdMapView(toFacts(front));
    expect(assumed.legend).toBe(
      'Lines: VPD at the leaf in kPa, leaf assumed 1.5 K cooler than the air. Ring: median of the probes, crosses: each probe, tail: last hour.',
    );
    const measured = toVpdMapView(toFacts(front, { leafOffset: -0.8, steered: vpdTarget, columnsOf: () => toColumns([24, 24], true) }));
    expect(measured.legend).toContain('leaf measured −0.8 K from the air');
    expect(measured.legend).toContain('tail: last hour (dotted: simulated), tint: target.');
    expect(measured.area).not.toBeNull();
  });
});
