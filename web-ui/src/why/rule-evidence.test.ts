import { textReason } from '@phloem/protocol';
import type { PanelState } from '../state/panel-state.ts';
import { describe, expect, it } from 'vitest';
import { emptyPanel } from '../state/panel-state.ts';
import { createSiteTime } from '../format/site-time.ts';
import { toEvidenceView, toLimitText } from './evidence-view.ts';
import { toRuleEvidence } from './rule-evidence.ts';

const heater = 'room/heater';
const bundle = {
  documents: [
    {
      kind: 'Signals',
      metadata: { id: 'room/signals' },
      spec: {
        inputs: { t1: { point: 'room/front/temperature' }, t2: { point: 'room/back/temperature' }, rh: { point: 'room/front/humidity' } },
        signals: { temp: { aggregate: { of: ['t1', 't2'], fn: 'median' } } },
      },
    },
    { kind: 'Setpoints', metadata: { id: 'room/climate' }, spec: {} },
    {
      kind: 'Rule',
      metadata: { id: 'room/heat', title: 'Heat when it is too cool' },
      spec: {
        use: { signals: 'room/signals', setpoints: 'room/climate' },
        when: { hysteresis: { on: 'temp < sp.temp - K(0.4)', off: 'temp > sp.temp' } },
        unless: [{ expr: 'door', reason: 'door open' }],
        then: [{ request: { device: heater, value: 'on' } }],
      },
    },
    {
      kind: 'Rule',
      metadata: { id: 'room/dry' },
      spec: { use: { signals: 'room/signals' }, then: [{ request: { device: 'room/dryer' } }] },
    },
    { kind: 'RuleTest', metadata: { id: 'room/test' }, spec: { use: { bundle: 'x' }, expect: heater } },
  ],
};

const point = (id: string, title: string) =>
  ({ id, title, quantity: 'temperature', intervalMs: 1000, decimals: 1, isDerived: false, range: null }) as const;
const state: PanelState = {
  ...emptyPanel,
  site: {
    hash: '',
    revision: 1,
    title: '',
    timeZone: 'UTC',
    isDemonstration: false,
    locations: [{ id: 'room', title: 'Room' }],
    points: [point('room/front/temperature', 'Temperature'), point('room/back/temperature', 'Temperature')],
    devices: [],
  },
  points: new Map([
    ['room/front/temperature', { id: 'room/front/temperature', v: 22.5, q: 'good', lsn: 1, reported: 9000, changed: 9000 }],
  ]),
  values: new Map([['room/signals/temp', { name: 'room/signals/temp', v: 22.5, q: 'good', up: 9000 }]]),
  automation: new Map([
    ['attic+room', { scope: 'attic+room', holder: 'automation-1', term: 1, bundle: { hash: 'b', revision: 1 }, since: 0 }],
  ]),
  interlocks: new Map([
    [
      'room/safety/wet',
      {
        id: 'room/safety/wet',
        title: 'Leak stops the heater',
        state: 'clear',
        devices: [heater],
        why: textReason(''),
        since: null,
        resetBy: null,
        lsn: 1,
      },
    ],
  ]),
};

describe('the evidence for a device', () => {
  it('is the rules that name it, with all that they read', () => {
    expect(toRuleEvidence(bundle, heater)).toEqual([
      {
        id: 'room/heat',
        title: 'Heat when it is too cool',
        conditions: ['begins when temp < sp.temp - K(0.4)', 'ends when temp > sp.temp', 'stops when door open'],
        values: [
          { name: 'temp', report: 'room/signals/temp' },
          { name: 'sp.temp', report: 'room/climate/temp' },
        ],
        inputs: ['room/front/temperature', 'room/back/temperature'],
      },
    ]);
  });

  it('is empty for a bundle that is not one', () => {
    for (const odd of [null, [], 'x', { documents: [null, 7, { spec: null }] }]) expect(toRuleEvidence(odd, heater)).toEqual([]);
  });

  it('shows each input with its age, and never an old number as news', () => {
    const moment = { up: 10_000, at: 0, time: createSiteTime('UTC') };
    const rules = toRuleEvidence(bundle, heater);
    const view = toEvidenceView(state, heater, rules, moment);
    expect(view.interlocks).toEqual(['Leak stops the heater: clear']);
    expect(view.rules[0]?.conditions).toEqual([
      'begins when temp is below set-point temp − 0.4 K',
      'ends when temp is above set-point temp',
      'stops when door open',
    ]);
    expect(view.rules[0]?.values).toEqual(['temp: 22.50', 'set-point temp: unknown']);
    expect(view.rules[0]?.inputs.map(({ text, isNews }) => [text, isNews])).toEqual([
      ['Temperature (front): 22.5 °C, 1 s old', true],
      ['Temperature (back): no value, dead, never received · check wiring or address', false],
    ]);
    const service = { scope: 'attic+room', holder: null, term: 1, bundle: { hash: 'b', revision: 1 }, since: 0 };
    const orphaned = toEvidenceView({ ...state, automation: new Map([['attic+room', service]]) }, heater, rules, moment);
    expect(orphaned.rules[0]?.values).toEqual(['temp: 22.50, as last reported', 'set-point temp: unknown, as last reported']);
    const later = toEvidenceView(state, heater, rules, { ...moment, up: 60_000 });
    expect(later.rules[0]?.inputs[0]).toMatchObject({ text: 'Temperature (front): 22.5 °C, stale, 51 s old', isNews: false });
  });

  it('says the limits in time', () => {
    expect(toLimitText({ minOnMs: 300_000, minOffMs: 0 })).toBe('at least 5 m 0 s on');
  });
});
