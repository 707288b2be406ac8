import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import type { Message } from '../to-message.ts';
import { sendEmail, type EmailChannel } from './send-email.ts';

const message: Message = {
  id: 'flower_room/hot#7/0-0/maria@mail',
  subject: 'North farm: P1 Too hot',
  text: 'P1 Too hot\n  What to do: open the vents',
  priority: 'P1',
  notices: [],
  link: null,
};

/** A mail server that keeps what it is given. */
const openSink = async (options: SMTPServerOptions = {}) => {
  const mails: string[] = [];
  const seen: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
    onAuth: ({ username, password }, _session, done) => {
      seen.push(`${username} ${password}`);
      done(null, { user: username });
    },
    ...options,
  });
  // What a client does to its connection is no matter of the test.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return { port, mails, seen, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
};
const channel = (port: number, parts: Partial<EmailChannel> = {}): EmailChannel => ({
  kind: 'email',
  host: '127.0.0.1',
  port,
  encryption: 'none',
  from: 'phloem@example.org',
  ...parts,
});
const parts = { password: null, timeoutMs: 60_000 };

describe('a message by e-mail', () => {
  it('[NO16] reaches the mail server, with the same Message-ID each time', async () => {
    await using sink = await openSink();
    const send = () => sendEmail(channel(sink.port), 'maria@example.org', message, parts);
    expect([await send(), await send()]).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }]);
    const [first = '', second = ''] = sink.mails;
    expect(first).toMatch(/^To: maria@example\.org\r$/m);
    expect(first).toContain('Subject: North farm: P1 Too hot');
    expect(first).toContain('What to do: open the vents');
    const idOf = (mail: string) => /^Message-ID: (<.*>)/im.exec(mail)?.[1];
    expect(idOf(first)).toMatch(/^<[0-9a-f]{32}@example\.org>$/);
    expect(idOf(second)).toBe(idOf(first));
  });

  it('[NO16] gives neither password nor message to a server that does not encrypt', async () => {
    await using sink = await openSink({ hideSTARTTLS: true, allowInsecureAuth: true });
    const secure = channel(sink.port, { encryption: 'starttls', user: 'phloem', secret: 'mail' });
    const outcome = await sendEmail(secure, 'maria@example.org', message, { ...parts, password: 'hunter2 is long' });
    expect(outcome).toMatchObject({ kind: 'failed', isFinal: false });
    expect([sink.mails, sink.seen]).toEqual([[], []]);
  });

  it('[NO16] gives neither to a server whose certificate it does not trust', async () => {
    await using sink = await openSink();
    const secure = channel(sink.port, { encryption: 'starttls', user: 'phloem', secret: 'mail' });
    const outcome = await sendEmail(secure, 'maria@example.org', message, { ...parts, password: 'hunter2 is long' });
    expect(outcome).toMatchObject({ kind: 'failed', isFinal: false, error: expect.stringMatching(/certificate/i) });
    expect([sink.mails, sink.seen]).toEqual([[], []]);
  });

  it.each([
    [550, 'no such mailbox', true],
    [450, 'try again later', false],
  ] as const)('[NO10] an address that is refused with %d %s is final: %s', async (responseCode, text, isFinal) => {
    const refuse: SMTPServerOptions['onRcptTo'] = (_address, _session, done) => done(Object.assign(new Error(text), { responseCode }));
    await using sink = await openSink({ onRcptTo: refuse });
    const outcome = await sendEmail(channel(sink.port), 'nobody@example.org', message, parts);
    expect(outcome).toMatchObject({ kind: 'failed', isFinal, error: expect.stringContaining(text) });
  });

  it('[NO10] fails after its time where the server accepts and says nothing', async () => {
    await using sink = await openSink({ onConnect: () => undefined });
    const outcome = await sendEmail(channel(sink.port), 'maria@example.org', message, { ...parts, timeoutMs: 200 });
    expect(outcome).toMatchObject({ kind: 'failed', isFinal: false });
  });

  it('lets no subject begin another header', async () => {
    await using sink = await openSink();
    await sendEmail(channel(sink.port), 'maria@example.org', { ...message, subject: 'a\r\nBcc: eve@example.org' }, parts);
    expect(sink.mails[0]).not.toMatch(/^Bcc:/im);
  });
});
