import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSensorSubscription } from '@phloem/bridge-mqtt';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd, startProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { addressOf, uniqueName } from './support/addresses.ts';
import { openOwnMosquitto } from './support/own-server.ts';

const page = readFileSync(join(root, 'docs/mqtt-sensors.md'), 'utf8');
const documents = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';

describe('the sensors of a broker, as the page about them has it', () => {
  it('are read again after a kill of the broker, and retained messages never', async () => {
    await using broker = await openOwnMosquitto();
    const topic = uniqueName();
    const folder = mkdtempSync(join(tmpdir(), 'phloem-sensors-'));
    writeFileSync(join(folder, 'site.yaml'), documents.replace('mqtt://127.0.0.1:1883', broker.url).replace('zigbee2mqtt/', `${topic}/`));
    const publish = async (level: string, payload: unknown, retain = false): Promise<void> => {
      const client = await connectAsync(broker.url, { protocolVersion: 5 });
      await client.publishAsync(level, JSON.stringify(payload), { qos: 1, retain });
      await client.endAsync();
    };
    try {
      await publish(`${topic}/front`, { temperature: 99 }, true);
      await using mesh = await openMesh({ site: folder, bundle: null, withAutomation: false });
      const options = ['zigbee', '--site', folder, '--port', String(mesh.port), '--data', mesh.data];
      const checked = await runToEnd([built.phloem, 'bridge', 'check', ...options]);
      expect(checked).toMatchObject({ code: 0, output: expect.stringContaining(`${topic}/+`) as string });
      const bridge = await startProcess('bridge', [built.phloem, 'bridge', 'run', ...options]);
      await until(
        'the bridge to read',
        () => bridge.output(),
        (output) => output.includes('zigbee: reading'),
      );
      const untilRead = (point: string, value: number): Promise<unknown> =>
        until(
          `${point} to be ${value}`,
          () => mesh.point(point),
          (state) => state.value === value && state.quality === 'good',
        );
      await publish(`${topic}/0x00158d0001`, { humidity: 55, linkquality: 80 });
      await untilRead('shed/front/humidity', 55);
      // What was retained before the bridge came would have been read by now.
      expect((await mesh.point('shed/front/temperature')).value).toBeNull();
      await publish('tele/tank/SENSOR', { Time: '2026-11-30T20:00:00', DS18B20: { Temperature: 18.5 } });
      await untilRead('shed/tank/temperature', 18.5);
      await broker.kill();
      await broker.start();
      await until(
        'the bridge to read again',
        () => bridge.output().split('zigbee: reading').length,
        (times) => times > 2,
      );
      await publish(`${topic}/front`, { temperature: 21 });
      await untilRead('shed/front/temperature', 21);
      expect(await bridge.end('SIGTERM')).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the topics of sensors', () => {
  it('bring nothing that is larger than a sensor sends', async () => {
    const url = addressOf('mqtt');
    const topic = uniqueName();
    const heard: string[] = [];
    const subscription = await openSensorSubscription({ url }, [`${topic}/+`], (_topic, payload) => heard.push(payload));
    const client = await connectAsync(url, { protocolVersion: 5 });
    await client.publishAsync(`${topic}/front`, `{"temperature":${'1'.repeat(1_000_000)}}`, { qos: 1 });
    await client.publishAsync(`${topic}/front`, '{"temperature":21}', { qos: 1 });
    await client.endAsync();
    await until(
      'the next message',
      () => heard,
      (all) => all.includes('{"temperature":21}'),
    );
    expect(heard).toHaveLength(1);
    await subscription.close();
  });
});
