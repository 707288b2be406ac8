import {
  canonicalJson,
  Fault,
  hashDocument,
  reasonOf,
  textReason,
  type Checkpoint,
  type DeviceValue,
  type Entry,
  type EntryDraft,
  type Phase,
  type Reason,
} from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { toCheckpoint } from '../checkpoint.ts';
import { compile } from '../compile.ts';
import { startService } from '../service-state.ts';
import { stepBatch } from '../step-batch.ts';
import { answerWhy, type WhyHub } from './answer-why.ts';
import { findEntryAt, describeBeginning } from './find-entry.ts';
import { createTimeTexts, toInstant } from './io/to-instant.ts';
import { describeEvidence } from './describe-evidence.ts';
import { explainDevice } from './explain-device.ts';

const epoch = 'epochAepochA';
const startAt = Date.parse('2026-11-23T12:00:00Z');
const fan = 'room/fan';

const site = {
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
const toBundle = (threshold: string) =>
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
const steered = readBundle([
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
const documents = new Map<string, unknown>(
  [site, toBundle('25.0'), toBundle('30.0'), steered].map((each) => [hashDocument(canonicalJson(each)), each]),
);
const [siteHash = '', bundleHash = '', nextHash = '', steeredHash = ''] = documents.keys();

/** A log that a test writes, a second an entry, and the hub that keeps it. */
const createLog = () => {
  const entries: Entry[] = [];
  const checkpoints: Checkpoint[] = [];
  let state = startService({ epoch, lsn: 0 }, null);
  const add = (draft: EntryDraft): Entry => {
    const lsn = entries.length + 1;
    const entry: Entry = { lsn, at: startAt + lsn * 1000, up: lsn * 1000, ...draft };
    entries.push(entry);
    state = stepBatch(
      state,
      { type: 'entries', sub: 'log', epoch, from: lsn - 1, last: lsn, entries: [entry] },
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
    device: (phase: Phase, value: DeviceValue, why: Reason, by = 'hub') => add({ kind: 'device', device: fan, phase, value, by, why }),
    keep: () => {
      const checkpoint = toCheckpoint(state);
      if (checkpoint !== null) checkpoints.push(checkpoint);
    },
    sentence: async (not: DeviceValue | null = null, lsn = entries.length) =>
      explainDevice(await why(lsn), not, createTimeTexts('Europe/Vienna', startAt + 3_600_000)),
  };
};

const cooling = reasonOf('rule/requests', { rule: 'room/cool', value: 80, forMs: 3000, because: 'temp 26.00 °C > 25.00 °C' });
const nightly = reasonOf('interlock/state', { interlock: 'room/safety/quiet', state: 'tripped', because: 'it is night' });

/** A fan that was switched on at entry 9 because it had been warm for 3 s. */
const warm = () => {
  const log = createLog();
  log.add({ kind: 'site', hash: siteHash, revision: 1 });
  log.add({ kind: 'bundle', scope: 'room', hash: bundleHash, revision: 1, mode: 'live' });
  log.add({ kind: 'lease', scope: 'room', term: 1, holder: 'automation-1' });
  log.device('confirmed', 20, reasonOf('device/found'));
  for (let second = 0; second < 4; second += 1) log.read(26);
  log.device('confirmed', 80, cooling, 'node:automation-1');
  return log;
};

describe('why a device is as it is', () => {
  it('is one sentence with the numbers that decided it', async () => {
    const { sentence, read } = warm();
    for (let second = 0; second < 5; second += 1) read(27);
    expect(await sentence()).toBe('room/fan is 80 % since 13:00:09, because room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s.');
  });

  it('is recomputed for a time that is over', async () => {
    const { sentence, read, hub } = warm();
    read(20);
    const lsn = await findEntryAt(hub, startAt + 6500);
    expect(lsn).toBe(6);
    expect(await sentence(null, 6)).toMatch(/^room\/fan is 20 % since 13:00:04, because room\/cool waits for 3 s: temp 26\.00/);
    expect(await findEntryAt(hub, startAt)).toBeNull();
    expect(await describeBeginning(hub, '12:30', createTimeTexts('Europe/Vienna', startAt))).toMatch(
      /^the log begins at 2026-11-23 13:00:01 CET, and 12:30 is before that; /,
    );
  });

  it('is the same from every checkpoint as from the beginning, also across a switch of the bundle', async () => {
    const { why, read, add, entries } = warm();
    const answers = async () => Promise.all(entries.slice(10).map(async ({ lsn }) => (await why(lsn)).explanation));
    for (let second = 0; second < 5; second += 1) read(26 + second);
    const cut = entries.length;
    add({ kind: 'bundle', scope: 'room', hash: nextHash, revision: 2, mode: 'live' });
    for (let second = 0; second < 8; second += 1) read(29 + second / 2);
    const fromBeginning = await answers();
    expect((await why()).replayed).toMatchObject({ isCheckpoint: false, from: 0 });
    expect(fromBeginning.at(-1)?.value).toBe(80);

    // The same log once more, with a checkpoint before the switch and one after it.
    const again = createLog();
    for (const { lsn: _lsn, at: _at, up: _up, ...draft } of entries) {
      again.add(draft);
      if (again.entries.length === cut || again.entries.length === cut + 4) again.keep();
    }
    const last = await again.why();
    expect(last.replayed).toEqual({ from: cut + 4, isCheckpoint: true, entries: entries.length - cut - 4 });
    for (const [index, expected] of fromBeginning.entries()) {
      expect((await again.why(11 + index)).explanation).toEqual(expected);
    }
  });

  it('begins at the beginning where a checkpoint cannot be used', async () => {
    const { why, keep, checkpoints, read } = warm();
    keep();
    read(26);
    const [checkpoint] = checkpoints;
    if (checkpoint === undefined) throw new Error('no checkpoint was kept');
    checkpoints[0] = { ...checkpoint, state: `${checkpoint.state} ` };
    expect((await why()).replayed.isCheckpoint).toBe(false);
    expect((await why()).explanation?.value).toBe(80);
  });

  it('[VE4] goes past entries of kinds that it does not know, however many come in a row', async () => {
    const { why, hub, add, entries } = warm();
    const known = entries.length;
    for (let n = 0; n < 3; n += 1) add({ kind: 'pulse' });
    const at = entries.length;
    const forecast = { lsn: 0, at: startAt, up: 0, kind: 'forecast' };
    const newer: WhyHub = {
      ...hub,
      log: async (after, limit) => {
        const stretch = await hub.log(after, limit);
        return { ...stretch, entries: stretch.entries.map((entry) => (entry.lsn > known ? { ...forecast, lsn: entry.lsn } : entry)) };
      },
    };
    const before = await why(known);
    expect(await answerWhy(newer, fan, at, compile)).toMatchObject({ lsn: at, facts: before.facts, explanation: before.explanation });
  });

  it('goes over restarts of the hub, and leaves aside a checkpoint of entries that were lost with one', async () => {
    const { why, keep, checkpoints, read, hub, entries } = warm();
    for (let second = 0; second < 3; second += 1) read(26 + second);
    keep();
    for (let second = 0; second < 3; second += 1) read(27);
    keep();
    const expected = (await why(11)).explanation;
    const [kept, lost] = checkpoints;
    if (kept === undefined || lost === undefined) throw new Error('no checkpoints were kept');
    // The power was cut after the first one: the log goes on in another epoch, and never kept what the second one knew.
    const restarted: WhyHub = {
      ...hub,
      log: (after, limit) =>
        Promise.resolve({
          epoch: 'epochBepochB',
          lineage: [{ epoch, end: kept.cursor }],
          first: 1,
          head: entries.length,
          entries: entries.slice(after, after + limit),
        }),
    };
    const last = await answerWhy(restarted, fan, entries.length, compile);
    expect(last.replayed).toMatchObject({ from: kept.cursor, isCheckpoint: true });
    expect(last.explanation).toEqual((await why()).explanation);
    expect((await answerWhy(restarted, fan, 11, compile)).explanation).toEqual(expected);
  });

  it('says so where the log has lost which rules were live', async () => {
    const { hub, entries } = warm();
    const cut: WhyHub = {
      ...hub,
      log: (after, limit) =>
        Promise.resolve({
          epoch,
          lineage: [],
          first: 6,
          head: entries.length,
          entries: entries.slice(Math.max(after, 5), Math.max(after, 5) + limit),
        }),
    };
    const why = await answerWhy(cut, fan, 8, compile);
    expect(explainDevice(why, 20, createTimeTexts('Europe/Vienna', startAt))).toBe(
      'room/fan is not 20 %, because the log no longer says which rules were live then.',
    );
    expect(describeEvidence(why, createTimeTexts('Europe/Vienna', startAt))).toContain(
      'rules        the log no longer says which rules were live then',
    );
  });

  it('names the interlock that holds it, and what it would be without', async () => {
    const { add, device, sentence, why } = warm();
    add({ kind: 'interlock', id: 'room/safety/quiet', state: 'tripped', by: 'hub', why: nightly });
    device('confirmed', 50, reasonOf('interlock/restricts', { interlocks: ['room/safety/quiet'], value: 50 }));
    device('held', 80, reasonOf('interlock/restricts', { interlocks: ['room/safety/quiet'], value: 50 }));
    expect(await sentence()).toBe(
      'room/fan is 50 % since 13:00:11, because the interlock room/safety/quiet tripped: it is night (without it: room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s, which asks for 80 %).',
    );
    expect(await sentence(80)).toBe('room/fan is not 80 %, because the interlock room/safety/quiet tripped: it is night.');
    const evidence = describeEvidence(await why(), createTimeTexts('Europe/Vienna', startAt));
    expect(evidence.find((line) => line.includes('tripped'))).toBe(
      '  tripped  room/safety/quiet (limit max 50) since 13:00:10: room/safety/quiet tripped: it is night',
    );
  });

  it('finds an interlock that began long before the checkpoint', async () => {
    const { add, keep, read, why } = warm();
    add({ kind: 'interlock', id: 'room/safety/quiet', state: 'latched', by: 'hub' });
    for (let second = 0; second < 200; second += 1) read(26);
    keep();
    read(26);
    expect((await why()).facts.interlocks.get('room/safety/quiet')?.state).toBe('latched');
  });

  it('says that the hub holds its safe state when nobody commands it', async () => {
    const { device, sentence } = warm();
    device('safe', 20, reasonOf('fail-safe/no-automation', { afterMs: 10_000 }));
    expect(await sentence()).toBe('room/fan is 20 % since 13:00:10, because the hub holds its safe state: no automation for 10 s.');
  });
});

describe('why a device is in somebody’s hand', () => {
  const anna = { kind: 'override', device: fan, by: 'user:anna' } as const;
  const taken = () => {
    const log = warm();
    const at = startAt + 10_000;
    log.add({ ...anna, value: 35, reason: 'filter change', forMs: 3_600_000, until: at + 3_600_000 });
    log.device('confirmed', 35, reasonOf('override/active', { by: 'user:anna', until: at + 3_600_000, reason: 'filter change' }));
    log.device('held', 80, reasonOf('override/active', { by: 'user:anna', until: at + 3_600_000, reason: 'filter change' }));
    return log;
  };
  const held = 'an override by anna holds it until 14:00:10: filter change';

  it('names who, until when and why, and what it would be without', async () => {
    const { sentence, why } = taken();
    expect(await sentence()).toBe(
      `room/fan is 35 % since 13:00:11, because ${held} (without that: room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s, which asks for 80 %).`,
    );
    expect(await sentence(80)).toBe(`room/fan is not 80 %, because ${held}.`);
    const { explanation } = await why();
    expect(explanation?.hand).toEqual({ value: 35, who: 'anna: filter change', leftMs: 3_598_000 });
    const wins = explanation?.levels.filter(({ requests }) => requests.some((request) => request.wins)).map(({ level }) => level);
    expect(wins).toEqual(['manual']);
  });

  it('says what a device reads before whose hand wants it otherwise', async () => {
    const log = warm();
    log.add({ ...anna, value: 35, reason: 'filter change', forMs: 60_000, until: startAt + 70_000 });
    log.device('discrepancy', 20, reasonOf('device/discrepancy', { expected: 35, read: 20, since: startAt + 12_000, writes: 3 }));
    expect(await log.sentence()).toMatch(
      /^room\/fan is 20 % since .*, because it should be 35 %, but reads 20 % since 13:00:12, after 3 writes; an override by anna holds it until/,
    );
  });

  it('is over when she releases it, or when its time is', async () => {
    const log = taken();
    log.add({ ...anna, released: true });
    log.device('confirmed', 80, reasonOf('override/ended', { by: 'user:anna' }), 'node:automation-1');
    expect((await log.why()).explanation?.hand).toBeNull();
    expect(await log.sentence()).toMatch(/^room\/fan is 80 % since 13:00:14, because room\/cool asks for 80 %: .* for 3 s/);
    const expired = warm();
    expired.add({ ...anna, value: 35, reason: 'short', forMs: 2000, until: startAt + 12_000 });
    for (let second = 0; second < 4; second += 1) expired.read(26);
    expect((await expired.why()).explanation?.hand).toBeNull();
  });

  it('is known from the engine where the log of it is farther back than is read', async () => {
    const { why } = taken();
    const facts = await why();
    const forgotten = { ...facts, facts: { ...facts.facts, override: null } };
    const texts = createTimeTexts('Europe/Vienna', startAt);
    expect(explainDevice(forgotten, 80, texts)).toBe(
      'room/fan is not 80 %, because an override holds it until 14:00:10, by anna: filter change.',
    );
    expect(describeEvidence(forgotten, texts)).toContain('override     35 % by anna: filter change');
    const later = createTimeTexts('Europe/Vienna', startAt + 30 * 3_600_000);
    expect(describeEvidence(forgotten, later)[0]).toMatch(/^asked about {2}2026-11-23 13:00:\d\d CET, entry \d+/);
  });
});

describe('why a device goes by a set-point that somebody has moved', () => {
  const anna = { kind: 'offset', by: 'user:anna', reason: 'cold seedlings', forMs: 7_200_000 } as const;
  const moved = () => {
    const log = createLog();
    log.add({ kind: 'site', hash: siteHash, revision: 1 });
    log.add({ kind: 'bundle', scope: 'room', hash: steeredHash, revision: 1, mode: 'live' });
    log.read(26);
    log.device('confirmed', 80, textReason('warm'), 'node:automation-1');
    log.add({ ...anna, setpoint: 'room/climate/temp', delta: 2 });
    log.add({ ...anna, setpoint: 'room/climate/other', delta: 0.2 });
    log.device('confirmed', 20, textReason('moved'), 'node:automation-1');
    return log;
  };
  const hand = 'room/climate/temp is moved by +2 K until 15:00:05, by anna: cold seedlings';

  it('names the set-point, how far, until when and by whom, and no other set-point', async () => {
    const { sentence, why } = moved();
    expect(await sentence()).toBe(
      `room/fan is 20 % since 13:00:07, because room/cool does not ask: temp 26.00 °C <= sp.temp 27.00 °C; 20 %: no rule asks for it; ${hand}.`,
    );
    expect(await sentence(80)).toBe(
      `room/fan is not 80 %, because room/cool does not ask: temp 26.00 °C <= sp.temp 27.00 °C; 20 %: no rule asks for it; ${hand}.`,
    );
    const evidence = describeEvidence(await why(), createTimeTexts('Europe/Vienna', startAt));
    expect(evidence.filter((line) => line.startsWith('moved'))).toEqual([
      'moved        room/climate/temp to 27, by +2 K until 15:00:05, by anna: cold seedlings',
    ]);
  });

  it('knows it from the checkpoint, where the log of it is farther back than is read', async () => {
    const { keep, read, sentence } = moved();
    keep();
    read(26);
    expect(await sentence()).toContain(hand);
  });

  it('says nothing of it once it is over', async () => {
    const { add, device, sentence } = moved();
    add({ kind: 'offset', setpoint: 'room/climate/temp', by: 'user:anna', released: true });
    device('confirmed', 80, textReason('warm'), 'node:automation-1');
    expect(await sentence()).not.toContain('anna');
  });
});

describe('why a device is not otherwise', () => {
  it('says what keeps the rule back that would make it so', async () => {
    const { sentence } = warm();
    expect(await sentence(80, 6)).toBe('room/fan is not 80 %, because room/cool waits for 3 s: temp 26.00 °C > 25.00 °C (pending).');
  });

  it('says what each rule lacks when none asks', async () => {
    const { sentence, read, device } = warm();
    for (let second = 0; second < 3; second += 1) read(20);
    device('confirmed', 20, reasonOf('device/no-request', { value: 20, rules: [] }));
    expect(await sentence(80)).toBe(
      'room/fan is not 80 %, because room/cool does not ask: temp 20.00 °C <= 25.00 °C; 20 %: no rule asks for it.',
    );
  });
});

describe('times on the command line', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const parse = (text: string) => new Date(toInstant(text, { timeZone: 'Europe/Vienna', now })).toISOString();

  it.each([
    ['12:30:05', '2026-11-23T11:30:05.999Z'],
    ['12:30', '2026-11-23T11:30:59.999Z'],
    ['14:00', '2026-11-22T13:00:59.999Z'],
    ['13:00', '2026-11-23T12:00:59.999Z'],
    ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T08:00:00+05:45', '2026-11-20T02:15:00.000Z'],
    ['2026-11-20T08:00', '2026-11-20T07:00:59.999Z'],
    ['2026-11-20 08:00:30', '2026-11-20T07:00:30.999Z'],
    ['2026-11-20', '2026-11-19T23:00:00.000Z'],
    ['2026-03-29T02:30', '2026-03-29T01:00:59.999Z'],
  ])('%s is %s', (text, instant) => {
    expect(parse(text)).toBe(instant);
  });

  it('a time of day is the last one that was, also over a change of the clocks', () => {
    const after = Date.parse('2026-10-25T11:00:00Z');
    const at = toInstant('20:00:00', { timeZone: 'Europe/Vienna', now: after });
    expect(new Date(at).toISOString()).toBe('2026-10-24T18:00:00.999Z');
    const twice = toInstant('02:30:00', { timeZone: 'Europe/Vienna', now: after });
    expect(new Date(twice).toISOString()).toBe('2026-10-25T01:30:00.999Z');
    const skipped = toInstant('02:30:00', { timeZone: 'Europe/Vienna', now: Date.parse('2026-03-29T10:00:00Z') });
    expect(new Date(skipped).toISOString()).toBe('2026-03-28T01:30:00.999Z');
  });

  it.each(['soon', '25', '24:00', '12:60', '2026-13-45', '2026-02-30T10:00', '2026-11-20T', ''])('%s is refused', (text) => {
    expect(() => parse(text)).toThrow(Fault);
  });
});
