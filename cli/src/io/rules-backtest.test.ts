import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@phloem/backend';
import { canonicalJson, hashDocument, toFrameId, type EntryDraft } from '@phloem/protocol';
import type { BacktestResult } from '@phloem/rules';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { backtestFolder } from './rules-backtest.ts';

const began = Date.UTC(2026, 2, 1);
const base = { kind: 'switch', failSafe: { after: 10_000, value: false }, minOn: 0, minOff: 0, merge: 'exclusive' };
const site = {
  apiVersion: 'phloem/v1',
  kind: 'SiteContent',
  timeZone: 'UTC',
  isDemonstration: false,
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [{ id: 'room/heater', ...base }],
};
const documentsOf = (below: number) => [
  {
    apiVersion: 'phloem/v1',
    kind: 'Signals',
    metadata: { id: 'room/signals' },
    spec: { inputs: { temp: { point: 'room/front/temperature', maxAge: '30s' } } },
  },
  {
    apiVersion: 'phloem/v1',
    kind: 'Rule',
    metadata: { id: 'room/heat' },
    spec: {
      use: { signals: 'room/signals' },
      when: `temp < degC(${below}.0)`,
      then: [{ request: { device: 'room/heater', value: 'on', level: 'control' } }],
      onUnknown: { hold: '30s', then: 'release' },
    },
  },
];

/** The data folder of a hub that goes on: ten minutes in which a room got colder, and heating began below 20 °C. */
const openData = () => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-backtest-'));
  // A thread of the store may still close its files.
  onTestFinished(() => rmSync(data, { recursive: true, force: true, maxRetries: 20 }));
  let up = 0;
  const clock = { at: () => began + up, up: () => up };
  const store = openSqliteStore({ path: join(data, 'hub.db'), clock, random: Math.random, bootId: 'boot' });
  onTestFinished(() => store.close());
  const keep = (content: unknown): string => {
    const text = canonicalJson(content);
    store.documents.put(hashDocument(text), text);
    return hashDocument(text);
  };
  const bundle = keep({ apiVersion: 'phloem/v1', kind: 'Bundle', documents: documentsOf(20) });
  const append = (draft: EntryDraft): number => store.log.append([draft])[0]?.lsn ?? 0;
  const decide = (lsn: number, value: boolean): void => {
    const { epoch } = store.log;
    const id = toFrameId(bundle, 'room/heater', epoch, lsn, 0);
    const by = { kind: 'node', id: 'automation-1' } as const;
    append({ kind: 'device', device: 'room/heater', phase: 'requested', value, id, by, cause: { epoch, lsn }, term: 1 });
  };
  append({ kind: 'site', hash: keep(site), revision: 1 });
  append({ kind: 'bundle', scope: 'room', hash: bundle, revision: 1, mode: 'live' });
  decide(append({ kind: 'lease', scope: 'room', term: 1, holder: 'automation-1' }), false);
  for (; up < 600_000; up += 1000) {
    const v = 23 - up / 100_000;
    const lsn = append({ kind: 'sensor', location: 'room', cluster: 'front', readings: { temperature: { v, q: 'good' } } });
    if (up === 301_000) decide(lsn, true);
    append({ kind: 'pulse' });
  }
  const write = (name: string, below: number): string => {
    mkdirSync(join(data, name));
    const yaml = documentsOf(below)
      .map((each) => JSON.stringify(each))
      .join('\n---\n');
    writeFileSync(join(data, name, 'bundle.yaml'), yaml);
    return join(data, name);
  };
  const written: string[] = [];
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0),
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true),
  ];
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  onTestFinished(() => void (process.exitCode = undefined));
  return { flags: { data, against: 'live', moves: [], failIf: [], json: false }, write, printed: () => written.join('') };
};

describe('phloem rules backtest', () => {
  it('shows how much sooner a candidate would have acted, beside a hub that uses the folder', () => {
    const { flags, write, printed } = openData();
    backtestFolder(write('candidate', 21), flags);
    expect(printed()).toContain('2 of 2 decisions of the live bundle replayed as recorded');
    expect(printed()).toContain('The candidate acts 100 s sooner.');
    expect(process.exitCode).toBeUndefined();
  });

  it('exits with 3 where a count followed from what ran, with 0 and 1 where it did not', () => {
    const { flags, write } = openData();
    const candidate = write('candidate', 21);
    backtestFolder(candidate, { ...flags, failIf: ['starts > +20 %'] });
    expect(process.exitCode).toBe(3);
    process.exitCode = undefined;
    backtestFolder(candidate, { ...flags, moves: ['room/heater=none'], failIf: ['starts > +20 %'] });
    expect(process.exitCode).toBeUndefined();
    backtestFolder(candidate, { ...flags, moves: ['room/heater=none'], failIf: ['on-time > +90s'] });
    expect(process.exitCode).toBe(1);
  });

  it('compares with a folder, as JSON', () => {
    const { flags, write, printed } = openData();
    backtestFolder(write('candidate', 21), { ...flags, against: write('other', 21), json: true });
    const result = JSON.parse(printed()) as BacktestResult;
    expect(result.devices.map(({ baseline, candidate }) => [baseline, candidate])).toSatisfy((pairs: [unknown, unknown][]) =>
      pairs.every(([one, other]) => JSON.stringify(one) === JSON.stringify(other)),
    );
  });

  it.each([
    [{ failIf: ['switches more'] }, 'write a metric'],
    [{ moves: ['room/heatr=none'] }, 'did you mean room/heater?'],
    [{ moves: ['room/heater=room/front/humidity'] }, 'the site has no point room/front/humidity'],
    [{ from: '2026-03-02', to: '2026-03-01' }, 'is not before'],
    [{ data: '/nowhere' }, 'name the data folder'],
  ])('says what to do: %j', (wrong, message) => {
    const { flags, write } = openData();
    expect(() => backtestFolder(write('candidate', 21), { ...flags, ...wrong })).toThrow(message);
  });
});
