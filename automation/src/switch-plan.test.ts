import { canonicalJson, hashDocument, type Entry, type EntryDraft } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { startService } from './service-state.ts';
import { stepBatch } from './step-batch.ts';

const epoch = 'epochAepochA';
const site = {
  apiVersion: 'phloem/v1',
  kind: 'SiteContent',
  timeZone: 'Europe/Vienna',
  isDemonstration: false,
  points: [],
  devices: [{ id: 'room/valve', kind: 'percent', failSafe: { after: 10_000, value: 0 }, minOn: 0, minOff: 0, merge: 'exclusive' }],
};
const bundle = readBundle([
  {
    path: 'bundle.yaml',
    text: `apiVersion: phloem/v1
kind: Setpoints
metadata: { id: room/climate }
spec: { setpoints: { temp: "25 °C" }, offsets: { temp: "±3 K" } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/cool }
spec:
  use: { setpoints: room/climate }
  when: 'sp.temp > degC(26)'
  then: [ { request: { device: room/valve, value: 80, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`,
  },
]);
const documents = new Map<string, unknown>([site, bundle].map((each) => [hashDocument(canonicalJson(each)), each]));
const [siteHash = '', bundleHash = ''] = documents.keys();

/** What a service has reported of set-points after these entries, a second each. */
const tell = (drafts: readonly EntryDraft[]) => {
  const entries = drafts.map((draft, i): Entry => ({ lsn: i + 1, at: (i + 1) * 1000, up: (i + 1) * 1000, ...draft }));
  const batch = { kind: 'entries', sub: 'log', epoch, from: 0, last: entries.length, entries } as const;
  const { progress } = stepBatch(startService({ epoch, lsn: 0 }, null), batch, { nodeId: 'a', compile, documents });
  return progress.values.find(({ name }) => name === 'room/climate/temp')?.v;
};

describe('rules that begin in the middle of the log', () => {
  const live = { kind: 'bundle', scope: 'room', hash: bundleHash, revision: 1, mode: 'live' } as const;
  const warmer = {
    kind: 'offset',
    setpoint: 'room/climate/temp',
    delta: 1.5,
    forMs: 10_000,
    by: { kind: 'user', id: 'anna' },
    reason: 'test',
  } as const;
  const begin = [{ kind: 'site', hash: siteHash, revision: 1 }, live, { kind: 'pulse' }, warmer, { kind: 'pulse' }] as const;

  it('know what operators hold, where no rules ran for a while', () => {
    expect(tell([...begin, { ...live, mode: 'withdrawn' }, { kind: 'pulse' }, live, { kind: 'pulse' }])).toBe(26.5);
  });

  it('know what is over, and end what stands at its time', () => {
    const over = { kind: 'offset', setpoint: 'room/climate/temp', released: true, by: { kind: 'user', id: 'anna' } } as const;
    expect(tell([...begin, { ...live, mode: 'withdrawn' }, over, live, { kind: 'pulse' }])).toBe(25);
    const away = Array.from({ length: 11 }, () => ({ kind: 'pulse' as const }));
    expect(tell([...begin, { ...live, mode: 'withdrawn' }, ...away, live, { kind: 'pulse' }])).toBe(25);
  });
});
