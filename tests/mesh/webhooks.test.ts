import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { runStorm, type FoundRecord } from '../services/support/storm.ts';
import { built } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);

type Data = { readonly epoch: string; readonly lsn: number; readonly prev: number; readonly entry?: unknown };
type Got = { readonly id: string; readonly type: string; readonly data: Data };

/** A receiver that checks each signature by the library of Standard Webhooks, and keeps what it got, repeats included. */
const openReceiver = async () => {
  const got: Got[] = [];
  const wrong: string[] = [];
  const create = (): Server =>
    createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        try {
          const { type, data } = new Webhook(secret).verify(body, request.headers as Record<string, string>) as Omit<Got, 'id'>;
          got.push({ id: String(request.headers['webhook-id']), type, data });
          response.writeHead(204).end();
        } catch (error) {
          wrong.push(String(error));
          response.writeHead(401).end();
        }
      });
    });
  let server = create();
  const listen = async (port: number): Promise<number> => {
    server = create().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const cut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    got,
    wrong,
    restart: async (): Promise<void> => {
      await cut();
      await listen(port);
    },
    [Symbol.asyncDispose]: cut,
  };
};

/** What came for the first time, as a reader of ids sees it. */
const unique = (got: readonly Got[]): readonly Got[] => [...new Map(got.toReversed().map((one) => [one.id, one])).values()].toReversed();

describe('webhooks', () => {
  it(
    'come in order and without a hole, over kills of bridge, hub and receiver, each with its id',
    async () => {
      await using receiver = await openReceiver();
      const read = (): Promise<readonly FoundRecord[]> =>
        Promise.resolve(
          unique(receiver.got).map(({ type, data: { lsn, prev, entry } }) => ({
            lsn,
            prev,
            record: type === 'phloem.gap' || type === 'phloem.epoch' ? type : 'entry',
            entry,
          })),
        );
      const target = `{ kind: webhook, url: "${receiver.url}", secret: storm }`;
      const { found, log, killed } = await runStorm({
        target,
        fill: 'head',
        secret,
        kills,
        seed: 3,
        more: { receiver: receiver.restart },
        read,
      });
      expect(Object.values(killed).reduce((sum, n) => sum + n, 0)).toBe(kills);
      expect(receiver.wrong).toEqual([]);
      expect(found.map(({ entry }) => entry)).toEqual(log);
      expect(found.slice(1).filter(({ prev }, index) => prev !== found[index]?.lsn)).toEqual([]);
      // After a kill the bridge goes on at its last commit: what it posted since comes again, with the same id and content.
      const known = new Map(receiver.got.map((one) => [one.id, one.data]));
      for (const { id, data } of receiver.got) expect(known.get(id)).toEqual(data);
      if (kills > 20) process.stdout.write(`repeated, each with its id: ${receiver.got.length - known.size}\n`);
    },
    Math.max(600_000, kills * 60_000),
  );

  it('[BR1] are sent by phloem start, which runs the bridges of its site', async () => {
    await using receiver = await openReceiver();
    const folder = mkdtempSync(join(tmpdir(), 'phloem-start-'));
    const blocks = (page: string): readonly string[] =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    const document = blocks('docs/bridges.md').find((text) => text.includes('kind: webhook')) ?? '';
    mkdirSync(join(folder, 'site'));
    mkdirSync(join(folder, 'data/secrets'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'site/site.yaml'), blocks('docs/ingest.md')[0] ?? '');
    writeFileSync(
      join(folder, 'site/bridge.yaml'),
      document.replace('https://on-call.example/phloem', receiver.url).replace('kinds: [alarm]', 'kinds: [pulse]'),
    );
    writeFileSync(join(folder, 'data/secrets/hooks.secret'), `${secret}\n`, { mode: 0o600 });
    const args = ['start', '--no-open', '--site', join(folder, 'site'), '--data', join(folder, 'data'), '--port', '0'];
    const start = spawn(process.execPath, [built.phloem, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(start, 'close');
    let output = '';
    start.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await until(
        'webhooks of three pulses',
        () => receiver.got.length,
        (count) => count >= 3,
      );
      expect(output).toMatch(/bridge +hooks, to webhook/);
      expect(new Set(receiver.got.map(({ type }) => type))).toEqual(new Set(['phloem.pulse']));
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      const headers = { authorization: `Bearer ${readFileSync(join(folder, 'data/secrets/admin.token'), 'utf8').trim()}` };
      const list = async () => (await (await fetch(`http://127.0.0.1:${port}/api/v1/bridges`, { headers })).json()) as readonly object[];
      await until('the report of the bridge', list, (bridges) => JSON.stringify(bridges).includes('"state":"flowing"'));
      expect(await list()).toMatchObject([{ id: 'hooks', title: 'Alarms to the on-call service', target: 'webhook' }]);
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics).toContain('phloem_bridge_up{bridge="hooks"} 1');
      expect(metrics).toMatch(/phloem_bridge_records\{bridge="hooks"\} \d/);
    } finally {
      start.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
    expect(receiver.wrong).toEqual([]);
  }, 240_000);
});
