import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { addressOf, uniqueName } from './support/addresses.ts';
import { openNatsStranger } from './support/nats-stranger.ts';
import { openStranger } from './support/rabbitmq-stranger.ts';

const page = readFileSync(join(root, 'docs/bridges.md'), 'utf8');
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const exampleOf = (kind: string): string => examples.find((text) => text.includes(`kind: ${kind}`)) ?? '';

/** A folder with one document and its secret, checked by the command line. */
const check = async (document: string, id: string, secret: { readonly name: string; readonly mode: number } | null) => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-bridge-'));
  try {
    mkdirSync(join(folder, 'site'));
    mkdirSync(join(folder, 'data/secrets'), { recursive: true });
    writeFileSync(join(folder, 'site/bridge.yaml'), document);
    if (secret !== null) writeFileSync(join(folder, `data/secrets/${secret.name}.secret`), 'secret\n', { mode: secret.mode });
    return await runToEnd([
      built.phloem,
      'bridge',
      'check',
      id,
      '--site',
      join(folder, 'site'),
      '--data',
      join(folder, 'data'),
      '--port',
      '1',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

describe('the examples of the page about bridges', () => {
  it('are one for each target', () => {
    expect(examples).toHaveLength(8);
  });

  it('reach Redis', async () => {
    const document = exampleOf('redis').replace('redis://127.0.0.1:6379', addressOf('redis')).replace('phloem:my_site', uniqueName());
    const { code, output } = await check(document, 'live', { name: 'redis', mode: 0o600 });
    expect(output).toContain('live: redis holds nothing yet');
    expect(code).toBe(0);
  });

  it('reach PostgreSQL', async () => {
    const schema = uniqueName();
    const document = exampleOf('postgresql')
      .replace('postgres://phloem@127.0.0.1:5432/greenhouse', addressOf('postgres'))
      .replace('schema: phloem', `schema: ${schema}`);
    const { code, output } = await check(document, 'history', { name: 'history_password', mode: 0o600 });
    const client = new Client({ connectionString: addressOf('postgres') });
    await client.connect();
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
    expect(output).toContain('history: postgresql holds nothing yet');
    expect(code).toBe(0);
  });

  it('reach MariaDB', async () => {
    const prefix = uniqueName();
    const document = exampleOf('mariadb')
      .replace('mariadb://phloem@127.0.0.1:3306/greenhouse', addressOf('mariadb'))
      .replace('    secret: mariadb\n', '')
      .replace('prefix: phloem', `prefix: ${prefix}`);
    const { code, output } = await check(document, 'warehouse', null);
    const client = await createConnection({ uri: addressOf('mariadb').replace('mariadb:', 'mysql:') });
    const tables = ['cursor', 'record', 'reading', 'device_state'].map((table) => `${prefix}_${table}`);
    await client.query(`DROP TABLE IF EXISTS ${tables.join(', ')}`);
    await client.end();
    expect(output).toContain('warehouse: mariadb holds nothing yet');
    expect(code).toBe(0);
  });

  it('reach SQLite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-sqlite-'));
    const document = exampleOf('sqlite').replace('/var/lib/phloem/history.db', join(folder, 'history.db'));
    const { code, output } = await check(document, 'file', null);
    rmSync(folder, { recursive: true, force: true });
    expect(output).toContain('file: sqlite holds nothing yet');
    expect(code).toBe(0);
  });

  it('reach RabbitMQ', async () => {
    const prefix = uniqueName();
    const url = addressOf('rabbitmq');
    await using stranger = await openStranger(url, prefix, 'greenhouse');
    const document = exampleOf('rabbitmq').replace('amqp://phloem@127.0.0.1:5672', url).replace('prefix: phloem', `prefix: ${prefix}`);
    const refused = await check(document, 'queue', { name: 'rabbitmq', mode: 0o600 });
    expect(refused.output).toContain('see whether the user, its password');
    expect(refused.code).not.toBe(0);
    const { code, output } = await check(document.replace('    secret: rabbitmq\n', ''), 'queue', null);
    expect(await stranger.count()).toBe(0);
    // It asks the hub how far it is, and here is none.
    expect(output).not.toContain('RabbitMQ');
    expect(output).toContain('no hub has run');
    expect(code).not.toBe(0);
  });

  it('reach NATS', async () => {
    const name = uniqueName();
    const document = exampleOf('nats')
      .replace('nats://127.0.0.1:4222', addressOf('nats'))
      .replace('    secret: nats\n', '')
      .replace('stream: phloem', `stream: ${name}`)
      .replace('phloem.my_site', name);
    const { code, output } = await check(document, 'events', null);
    await using nats = await openNatsStranger(name, name);
    expect(await nats.places()).toEqual([]);
    expect(output).toContain('events: nats holds nothing yet');
    expect(code).toBe(0);
  });

  it.each([
    ['is missing', null, 'the secret redis is missing'],
    ['can be read by others', { name: 'redis', mode: 0o644 }, 'can be read by others'],
  ])('say what to do where the secret %s', async (_what, secret, said) => {
    const { code, output } = await check(exampleOf('redis'), 'live', secret);
    expect(output).toContain(said);
    expect(code).toBe(2);
  });

  it('name the bridges that there are where the name is wrong', async () => {
    const { code, output } = await check(exampleOf('redis'), 'life', null);
    expect(output).toContain('named life; it has live');
    expect(code).toBe(2);
  });
});
