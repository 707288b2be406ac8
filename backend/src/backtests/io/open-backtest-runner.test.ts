import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, hashDocument } from '@phloem/protocol';
import type { BacktestResult } from '@phloem/rules';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../store/io/sqlite-store.ts';
import { createBacktestService } from '../backtest-service.ts';
import { openBacktestRunner } from './open-backtest-runner.ts';

const began = Date.UTC(2026, 2, 1);
const site = {
  apiVersion: 'phloem/v1',
  kind: 'SiteContent',
  timeZone: 'UTC',
  isDemonstration: false,
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [{ id: 'room/heater', kind: 'switch', failSafe: { after: 10_000, value: false }, minOn: 0, minOff: 0, merge: 'exclusive' }],
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
const draft = (below: number): string =>
  documentsOf(below)
    .map((each) => JSON.stringify(each))
    .join('\n---\n');

/** A hub that has recorded ten minutes in which a room got colder. */
const open = () => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-backtests-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true, maxRetries: 20 }));
  let up = 0;
  const path = join(data, 'hub.db');
  const store = openSqliteStore({ path, clock: { at: () => began + up, up: () => up }, random: Math.random, bootId: 'boot' });
  onTestFinished(() => store.close());
  const keep = (content: unknown): string => {
    const text = canonicalJson(content);
    store.documents.put(hashDocument(text), text);
    return hashDocument(text);
  };
  const live = keep({ apiVersion: 'phloem/v1', kind: 'Bundle', documents: documentsOf(20) });
  store.log.append([
    { kind: 'site', hash: keep(site), revision: 1 },
    { kind: 'bundle', scope: 'room', hash: live, revision: 1, mode: 'live' },
    { kind: 'lease', scope: 'room', term: 1, holder: 'automation-1' },
  ]);
  for (; up < 600_000; up += 1000) {
    const reading = { v: 23 - up / 100_000, q: 'good' } as const;
    store.log.append([{ kind: 'sensor', location: 'room', cluster: 'front', readings: { temperature: reading } }, { kind: 'pulse' }]);
  }
  const bugs: string[] = [];
  const runner = openBacktestRunner({ store: path, history: join(data, 'history.db'), onBug: (text) => bugs.push(text) });
  onTestFinished(() => runner.close());
  const service = createBacktestService({ runner, at: () => began + up, epoch: () => store.log.epoch });
  return { service, bugs, live, head: () => store.log.head };
};

it('[BT1] replays a draft in a thread beside the hub, and changes nothing', async () => {
  const { service, bugs, live, head } = open();
  const before = head();
  const { id } = service.start({ candidate: { documents: draft(21) }, from: began });
  await expect.poll(() => service.get(id).state, { timeout: 20_000 }).toBe('done');
  const { devices, baseline } = service.get(id).result as BacktestResult;
  expect(baseline).toBeNull();
  expect(devices.map(({ device, action }) => [device, action])).toEqual([['room/heater', { kind: 'sooner', byMs: 100_000 }]]);
  expect([head(), bugs]).toEqual([before, []]);

  const same = service.start({ candidate: { hash: live }, baseline: { documents: draft(20) }, from: began });
  await expect.poll(() => service.get(same.id).state, { timeout: 20_000 }).toBe('done');
  expect((service.get(same.id).result as BacktestResult).devices[0]?.apart).toEqual([]);
});

it('reports what is wrong with a draft, and goes on with the next', async () => {
  const { service, bugs } = open();
  const wrong = service.start({ candidate: { documents: draft(21).replace('degC', 'degX') }, from: began });
  const none = service.start({ candidate: { hash: 'f'.repeat(64) }, from: began });
  const elsewhere = service.start({ candidate: { documents: draft(21) }, locations: ['cellar'], from: began });
  await expect.poll(() => service.get(elsewhere.id).state, { timeout: 20_000 }).toBe('done');
  expect(service.get(wrong.id)).toMatchObject({ state: 'failed', failure: { code: 'document/invalid' } });
  expect(service.get(none.id)).toMatchObject({ state: 'failed', failure: { code: 'document/unknown' } });
  expect((service.get(elsewhere.id).result as BacktestResult).devices).toEqual([]);
  expect(bugs).toEqual([]);
});
