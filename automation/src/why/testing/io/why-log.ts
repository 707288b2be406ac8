import {
  type Author,
  canonicalJson,
  hashDocument,
  reasonOf,
  type Checkpoint,
  type DeviceValue,
  type Entry,
  type EntryDraft,
  type Phase,
  type Reason,
} from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { toCheckpoint } from '../../../checkpoint.ts';
import { compile } from '../../../compile.ts';
import { startService } from '../../../service-state.ts';
import { stepBatch } from '../../../step-batch.ts';
import { answerWhy, type WhyHub } from '../../answer-why.ts';
import { createTimeTexts } from '../../io/to-instant.ts';
import { explainDevice } from '../../explain-device.ts';

export const epoch = 'epochAepochA';
export const startAt = Date.parse('2026-11-23T12:00:00Z');
export const fan = 'room/fan';

export const site = {
  apiVersion: 'phloem/v1',
  kind: 'SiteContent',
  timeZone: 'Europe/Vienna',
  isDemonstration: false,
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [{ id: fan, kind: 'percent', failSafe: { after: 10_000, value: 20 }, minOn: 0, minOff: 0, merge: 'exclusive' }],
  interlocks: [
    { kind: 'Interlocks', metadata: { id: 'room/safety' }, spec: { interlocks: [{ id: 'quiet', limit: { device: fan, max: 50 } }] } },
  ],
};
export const toBundle = (threshold: string) =>
  readBundle([
    {
      path: 'bundle.yaml',
      text: `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/s }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/cool }
spec:
  use: { signals: room/s }
  when: { expr: 'temp > degC(${threshold})', for: { on: 3s } }
  then: [ { request: { device: room/fan, value: 80, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`,
    },
  ]);
export const steered = readBundle([
  {
    path: 'bundle.yaml',
    text: `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/s }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Setpoints
metadata: { id: room/climate }
spec: { setpoints: { temp: "25 °C", other: "1 kPa" }, offsets: { temp: "±3 K", other: "±1 kPa" } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/cool }
spec:
  use: { signals: room/s, setpoints: room/climate }
  when: 'temp > sp.temp'
  then: [ { request: { device: room/fan, value: 80, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`,
  },
]);
export const documents = new Map<string, unknown>(
  [site, toBundle('25.0'), toBundle('30.0'), steered].map((each) => [hashDocument(canonicalJson(each)), each]),
);
export const [siteHash = '', bundleHash = '', nextHash = '', steeredHash = ''] = documents.keys();

/** A log that a test writes, a second an entry, and the hub that keeps it. */
export const createLog = () => {
  const entries: Entry[] = [];
  const checkpoints: Checkpoint[] = [];
  let state = startService({ epoch, lsn: 0 }, null);
  const add = (draft: EntryDraft): Entry => {
    const lsn = entries.length + 1;
    const entry: Entry = { lsn, at: startAt + lsn * 1000, up: lsn * 1000, ...draft };
    entries.push(entry);
    state = stepBatch(
      state,
      { kind: 'entries', sub: 'log', epoch, from: lsn - 1, last: lsn, entries: [entry] },
      { nodeId: 'a', compile, documents },
    ).state;
    return entry;
  };
  const stretch = (after: number, limit: number) => ({
    epoch,
    lineage: [],
    first: 1,
    head: entries.length,
    entries: entries.slice(after, after + limit),
  });
  const hub: WhyHub = {
    log: (after, limit) => Promise.resolve(stretch(after, limit)),
    bundles: () => Promise.resolve([{ scope: 'room' }]),
    checkpoint: (_scope, before) => Promise.resolve(checkpoints.findLast(({ cursor }) => cursor <= before) ?? null),
    document: (hash) => Promise.resolve(documents.get(hash)),
  };
  const why = (lsn = entries.length) => answerWhy(hub, fan, lsn, compile);
  return {
    hub,
    why,
    add,
    entries,
    checkpoints,
    read: (v: number) => add({ kind: 'sensor', location: 'room', cluster: 'front', readings: { temperature: { v, q: 'good' } } }),
    device: (phase: Phase, value: DeviceValue, why: Reason, by: Author = { kind: 'hub' }) =>
      add({ kind: 'device', device: fan, phase, value, by, why }),
    keep: () => {
      const checkpoint = toCheckpoint(state);
      if (checkpoint !== null) checkpoints.push(checkpoint);
    },
    sentence: async (not: DeviceValue | null = null, lsn = entries.length) =>
      explainDevice(await why(lsn), not, createTimeTexts('Europe/Vienna', startAt + 3_600_000)),
  };
};

export const cooling = reasonOf('rule/requests', { rule: 'room/cool', value: 80, forMs: 3000, because: 'temp 26.00 °C > 25.00 °C' });
export const nightly = reasonOf('interlock/state', { interlock: 'room/safety/quiet', state: 'tripped', because: 'it is night' });

/** A fan that was switched on at entry 9 because it had been warm for 3 s. */
export const warm = () => {
  const log = createLog();
  log.add({ kind: 'site', hash: siteHash, revision: 1 });
  log.add({ kind: 'bundle', scope: 'room', hash: bundleHash, revision: 1, mode: 'live' });
  log.add({ kind: 'lease', scope: 'room', term: 1, holder: 'automation-1' });
  log.device('confirmed', 20, reasonOf('device/found'));
  for (let second = 0; second < 4; second += 1) log.read(26);
  log.device('confirmed', 80, cooling, { kind: 'node', id: 'automation-1' });
  return log;
};
