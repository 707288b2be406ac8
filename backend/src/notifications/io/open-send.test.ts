import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Message } from '../to-message.ts';
import { openSend } from './open-send.ts';

const key = Buffer.alloc(32, 7);
const secret = `whsec_${key.toString('base64')}`;
const message: Message = {
  id: 'flower_room/hot#7/0-0/@hook',
  subject: 'North farm: P1 Too hot',
  text: 'P1 Too hot',
  priority: 'P1',
  notices: [
    {
      kind: 'raised',
      alarm: 'flower_room/hot',
      episode: 'flower_room/hot#7',
      priority: 'P1',
      why: null,
      action: null,
      raised: 5,
      cleared: null,
    },
  ],
  link: 'https://grow.example/alarms',
};

/** A receiver that answers as the test says, and a data folder with secrets. */
const openReceiver = async (answer: { readonly status: number; readonly location?: string } | null = { status: 200 }) => {
  const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      // No answer: a receiver that hangs.
      if (answer !== null) response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const data = mkdtempSync(join(tmpdir(), 'phloem-notify-'));
  mkdirSync(join(data, 'secrets'));
  writeFileSync(join(data, 'secrets', 'hook.secret'), `${secret}\n`, { mode: 0o600 });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const plan = {
    channels: {
      hook: { kind: 'webhook', url, secret: 'hook' },
      push: { kind: 'ntfy', url, secret: 'hook' },
    },
  } as const;
  return {
    got,
    data,
    send: openSend({ plan, data, now: () => 1_800_000_000_500, timeoutMs: answer === null ? 300 : 60_000 }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(data, { recursive: true });
    },
  };
};
const hook = { channel: 'hook', person: null, address: null };

describe('a message by webhook', () => {
  it('[NO17] is signed, and names the alarms', async () => {
    await using receiver = await openReceiver();
    expect(await receiver.send(hook, message)).toEqual({ kind: 'delivered' });
    const [{ headers, body } = { headers: {} as IncomingHttpHeaders, body: '' }] = receiver.got;
    expect(headers).toMatchObject({ 'webhook-id': message.id, 'webhook-timestamp': '1800000000' });
    const signature = createHmac('sha256', key).update(`${message.id}.1800000000.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(JSON.parse(body)).toMatchObject({
      type: 'phloem.notification',
      data: { subject: message.subject, priority: 'P1', alarms: [{ kind: 'raised', alarm: 'flower_room/hot', raised: 5 }] },
    });
  });

  it.each([
    ['an error', { status: 500 }, /answered 500/, false],
    ['the end of the receiver', { status: 410 }, /answered 410/, true],
    ['another address', { status: 302, location: 'http://127.0.0.1:1/' }, /cannot be reached/, false],
    ['nothing', null, /did not answer within 0\.3 s/, false],
  ] as const)('[NO10] counts as not delivered when the receiver answers with %s', async (_what, answer, error, isFinal) => {
    await using receiver = await openReceiver(answer);
    expect(await receiver.send(hook, message)).toMatchObject({ kind: 'failed', isFinal, error: expect.stringMatching(error) });
    expect(receiver.got).toHaveLength(1);
  });

  it('[NO17] is not sent without a secret that only its owner can read', async () => {
    await using receiver = await openReceiver();
    chmodSync(join(receiver.data, 'secrets', 'hook.secret'), 0o644);
    expect(await receiver.send(hook, message)).toMatchObject({ kind: 'failed', error: expect.stringContaining('chmod 600') });
    rmSync(join(receiver.data, 'secrets', 'hook.secret'));
    expect(await receiver.send(hook, message)).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('is missing: write it into'),
    });
    expect(receiver.got).toEqual([]);
  });
});

describe('a message by ntfy', () => {
  it('[NO18] goes to the topic of the person, the most urgent alarms first', async () => {
    await using receiver = await openReceiver();
    const maria = { channel: 'push', person: 'maria', address: 'maria-topic' };
    expect(await receiver.send(maria, message)).toEqual({ kind: 'delivered' });
    const over = message.notices.map((notice) => ({ ...notice, kind: 'resolved' as const, cleared: 9 }));
    await receiver.send(maria, { ...message, notices: over });
    expect(receiver.got.map(({ body }) => JSON.parse(body))).toMatchObject([
      { topic: 'maria-topic', title: message.subject, priority: 5, click: 'https://grow.example/alarms' },
      { topic: 'maria-topic', priority: 3 },
    ]);
    expect(receiver.got[0]?.headers.authorization).toBe(`Bearer ${secret}`);
  });
});
