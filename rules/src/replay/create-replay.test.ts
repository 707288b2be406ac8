import { millis, type DeviceValue, type Entry, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../bundle.ts';
import { readDocuments } from '../documents/source.ts';
import { compileInterlocks } from '../interlocks/compile-interlocks.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import type { DeviceModel, SiteModel } from '../site-model.ts';
import { createReplay, type ReplayOptions } from './create-replay.ts';

const device = (id: string): DeviceModel => ({
  id,
  kind: 'switch',
  fallback: false,
  minOn: millis(0),
  minOff: millis(0),
  merge: 'exclusive',
});
const site: SiteModel = {
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [device('room/heater')],
  timeZone: 'UTC',
  isDemonstration: false,
};
const plan = compileBundle(
  readBundle([
    {
      path: 'heat.yaml',
      text: `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/heat }
spec:
  use: { signals: room/signals }
  when: { hysteresis: { on: 'temp < degC(20.0)', off: 'temp > degC(25.0)' } }
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`,
    },
  ]),
  site,
);
const interlocks = compileInterlocks(
  readDocuments([
    {
      path: 'interlocks.yaml',
      text: `apiVersion: phloem/v1
kind: Signals
metadata: { id: site/signals }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Interlocks
metadata: { id: site/interlocks }
spec:
  use: { signals: site/signals }
  interlocks:
    - { id: too_cold_to_heat, when: temp < degC(5.0), force: { device: room/heater, value: off }, onUnknown: ignore }
`,
    },
  ]),
  site,
);

const read = (v: number): EntryDraft => ({
  kind: 'sensor',
  location: 'room',
  cluster: 'front',
  readings: { temperature: { v, q: 'good' } },
});
const run = (drafts: readonly EntryDraft[], options: Partial<ReplayOptions> = {}) => {
  const replay = createReplay({ plan, site, gate: 'modelled', ...options });
  let state = replay.start();
  const taken = drafts.map((draft, i) => {
    const entry: Entry = { ...draft, lsn: i + 1, up: i * 1000, at: i * 1000 };
    const step = replay.step(state, entry, 'aaaaaaaaaaaa');
    ({ state } = step);
    return step.taken.map((one) => one.entry);
  });
  return { state, taken };
};
const outcome = (value: DeviceValue): EntryDraft => ({
  kind: 'device',
  device: 'room/heater',
  phase: 'confirmed',
  value,
  by: { kind: 'hub' },
});

describe('a replay', () => {
  it('gives the plan what its modelled devices do, until nothing follows any more', () => {
    const { state, taken } = run([read(22), read(18)]);
    expect(taken[1]?.map((entry) => (entry.kind === 'device' ? [entry.phase, entry.value, entry.lsn] : entry.kind))).toEqual([
      'sensor',
      ['written', true, 2],
      ['confirmed', true, 2],
    ]);
    expect(state.devices.get('room/heater')).toMatchObject({ request: true, applied: true });
  });

  it('leaves out recorded outcomes of modelled devices, and takes them where devices are recorded', () => {
    expect(run([outcome(true)]).taken).toEqual([[]]);
    const { state, taken } = run([read(18), outcome(true)], { gate: 'recorded' });
    expect(taken.map((entries) => entries.map(({ kind }) => kind))).toEqual([['sensor'], ['device']]);
    expect(state.devices.get('room/heater')).toMatchObject({ request: true, applied: null });
  });

  it('puts interlocks before what the plan requests, and reports them to the plan', () => {
    const { state, taken } = run([read(18), read(4)], { interlocks });
    expect(state.devices.get('room/heater')).toMatchObject({ request: true, applied: false });
    expect(taken[1]?.some((entry) => entry.kind === 'interlock' && entry.state !== 'clear')).toBe(true);
  });

  it('goes by its own interlocks, not by recorded ones, which followed from what ran then', () => {
    const recorded: EntryDraft = { kind: 'interlock', id: 'site/interlocks/too_cold_to_heat', state: 'tripped' };
    expect(run([read(18), recorded], { interlocks }).taken[1]).toEqual([]);
  });

  it('changes no state that it was given', () => {
    const replay = createReplay({ plan, site, gate: 'modelled', interlocks });
    const start = replay.start();
    const entry: Entry = { ...read(18), lsn: 1, up: 0, at: 0 };
    const first = replay.step(start, entry, 'aaaaaaaaaaaa');
    expect(start.devices.get('room/heater')).toMatchObject({ request: null, applied: null });
    const again = replay.step(start, entry, 'aaaaaaaaaaaa');
    expect(again.taken.map((one) => one.entry)).toEqual(first.taken.map((one) => one.entry));
  });

  it('fails where a model answers itself for ever', () => {
    let turn = 0;
    const restless: ReplayOptions['stepDevice'] = (now, model) => {
      turn += 1;
      return {
        state: now,
        reports: [{ kind: 'device', device: model.id, phase: 'confirmed', value: turn % 2 === 0, by: { kind: 'hub' } }],
      };
    };
    const options = { stepDevice: restless, stamp: (draft: EntryDraft, { lsn }: Entry): Entry => ({ ...draft, lsn, at: turn, up: turn }) };
    expect(() => run([read(18)], options)).toThrow('does not come to rest');
  });
});
