import { millis, type Entry, type EntryDraft } from '@phloem/protocol';
import { compileBundle, compileInterlocks, readBundle, readDocuments, type DeviceModel, type Plan, type SiteModel } from '@phloem/rules';
import { expect, it } from 'vitest';
import { createShadow, type Difference } from './step-shadow.ts';

const heater: DeviceModel = {
  id: 'room/heater',
  kind: 'switch',
  fallback: false,
  minOn: millis(0),
  minOff: millis(60_000),
  merge: 'exclusive',
};
const site: SiteModel = {
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [heater],
  timeZone: 'UTC',
  isDemonstration: false,
};

const heatBelow = (limit: string): Plan => {
  const text = `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/heat }
spec:
  use: { signals: room/signals }
  when: { hysteresis: { on: 'temp < degC(${limit})', off: 'temp > degC(25.0)' } }
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`;
  return compileBundle(readBundle([{ path: 'a.yaml', text }]), site);
};

const live = (candidate: Plan, drafts: readonly EntryDraft[]) => {
  const shadow = createShadow({ live: heatBelow('20.0'), candidate, site });
  let state = shadow.start();
  const differences: Difference[] = [];
  for (const [i, draft] of drafts.entries()) {
    const entry: Entry = { ...draft, lsn: i + 1, up: i * 1000, at: i * 1000 };
    const step = shadow.step(state, entry, 'aaaaaaaaaaaa');
    ({ state } = step);
    differences.push(...step.differences);
  }
  return { state, differences };
};
const read = (v: number): EntryDraft => ({
  kind: 'sensor',
  location: 'room',
  cluster: 'front',
  readings: { temperature: { v, q: 'good' } },
});

it('says where a candidate begins and ends to request something else, with both reasons', () => {
  const { differences } = live(heatBelow('22.0'), [23, 21, 20.5, 19, 21].map(read));
  expect(differences.map(({ lsn, isOver }) => [lsn, isOver])).toEqual([
    [2, false],
    [4, true],
  ]);
  expect(differences[0]?.live).toMatchObject({ value: false, why: expect.stringContaining('21.00 °C >= 20.00 °C') as unknown });
  expect(differences[0]?.candidate).toMatchObject({ value: true, why: expect.stringContaining('21.00 °C < 22.00 °C') as unknown });
});

it('gives the candidate devices of its own: what the real ones do is not its doing', () => {
  const real: EntryDraft = { kind: 'device', device: 'room/heater', phase: 'confirmed', value: false, by: { kind: 'hub' } };
  const { state } = live(heatBelow('22.0'), [read(21), real, read(26), real, read(21)]);
  // Its own heater was on, went off, and now waits for its minimum time off, which the real one never began.
  expect(state.candidate.devices.get('room/heater')).toMatchObject({ applied: false, request: true, held: 'min-off' });
});

it('holds the candidate to the interlocks of the site, over what its own devices do', () => {
  const text = `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/safety-signals }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Interlocks
metadata: { id: room/safety }
spec:
  use: { signals: room/safety-signals }
  interlocks:
    - { id: warm, when: 'temp > degC(21.5)', deny: { device: room/heater, value: on }, onUnknown: ignore }
`;
  const interlocks = compileInterlocks(readDocuments([{ path: 'site.yaml', text }]), site);
  const shadow = createShadow({ live: heatBelow('20.0'), candidate: heatBelow('23.0'), site, interlocks });
  let state = shadow.start();
  const applied: unknown[] = [];
  for (const [i, draft] of [read(21), read(22), read(21)].entries()) {
    ({ state } = shadow.step(state, { ...draft, lsn: i + 1, up: i * 100_000, at: i * 100_000 }, 'aaaaaaaaaaaa'));
    applied.push(state.candidate.devices.get('room/heater')?.applied);
  }
  expect(applied).toEqual([true, false, true]);
  // What the hub's own interlocks did came of the live bundle.
  const echo: EntryDraft = { kind: 'interlock', id: 'room/safety/warm', state: 'tripped', by: { kind: 'hub' } };
  ({ state } = shadow.step(state, { ...echo, lsn: 4, up: 300_000, at: 300_000 }, 'aaaaaaaaaaaa'));
  expect(state.candidate.devices.get('room/heater')?.applied).toBe(true);
});
