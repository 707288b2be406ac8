import type { Entry } from '@phloem/protocol';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { openNodeRed, type Flow, type NodeRedProcess } from './support/open-node-red.ts';

const example = JSON.parse(readFileSync(join(root, 'bridges/node-red/examples/flower-room.json'), 'utf8')) as Flow;
const device = 'flower_room/dehumidifier_1';
const patienceMs = 120_000;

let mesh: Mesh;
let red: NodeRedProcess;

/** The example, at the hub of the test and with tokens. Node-RED reports only messages that a wire carries. */
const toFlow = async (change: Readonly<Record<string, object>> = {}): Promise<Flow> => {
  const tokens: Readonly<Record<string, string>> = {
    phloem_hub_read: await mesh.token('technician', 'node-red'),
    phloem_hub_control: await mesh.token('automation', 'node-red-control'),
  };
  return example.map((node) => ({
    ...node,
    ...(node.type === 'phloem-hub' && { address: mesh.url, credentials: { token: tokens[node.id] } }),
    ...(node.type === 'phloem-request' && { wires: [['phloem_debug'], ['phloem_debug']] }),
    ...change[node.id],
  }));
};

const lastOf = (node: string): Readonly<Record<string, unknown>> | undefined => red.messages(node).at(-1)?.message;
const statusOf = (node: string, text: string) =>
  until(
    `${node} to show ${text}`,
    () => red.status(node),
    (shown) => shown.startsWith(text),
    patienceMs,
  );
const entries = async (): Promise<readonly Entry[]> =>
  (await mesh.get<{ entries: readonly Entry[] }>('/api/v1/log?after=0&limit=10000')).entries;
const terms = async (): Promise<readonly number[]> =>
  (await entries()).flatMap((entry) => (entry.kind === 'lease' && entry.holder === 'node-red-control' ? [entry.term] : []));

beforeAll(async () => {
  mesh = await openMesh({ withAutomation: false });
  red = await openNodeRed();
  await red.deploy(await toFlow());
}, 600_000);
afterAll(async () => {
  await red?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

describe('the nodes in a headless Node-RED', () => {
  it('are loaded without an error', () => {
    const own = red.types.filter(([set]) => set.startsWith('@phloem/node-red/'));
    expect(own.map(([set]) => set).toSorted()).toEqual(
      ['alarms', 'hub', 'override', 'readings', 'request', 'why'].map((name) => `@phloem/node-red/phloem-${name}`),
    );
    expect(own.filter(([, error]) => error !== '')).toEqual([]);
  });

  it('emit live readings, and request what the flow decides until the device confirms it', async () => {
    await statusOf('phloem_humidity', 'connected');
    const reading = await until(
      'a live reading',
      () => lastOf('phloem_humidity'),
      (last) => last?.['isLive'] === true,
      patienceMs,
    );
    expect(reading).toMatchObject({ topic: 'flower_room/front/humidity', quality: 'good', unit: '%', payload: expect.any(Number) });
    const confirmed = await until(
      'a confirmed request',
      () => red.messages('phloem_dry'),
      (all) => all.some(({ port }) => port === 0),
      patienceMs,
    );
    const [{ message } = { message: {} }] = confirmed.filter(({ port }) => port === 0);
    expect(message).toMatchObject({ topic: device, request: { device, outcome: 'accepted', phase: 'confirmed' } });
    expect(await mesh.device(device)).toMatchObject({ by: { kind: 'node', id: 'node-red-control' } });
  });

  it('emit a point as stale when the hub is gone, and as live when it is back', async () => {
    await until(
      'a live reading',
      () => lastOf('phloem_humidity'),
      (last) => last?.['isLive'] === true,
      patienceMs,
    );
    await mesh.hub().end('SIGKILL');
    const stale = await until(
      'a stale reading',
      () => lastOf('phloem_humidity'),
      (last) => last?.['quality'] === 'stale',
      patienceMs,
    );
    expect(stale).toMatchObject({ payload: null, isLive: false, last: expect.any(Number), reason: 'no connection to the hub' });
    await statusOf('phloem_humidity', 'stale: no connection since');
    await mesh.startHub();
    await until(
      'a live reading again',
      () => lastOf('phloem_humidity'),
      (last) => last?.['isLive'] === true,
      patienceMs,
    );
    await statusOf('phloem_humidity', 'connected');
  });

  it('keep the lease and its term over a deploy', async () => {
    await until('a lease', terms, (all) => all.length > 0, patienceMs);
    const requests = red.messages('phloem_dry').length;
    const before = await terms();
    await red.deploy(await toFlow({ phloem_tab: { label: 'changed' } }));
    await until(
      'a request after the deploy',
      () => red.messages('phloem_dry').length,
      (count) => count > requests,
      patienceMs,
    );
    expect(await terms()).toEqual(before);
  });

  it('emit once each alarm that changes while the flows are stopped', async () => {
    const alarm = 'device/flower_room/heater/override-ends';
    const emitted = (): readonly unknown[] =>
      red.messages('phloem_every_alarm').flatMap(({ message }) => (message['topic'] === alarm ? [message['payload']] : []));
    const everyAlarm = {
      id: 'phloem_every_alarm',
      type: 'phloem-alarms',
      z: 'phloem_tab',
      hub: 'phloem_hub_read',
      maxPriority: 'P4',
      locations: '',
      wires: [['phloem_debug']],
    };
    await red.deploy([...(await toFlow()), everyAlarm]);
    await statusOf('phloem_every_alarm', 'connected');
    await red.setFlows('stop');
    // The alarm is raised two minutes before the end.
    await mesh.post('/api/v1/devices/flower_room%2Fheater/override', { value: false, reason: 'test', forMs: 121_000 });
    await until(
      'the alarm',
      async () => (await entries()).filter((entry) => entry.kind === 'alarm' && entry.alarm === alarm).length,
      (count) => count > 0,
    );
    await red.setFlows('start');
    await until('the alarm at the node', emitted, (all) => all.length > 0, patienceMs);
    await red.setFlows('stop');
    await red.setFlows('start');
    await statusOf('phloem_override', 'connected');
    red.inject('phloem_override', { payload: 'release' });
    await until('its end', emitted, (all) => all.includes('cleared'), patienceMs);
    expect(emitted()).toEqual(['active', 'cleared']);
  });

  it('explain a device', async () => {
    red.inject('phloem_ask', {});
    const answer = await until(
      'an explanation',
      () => lastOf('phloem_why'),
      (last) => last !== undefined,
      patienceMs,
    );
    expect(answer).toMatchObject({ topic: device, payload: expect.stringMatching(/\w/), why: { device } });
  });

  it('override a device until the end that was set, and release it', async () => {
    red.inject('phloem_override', { payload: 'off', minutes: 5, reason: 'filter change' });
    const set = await until(
      'the override',
      () => lastOf('phloem_override'),
      (last) => last?.['payload'] === 'off',
      patienceMs,
    );
    expect(set).toMatchObject({ override: { value: false, reason: 'filter change', until: expect.any(Number), isReleased: false } });
    red.inject('phloem_override', { payload: 'release' });
    await until(
      'its release',
      () => mesh.get<readonly unknown[]>('/api/v1/overrides'),
      (all) => all.length === 0,
    );
  });

  it('refuse a message that says nothing clear, and change nothing', async () => {
    red.inject('phloem_override', { payload: 'off', minutes: 0 });
    red.inject('phloem_override', { payload: 'perhaps' });
    const errors = await until(
      'both refusals',
      () => red.errors('phloem_override'),
      (all) => all.length === 2,
    );
    expect(errors[0]).toContain('must be a number above 0');
    expect(errors[1]).toContain('msg.payload is "perhaps", and must be true, false, "on", "off" or a number');
    expect(await mesh.get('/api/v1/overrides')).toEqual([]);
    await statusOf('phloem_override', 'refused: msg.payload is "perhaps"');
  });

  it('show a token that the hub does not take, or whose role is not enough', async () => {
    await red.deploy(
      await toFlow({
        phloem_hub_control: { credentials: { token: 'wrong' } },
        phloem_hub_read: { credentials: { token: await mesh.token('viewer', 'node-red') } },
      }),
    );
    await statusOf('phloem_dry', 'refused: no valid token');
    await statusOf('phloem_humidity', 'connected');
    red.inject('phloem_override', { payload: 'off' });
    await statusOf('phloem_override', 'refused: the role viewer may not do this');
  });
});
