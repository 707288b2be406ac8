import { describe, expect, it } from 'vitest';
import { findBridgeProblems } from './bridge.ts';
import { readDocuments } from './source.ts';

const problemsOf = (target: string, id = 'history'): readonly string[] => {
  const text = `apiVersion: phloem/v1\nkind: Bridge\nmetadata: { id: ${id} }\nspec:\n  target: ${target}\n`;
  const [source] = readDocuments([{ path: 'bridge.yaml', text }]);
  if (source === undefined) throw new Error('no document');
  return findBridgeProblems(source).map(({ path, expected, hint }) => `${path}: ${expected}; ${hint}`);
};

describe('a document of the kind Bridge', () => {
  it.each([
    '{ kind: redis, url: "redis://127.0.0.1:6379" }',
    '{ kind: nats, url: "nats://127.0.0.1:4222" }',
    '{ kind: nats, url: "tls://phloem@nats.example", secret: nats, stream: log, prefix: phloem.my_site, keep: 1000 }',
    '{ kind: redis, url: "rediss://redis.example:6380", secret: redis, prefix: "phloem:site", keep: 1000 }',
    '{ kind: postgresql, url: "postgres://phloem@localhost/greenhouse", schema: phloem }',
    '{ kind: postgresql, url: "postgres://phloem@db.example/greenhouse?sslmode=verify-full", secret: db }',
    '{ kind: postgresql, url: "postgres://phloem@localhost/greenhouse?host=/var/run/postgresql" }',
    '{ kind: mariadb, url: "mariadb://phloem@127.0.0.1/greenhouse", prefix: phloem }',
    '{ kind: mariadb, url: "mysql://phloem@db.example/greenhouse?ssl-mode=VERIFY_IDENTITY", secret: db }',
    '{ kind: sqlite, file: /var/lib/phloem/history.db }',
    '{ kind: mqtt, url: "mqtt://phloem@127.0.0.1:1883", secret: mqtt, prefix: phloem, discovery: none }',
    '{ kind: mqtt, url: "mqtts://broker.example" }',
    '{ kind: rabbitmq, url: "amqp://phloem@127.0.0.1:5672", secret: rabbitmq, site: greenhouse, prefix: phloem, keepMegabytes: 100 }',
    '{ kind: rabbitmq, url: "amqps://rabbit.example/plants", site: greenhouse }',
    '{ kind: webhook, url: "https://hooks.example/phloem", secret: hooks }',
    '{ kind: webhook, url: "http://127.0.0.1:8000/", secret: hooks }',
    '{ kind: webhook, url: "https://hooks.example/", secret: hooks, isLoopbackAllowed: true }',
  ])('accepts %s', (target) => {
    expect(problemsOf(target)).toEqual([]);
  });

  it.each([
    ['{ kind: redis, url: "redis://redis.example:6379" }', 'rediss://'],
    ['{ kind: postgresql, url: "postgres://phloem@db.example/greenhouse?sslmode=require" }', 'sslmode=verify-full'],
    ['{ kind: postgresql, url: "postgres://phloem:secret@127.0.0.1/greenhouse" }', 'without a password'],
    ['{ kind: postgresql, url: "postgres://phloem@127.0.0.1/greenhouse?password=secret" }', 'without a password'],
    ['{ kind: postgresql, url: "postgres://phloem@127.0.0.1/greenhouse?host=db.example" }', 'the host before'],
    ['{ kind: postgresql, url: "postgres://phloem@db.example/greenhouse?sslmode=verify-full&sslmode=disable" }', 'each option once'],
    ['{ kind: nats, url: "nats://nats.example:4222" }', 'use tls://'],
    ['{ kind: nats, url: "nats://127.0.0.1:4222", prefix: "a.>" }', 'spec.target'],
    ['{ kind: redis, url: "http://127.0.0.1" }', 'redis:// or rediss://'],
    ['{ kind: mariadb, url: "mariadb://phloem@db.example/greenhouse" }', 'ssl-mode=VERIFY_IDENTITY'],
    ['{ kind: sqlite, file: history.db }', 'spec.target'],
    ['{ kind: webhook, url: "http://hooks.example/phloem", secret: hooks }', 'https://'],
    ['{ kind: webhook, url: "https://hooks.example/phloem" }', 'spec.target'],
    ['{ kind: webhook, url: "https://hooks.example/phloem", secret: hooks }\n  fill: first', 'begins where it had come'],
    ['{ kind: mqtt, url: "mqtt://broker.example" }', 'mqtts://'],
    ['{ kind: rabbitmq, url: "amqp://rabbit.example", site: greenhouse }', 'amqps://'],
    ['{ kind: rabbitmq, url: "amqp://127.0.0.1" }', 'spec.target'],
    ['{ kind: rabbitmq, url: "amqp://127.0.0.1", site: "a.b" }', 'spec.target'],
    ['{ kind: rabbitmq, url: "amqp://127.0.0.1", site: greenhouse }\n  fill: first', 'begins where it had come'],
    ['{ kind: mqtt, url: "mqtt://127.0.0.1" }\n  filter: { kinds: [note] }', 'no kinds'],
    ['{ kind: mqtt, url: "mqtt://127.0.0.1", prefix: "a/#" }', 'spec.target'],
    ['{ kind: kafka, url: "x" }', 'spec.target'],
    ['{ kind: postgresql, url: "postgres://127.0.0.1/greenhouse", schema: "a b" }', 'spec.target'],
    ['{ kind: redis, url: "redis://127.0.0.1", password: x }', 'spec.target'],
  ])('refuses %s', (target, said) => {
    expect(problemsOf(target).join('\n')).toContain(said);
  });

  it('refuses an id that no node can have', () => {
    expect(problemsOf('{ kind: redis, url: "redis://127.0.0.1:6379" }', 'a/b').join()).toContain('metadata.id');
  });
});

describe('a document of the kind Bridge that reads a table', () => {
  const problems = (spec: string): string => {
    const text = `apiVersion: phloem/v1\nkind: Bridge\nmetadata: { id: old }\nspec: ${spec}\n`;
    const [source] = readDocuments([{ path: 'bridge.yaml', text }]);
    if (source === undefined) throw new Error('no document');
    return findBridgeProblems(source)
      .map(({ path, expected, hint }) => `${path}: ${expected}; ${hint}`)
      .join('\n');
  };
  const origin = '{ kind: postgresql, url: "postgres://phloem@127.0.0.1/old", secret: old_db }';
  const readings = 'source: old, table: public.sensor_data, id: id, points: { "{room}/{rack}/temperature": temp_c }';

  it.each([
    `{ origin: ${origin}, readings: { ${readings} } }`,
    `{ origin: { kind: sqlite, file: /srv/old.db }, readings: { ${readings}, time: { column: at, zone: Europe/Vienna }, holes: 5min, poll: 1s, from: first } }`,
  ])('accepts %s', (spec) => {
    expect(problems(spec)).toBe('');
  });

  it.each([
    [`{ origin: ${origin} }`, 'readings'],
    [`{ origin: ${origin}, readings: { ${readings.replace('public.sensor_data', '"a; b"')} } }`, 'the name of a table'],
    [`{ origin: ${origin}, readings: { ${readings}, time: { column: at, zone: Mars/One } } }`, 'a time zone'],
    [`{ origin: { kind: mariadb, url: "mariadb://db.example/old" }, readings: { ${readings} } }`, 'ssl-mode=VERIFY_IDENTITY'],
    [`{ origin: { kind: redis, url: "redis://127.0.0.1" }, readings: { ${readings} } }`, 'spec.origin'],
    [`{ origin: ${origin}, target: ${origin}, readings: { ${readings} } }`, 'target'],
  ])('refuses %s', (spec, said) => {
    expect(problems(spec)).toContain(said);
  });

  const alive = 'alive: { table: heartbeat, column: at, within: 15s }';
  const requests = `scope: dry, table: device_state, device: "dry/{device}", value: state, changed: { column: updated_at }, ${alive}`;

  it('accepts one that takes requests, and refuses it without a sign of life', () => {
    const spec = (text: string): string => `{ origin: ${origin}, requests: { ${text} } }`;
    expect(problems(spec(`${requests}, values: { "1": on, "0": off, low: 30 }, answers: phloem_state, maxAge: 1h`))).toBe('');
    expect(problems(spec(requests.replace(`, ${alive}`, '')))).toContain('alive');
    expect(problems(spec(requests.replace('column: at', 'column: at, zone: Mars/One')))).toContain('spec.requests.alive.zone');
    expect(problems(spec(requests.replace('dry/{device}', '{device}')))).toContain('a device');
  });

  it('accepts one that takes requests from a table with a row for each, and says where a document is wrong', () => {
    const rows =
      'shape: queue, scope: dry, table: device_request, id: id, device: "dry/{device}", value: value, op: op, created: { column: at }, outcome: { phase: phase }';
    const spec = (text: string): string => `{ origin: ${origin}, requests: { ${text} } }`;
    expect(problems(spec(`${rows}, ${alive}, reason: why, maxAge: 5s`))).toBe('');
    expect(problems(spec(rows))).toContain('alive');
    expect(problems(spec(`${rows.replace(', outcome: { phase: phase }', '')}, ${alive}`))).toContain('outcome');
    expect(problems(spec(`${rows.replace('column: at', 'column: at, zone: Mars/One')}, ${alive}`))).toContain('spec.requests.created.zone');
    expect(problems(spec(`${rows}, ${alive}, changed: { column: at }`))).toContain('changed');
    expect(problems(spec(requests).replace('scope: dry', 'shape: level, scope: dry'))).toBe('');
  });

  it('accepts one that takes requests from a queue, and says where a document is wrong', () => {
    const queue = '{ kind: redis, url: "redis://127.0.0.1:6379", secret: redis }';
    const asked = 'scope: flower_room, prefix: "phloem:my_site", alive: { within: 15s }';
    const spec = (text: string, from = queue): string => `{ origin: ${from}, requests: { ${text} } }`;
    expect(problems(spec(`${asked}, maxAge: 5s`))).toBe('');
    expect(problems(spec('scope: flower_room, prefix: "phloem:my_site"'))).toContain('alive');
    expect(problems(spec(`${asked}, table: device_state`))).toContain('table');
    expect(problems(spec(asked, '{ kind: redis, url: "redis://db.example" }'))).toContain('rediss://');
    expect(problems(spec(asked, '{ kind: rabbitmq, url: "amqp://phloem@127.0.0.1:5672/plants", secret: rabbitmq }'))).toBe('');
    expect(problems(spec(asked, '{ kind: rabbitmq, url: "amqp://rabbit.example" }'))).toContain('amqps://');
  });

  it('accepts one that reads sensors over MQTT, and says where a document is wrong', () => {
    const spec = (parts: string, url = 'mqtt://127.0.0.1'): string =>
      `{ origin: { kind: mqtt, url: "${url}" }, sensors: { source: zigbee, topics: { ${parts} } } }`;
    const topic = '"zigbee2mqtt/{sensor}": { "dry/{sensor}/temperature": temperature }';
    expect(problems(spec(topic))).toBe('');
    expect(problems(spec(topic, 'mqtt://broker.example'))).toContain('mqtts://');
    expect(problems(spec(topic.replace('{sensor}"', '#"')))).not.toBe('');
    expect(problems(spec(topic.replace('dry/', '')))).not.toBe('');
  });
});
