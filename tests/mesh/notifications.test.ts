import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NotificationsAnswer } from '@phloem/protocol';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { until } from '../support/until.ts';

const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
/** A sample in every run; `PHLOEM_TEST_KILLS=50` for a whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);
const alarmCount = 2 * kills + 2;

type Got = { readonly id: string; readonly alarms: readonly { readonly alarm: string; readonly kind: string }[] };

/** A receiver that checks each signature, and answers some messages only after the hub that sent them was killed. */
const openReceiver = async () => {
  const got: Got[] = [];
  const wrong: string[] = [];
  let onMessage: () => boolean = () => true;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      try {
        const { data } = new Webhook(secret).verify(body, request.headers as Record<string, string>) as { readonly data: Omit<Got, 'id'> };
        got.push({ id: String(request.headers['webhook-id']), alarms: data.alarms });
      } catch (error) {
        wrong.push(String(error));
      }
      if (onMessage()) response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    got,
    wrong,
    /** Decides of each message whether it is answered. */
    set onMessage(decide: () => boolean) {
      onMessage = decide;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** A site whose only bus is dead: each alarm is raised a little after the one before, since its signal stays unknown. */
const writeSite = (hook: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-site-'));
  const alarms = Array.from(
    { length: alarmCount },
    (_, n) => `---
apiVersion: phloem/v1
kind: Alarm
metadata: { id: room/alarm-${n} }
spec:
  use: { signals: room/signals }
  when: 't > degC(30.0)'
  priority: P1
  text: Too hot
  onUnknown: { hold: ${1 + n}s, then: raise }
`,
  );
  writeFileSync(
    join(folder, 'site.yaml'),
    `apiVersion: phloem/v1
kind: Site
metadata: { id: room/site, title: Test }
spec:
  timeZone: UTC
  locations: [{ id: room, title: Room }]
  buses: [{ id: line, transport: tcp, host: 127.0.0.1, port: 1 }]
  instruments:
    - { id: probe, title: Probe, bus: line, unit: 1, profile: xy-md02, location: room, cluster: front, interval: 1s, measurements: { temperature: temperature } }
---
apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec: { inputs: { t: { point: room/front/temperature, quantity: temperature, maxAge: 5s } } }
${alarms.join('')}---
apiVersion: phloem/v1
kind: Notifications
metadata: { id: on-call }
spec:
  channels: { hook: { kind: webhook, url: "${hook}", secret: hook } }
  routes: [{ priorities: [P1], steps: [{ notify: [hook] }] }]
`,
  );
  return folder;
};

describe('notifications of real processes', () => {
  it('[NO15] notify of each alarm over kills of the hub, and repeat only what was not answered, under its id', async () => {
    await using receiver = await openReceiver();
    const site = writeSite(receiver.url);
    await using mesh = await openMesh({ site, bundle: null, withAutomation: false });
    mkdirSync(join(mesh.data, 'secrets'), { recursive: true });
    writeFileSync(join(mesh.data, 'secrets/hook.secret'), secret, { mode: 0o600 });
    const phloem = (...args: readonly string[]) => runToEnd([built.phloem, ...args, '--port', String(mesh.port), '--data', mesh.data]);

    for (let n = 0; n < kills; n += 1) {
      const unanswered = new Promise<void>((resolve) => {
        receiver.onMessage = () => {
          resolve();
          return false;
        };
      });
      await unanswered;
      await mesh.hub().end('SIGKILL');
      receiver.onMessage = () => true;
      await mesh.startHub();
    }
    const raised = () => new Set(receiver.got.flatMap(({ alarms }) => alarms.map(({ alarm }) => alarm)));
    await until('a message of each alarm', raised, ({ size }) => size >= alarmCount, 120_000);
    const status = await until(
      'an empty outbox',
      () => mesh.get<NotificationsAnswer>('/api/v1/notifications'),
      ({ waiting }) => waiting.length === 0,
    );
    expect(receiver.wrong).toEqual([]);
    // One message for each alarm, however often the hub was killed; each kill repeats what it kept from being answered.
    const messages = receiver.got.map(({ id, alarms }) => `${id} ${alarms.map(({ alarm, kind }) => `${kind} ${alarm}`).join()}`);
    const byAlarm = Map.groupBy(new Set(messages), (message) => message.split('#')[0]);
    expect([...byAlarm.values()].map(({ length }) => length)).toEqual(Array.from({ length: alarmCount }, () => 1));
    expect(messages.length).toBeGreaterThan(alarmCount);
    expect(status.ended).toHaveLength(alarmCount);
    expect(status.ended.every(({ end }) => end === 'delivered')).toBe(true);

    expect((await phloem('notify', 'test', 'hook')).output).toContain('hook: delivered');
    expect((await phloem('notify', 'test', 'nobody')).output).toContain('no person, rota or webhook is named nobody');
    expect((await phloem('notify')).output).toMatch(/hook +webhook +\d{4}-.* 0[^]*no message waits[^]*raised room\/alarm-0, delivered/);
    rmSync(site, { recursive: true });
  }, 300_000);
});
