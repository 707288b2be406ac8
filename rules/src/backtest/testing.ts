import { Fault, toFrameId, type DocumentHash, type Entry, type EntryDraft } from '@phloem/protocol';
import { hashContent, readBundle, type BundleContent } from '../bundle.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import { readDocuments } from '../documents/source.ts';
import { compileInterlocks } from '../interlocks/compile-interlocks.ts';
import { createFollower, type FollowContext, type Program } from '../replay/follow-log.ts';
import { remember, toRecent } from '../replay/recent.ts';
import { toTestSite } from '../tests/test-site.ts';
import { runBacktest } from './open-loop.ts';
import type { BacktestBatch, BacktestOptions } from './pass.ts';
import type { BacktestResult } from './result.ts';

export const epoch = 'backtest0000';
export const siteHash: DocumentHash = 'f'.repeat(64);
/** Noon of 2 March 2026, UTC. */
const startAt = 1_772_452_800_000;
export const atOf = (minutes: number): number => startAt + minutes * 60_000;

const siteFiles = [
  {
    path: 'site.yaml',
    text: `apiVersion: phloem/v1
kind: Devices
metadata: { id: room/devices }
spec:
  devices:
    room/heater: { kind: switch, minOn: 20s, failSafe: { after: 10s, value: off }, merge: exclusive }
    room/lights: { kind: switch, failSafe: { after: 10s, value: off }, merge: exclusive }
---
apiVersion: phloem/v1
kind: Signals
metadata: { id: room/safety-signals }
spec: { inputs: { temp: { point: room/front/temperature, quantity: temperature, maxAge: 30s } } }
---
apiVersion: phloem/v1
kind: Interlocks
metadata: { id: room/safety }
spec:
  use: { signals: room/safety-signals }
  interlocks:
    - { id: hot, when: temp > degC(23.5), force: { device: room/heater, value: off }, onUnknown: ignore }
`,
  },
];

/** Heats below a limit, and switches the lights while the door is open. */
export const bundleOf = (on: number, off = on + 1): BundleContent =>
  readBundle([
    {
      path: 'bundle.yaml',
      text: `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec:
  inputs:
    temp: { point: room/front/temperature, quantity: temperature, maxAge: 30s }
    door: { point: room/door/open, quantity: boolean, maxAge: 60s }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/heat }
spec:
  use: { signals: room/signals }
  when: { hysteresis: { on: 'temp < degC(${on.toFixed(2)})', off: 'temp > degC(${off.toFixed(2)})' }, for: { on: 10s } }
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release, alarm: { priority: P3, text: blind } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/light }
spec:
  use: { signals: room/signals }
  when: door
  then: [ { request: { device: room/lights, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`,
    },
  ]);

const documents = new Map<DocumentHash, BundleContent>();
export const hashOf = (content: BundleContent): DocumentHash => {
  const hash = hashContent(content);
  documents.set(hash, content);
  return hash;
};
const programs = new Map<DocumentHash, Program>();

/** Compiles what `hashOf` has seen. */
export const compile: BacktestOptions['compile'] = (bundle) => {
  const known = programs.get(bundle);
  if (known !== undefined) return known;
  const content = documents.get(bundle);
  if (content === undefined) throw new Fault('document/unknown', `there is no document ${bundle.slice(0, 12)}`);
  const siteSources = readDocuments(siteFiles);
  const site = toTestSite(
    [...siteSources, ...content.documents.map((value) => ({ ...siteSources[0], value }) as (typeof siteSources)[number])],
    'UTC',
  );
  const interlocks = compileInterlocks(
    siteSources.filter(({ value }) => (value as { kind: string }).kind !== 'Devices'),
    site,
  );
  const program = { plan: compileBundle(content, site), site, interlocks };
  programs.set(bundle, program);
  return program;
};

/** What somebody else puts into the log at a second. */
export type Happening = { readonly atS: number; readonly draft: EntryDraft };

/** The log of a room that a live bundle heats: each decision is recorded as the hub records it, and done at once. */
export const recordRoom = (live: BundleContent, minutes: number, happenings: readonly Happening[] = []): readonly Entry[] => {
  const follower = createFollower({ gate: 'recorded', pinned: null, isMeant: () => true, compile });
  const entries: Entry[] = [];
  let state = follower.start();
  let temperature = 20;
  let isHeating = false;
  let up = 0;
  const hand = { value: false, until: 0 };
  let isTripped = false;
  const context: FollowContext = { epoch, recent: () => remember(toRecent([]), entries), interlocks: () => [] };
  const append = (draft: EntryDraft): Entry => {
    const entry: Entry = { ...draft, lsn: entries.length + 1, up, at: startAt + up };
    entries.push(entry);
    if (entry.kind === 'override') Object.assign(hand, { value: entry.value === true, until: up + (entry.forMs ?? 0) });
    const step = follower.step(state, entry, context);
    ({ state } = step);
    for (const { device, value, why, cause, ordinal } of step.taken.flatMap(({ result }) => result.decisions)) {
      const id = toFrameId(state.bundle ?? '', device, epoch, cause, ordinal);
      const frame = {
        kind: 'device',
        device,
        value,
        id,
        by: { kind: 'node', id: 'automation-1' },
        cause: { epoch, lsn: cause },
        term: 1,
        why,
      } as const;
      append({ ...frame, phase: 'requested' });
      append({ ...frame, phase: 'confirmed' });
      if (device === 'room/heater') isHeating = value === true;
    }
    return entry;
  };
  append({ kind: 'site', hash: siteHash, revision: 1 });
  append({ kind: 'bundle', scope: 'room', hash: hashOf(live), revision: 1, mode: 'live' });
  append({ kind: 'lease', scope: 'room', term: 1, holder: 'automation-1' });
  for (up = 0; up < minutes * 60_000; up += 1000) {
    for (const { atS, draft } of happenings) if (atS * 1000 === up) append(draft);
    const isOn = !isTripped && (up < hand.until ? hand.value : isHeating);
    temperature += (isOn ? 0.02 : 0) - (temperature - 15) * 0.001;
    if (up % 10_000 === 0) {
      append({
        kind: 'sensor',
        location: 'room',
        cluster: 'front',
        readings: { temperature: { v: Number(temperature.toFixed(3)), q: 'good' } },
      });
      const isOpen = Math.floor(up / 420_000) % 2 === 1;
      append({ kind: 'sensor', location: 'room', cluster: 'door', readings: { open: { v: isOpen, q: 'good' } } });
      const trips = temperature > 23.5;
      if (trips !== isTripped) append({ kind: 'interlock', id: 'room/safety/hot', state: trips ? 'tripped' : 'clear' });
      isTripped = trips;
    }
    append({ kind: 'pulse' });
  }
  return entries;
};

/** Runs a back-test to its end. */
export const backtest = (entries: readonly Entry[], candidate: BundleContent, options: Partial<BacktestOptions> = {}): BacktestResult => {
  const batches: readonly BacktestBatch[] = [{ epoch, entries }];
  const running = runBacktest(batches, {
    candidate: hashOf(candidate),
    baseline: null,
    compile,
    isMeant: () => true,
    from: atOf(2),
    to: atOf(10_000),
    warmUpMs: 60_000,
    moves: new Map([
      ['room/heater', ['room/front/*']],
      ['room/lights', []],
    ]),
    start: { from: { scope: null, site: null, bundle: null }, resume: null, recent: [], after: 0, isExact: true },
    ...options,
  });
  for (;;) {
    const step = running.next();
    if (step.done === true) return step.value;
  }
};
