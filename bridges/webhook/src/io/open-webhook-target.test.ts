import { randomBytes } from 'node:crypto';
import type { BridgeRecord } from '@phloem/bridge';
import type { FaultCode } from '@phloem/protocol';
import { isFault } from '@phloem/protocol';
import { delay, http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openWebhookTarget } from './open-webhook-target.ts';

const url = 'http://127.0.0.1:64999/hooks';
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const older = `whsec_${randomBytes(24).toString('base64')}`;
const now = (): number => Date.now();
const epoch = 'epochAepochA';
const record: BridgeRecord = {
  kind: 'entry',
  ordinal: 1,
  epoch,
  lsn: 7,
  prev: 5,
  entry: {
    lsn: 7,
    at: 1_800_000_000_000,
    up: 1,
    kind: 'note',
    by: { kind: 'user', id: 'anna' },
    about: 'hub',
    text: 'Filters changed – ✓',
  },
};

const server = setupServer();
beforeAll(() => server.listen());
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

type Got = { readonly headers: Headers; readonly body: string };
const receive = (answer: () => Response | Promise<Response>): readonly Got[] => {
  const got: Got[] = [];
  server.use(
    http.post(url, async ({ request }) => {
      got.push({ headers: request.headers, body: await request.text() });
      return answer();
    }),
  );
  return got;
};
const ok = (): Response => new HttpResponse(null, { status: 204 });
const send = async (more: { readonly secrets?: string; readonly timeoutMs?: number } = {}): Promise<void> => {
  const target = await openWebhookTarget({ url, secrets: secret, now, ...more });
  try {
    await target.put({ after: null, records: [record] });
  } finally {
    await target.close();
  }
};
const codeOf = async (asked: Promise<unknown>): Promise<FaultCode | 'none'> =>
  asked.then(
    () => 'none',
    (error: unknown) => {
      if (!isFault(error)) throw error;
      return error.code;
    },
  );

describe('a webhook', () => {
  it('is signed so that the library of Standard Webhooks accepts it', async () => {
    const [got] = await (async () => {
      const all = receive(ok);
      await send();
      return all;
    })();
    const headers = Object.fromEntries(got?.headers ?? []);
    expect(new Webhook(secret).verify(got?.body ?? '', headers)).toEqual({
      type: 'phloem.note',
      timestamp: '2027-01-15T08:00:00.000Z',
      data: { epoch, lsn: 7, prev: 5, entry: record.kind === 'entry' ? record.entry : null },
    });
    expect(headers).toMatchObject({ 'webhook-id': `${epoch}.7`, 'content-type': 'application/json' });
    expect(() => new Webhook(older).verify(got?.body ?? '', headers)).toThrow('No matching signature');
    expect(() => new Webhook(secret).verify(`${got?.body} `, headers)).toThrow('No matching signature');
  });

  it('carries two signatures while the secret is changed', async () => {
    const all = receive(ok);
    await send({ secrets: `${secret}\n${older}` });
    for (const key of [secret, older]) new Webhook(key).verify(all[0]?.body ?? '', Object.fromEntries(all[0]?.headers ?? []));
  });

  it('has the same id when it is sent again', async () => {
    const all = receive(ok);
    await send();
    await send();
    expect(all.map(({ headers }) => headers.get('webhook-id'))).toEqual([`${epoch}.7`, `${epoch}.7`]);
  });
});

describe('the answer of a receiver', () => {
  it.each([
    [200, 'none'],
    [202, 'none'],
    [204, 'none'],
    [301, 'bridge/refused'],
    [400, 'bridge/refused'],
    [401, 'bridge/refused'],
    [404, 'bridge/refused'],
    [410, 'bridge/gone'],
    [429, 'bridge/unreachable'],
    [500, 'bridge/unreachable'],
    [503, 'bridge/unreachable'],
  ])('%i means %s', async (status, code) => {
    const all = receive(
      () => new HttpResponse(null, { status, ...(status === 301 && { headers: { location: 'http://127.0.0.1:64999/other' } }) }),
    );
    expect(await codeOf(send())).toBe(code);
    expect(all).toHaveLength(1);
  });

  it('does not matter in what it says, however odd', async () => {
    receive(() => HttpResponse.text('<html>'.repeat(1000), { headers: { 'content-type': 'application/json' } }));
    expect(await codeOf(send())).toBe('none');
  });

  it.each([
    ['breaks off', () => HttpResponse.error(), 'bridge/unreachable'],
    ['never comes', () => delay('infinite').then(ok), 'bridge/unreachable'],
  ] as const)('that %s means %s', async (_how, answer, code) => {
    receive(answer);
    expect(await codeOf(send({ timeoutMs: 50 }))).toBe(code);
  });

  it('is not waited for once the bridge ends the connection', async () => {
    receive(() => delay('infinite').then(ok));
    const target = await openWebhookTarget({ url, secrets: secret, now });
    const asked = codeOf(target.put({ after: null, records: [record] }));
    await target.close();
    expect(await asked).toBe('bridge/unreachable');
  });
});

describe('a target for webhooks', () => {
  it.each([
    ['', 'nothing'],
    ['secret', 'another form'],
    ['whsec_c2hvcnQ=', 'too short'],
    [`${secret}\n${secret}\n${older}`, 'three'],
  ])('refuses %j as a secret (%s)', async (secrets) => {
    expect(await codeOf(openWebhookTarget({ url, secrets, now }))).toBe('bridge/refused');
  });

  it('names the wait that a receiver asks for, and so does the fault', async () => {
    receive(() => new HttpResponse(null, { status: 429, headers: { 'retry-after': '90' } }));
    const failed = await send().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'bridge/unreachable', afterMs: 90_000, message: expect.stringContaining('wait 90 s') });
    receive(() => new HttpResponse(null, { status: 500, headers: { 'retry-after': '90' } }));
    expect(await send().catch((error: unknown) => error)).not.toHaveProperty('afterMs');
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.1.1]/',
    'http://2852039166/',
    'http://[fd00:ec2::254]/',
  ])('posts nothing to %s', async (address) => {
    expect(await codeOf(openWebhookTarget({ url: address, secrets: secret, now }))).toBe('bridge/refused');
  });

  it.each(['http://0.0.0.0/', 'http://[::]/', 'http://[::ffff:127.0.0.1]/', 'http://224.0.0.1/'])(
    'does not take %s for an address of a server',
    async (address) => {
      expect(await codeOf(openWebhookTarget({ url: address, secrets: secret, now }))).toBe('bridge/refused');
    },
  );

  it('leaves it to the hub to know where it stands', async () => {
    const target = await openWebhookTarget({ url, secrets: secret, now });
    expect(await target.position()).toBe('unknown');
    await target.close();
  });
});
