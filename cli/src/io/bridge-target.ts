import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BridgeOptions, OpenTarget } from '@phloem/bridge';
import { Fault, type Filter } from '@phloem/protocol';
import {
  DocumentFault,
  findBridgeProblems,
  kindOf,
  readDocuments,
  toQueueBridge,
  toRequestBridge,
  toSensorBridge,
  toSourceBridge,
  toTableQueueBridge,
  toTargetBridge,
  type BridgeDocument,
  type BridgeOrigin,
  type QueueBridgeDocument,
  type RequestBridgeDocument,
  type SensorBridgeDocument,
  type SourceBridgeDocument,
  type SourceDocument,
  type TableQueueBridgeDocument,
} from '@phloem/rules';
import { dataFiles } from '@phloem/backend/client';
import { readFolder } from '@phloem/backend/documents';
import type { BridgeRunOptions } from './bridge-process.ts';
import { readInventory } from './read-inventory.ts';

const readSources = (folder: string): readonly SourceDocument[] => {
  const sources = readDocuments(readFolder(folder)).filter((source) => kindOf(source) === 'Bridge');
  const problems = sources.flatMap(findBridgeProblems);
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  return sources;
};

/** The bridges of a folder of site documents that carry the log to a target. */
export const readBridges = (folder: string): readonly BridgeDocument[] =>
  readSources(folder).flatMap((source) => toTargetBridge(source) ?? []);

/** Those that bring something of another program. */
export type InboundBridge =
  | SourceBridgeDocument
  | RequestBridgeDocument
  | TableQueueBridgeDocument
  | QueueBridgeDocument
  | SensorBridgeDocument;

const readInbound = (folder: string): readonly InboundBridge[] => {
  const sources = readSources(folder);
  return [toSourceBridge, toRequestBridge, toTableQueueBridge, toQueueBridge, toSensorBridge].flatMap((toBridge) =>
    sources.flatMap((source) => toBridge(source) ?? []),
  );
};

/** Any bridge, in a few words: `to postgresql`, `from mariadb`. */
export type BridgeSummary = { readonly id: string; readonly what: string; readonly isEnabled: boolean };

export const summariseBridges = (folder: string): readonly BridgeSummary[] => [
  ...readBridges(folder).map(({ metadata: { id }, spec }) => ({ id, what: `to ${spec.target.kind}`, isEnabled: spec.isEnabled !== false })),
  ...readInbound(folder).map(({ metadata: { id }, spec }) => ({
    id,
    what: `from ${spec.origin.kind}`,
    isEnabled: spec.isEnabled !== false,
  })),
];

export type AnyBridge = BridgeDocument | InboundBridge;

/** All bridges of a folder. */
export const readAllBridges = (folder: string): readonly AnyBridge[] => [...readBridges(folder), ...readInbound(folder)];

/** @throws Fault `cli/usage` when the folder has no bridge of this name. */
export const findBridge = (folder: string, id: string): AnyBridge => {
  const bridges = readAllBridges(folder);
  const found = bridges.find(({ metadata }) => metadata.id === id);
  if (found !== undefined) return found;
  const known = bridges.map(({ metadata }) => metadata.id).join(', ');
  const next = known === '' ? 'name the folder of your site with --site' : `it has ${known}`;
  throw new Fault('cli/usage', `${folder} has no document of the kind Bridge named ${id}; ${next}`);
};

/** Claims that a bridge carries the log to a target. */
export const isTargetBridge = (document: AnyBridge): document is BridgeDocument => 'target' in document.spec;

/** Claims that a bridge takes requests from a table. */
export const isTableBridge = (document: AnyBridge): document is RequestBridgeDocument =>
  'requests' in document.spec && 'changed' in document.spec.requests;

/** Claims that a bridge takes requests from a table with a row for each. */
export const isTableQueueBridge = (document: AnyBridge): document is TableQueueBridgeDocument =>
  'requests' in document.spec && 'created' in document.spec.requests;

/** Claims that a bridge takes requests from the queue of a server. */
export const isQueueBridge = (document: AnyBridge): document is QueueBridgeDocument =>
  'requests' in document.spec && 'prefix' in document.spec.requests;

/** Where a secret lies: a file that only its owner can read. */
const secretPath = (data: string, name: string): string => join(data, 'secrets', `${name}.secret`);

/** @throws Fault `cli/usage` when the file is missing, empty, or open to others. */
const readSecret = (data: string, name: string): string => {
  const path = secretPath(data, name);
  let mode: number;
  try {
    ({ mode } = statSync(path));
  } catch (error) {
    throw new Fault('cli/usage', `the secret ${name} is missing: write it into ${path}`, { cause: error });
  }
  if ((mode & 0o077) !== 0) throw new Fault('cli/usage', `${path} can be read by others: run chmod 600 on it`);
  const secret = readFileSync(path, 'utf8').trim();
  if (secret === '') throw new Fault('cli/usage', `${path} is empty`);
  return secret;
};

/** How to connect to the target of a bridge. A client library is loaded when a bridge needs it. */
export const toOpenTarget = (
  { metadata, spec: { target } }: BridgeDocument,
  { data, port }: Pick<BridgeRunOptions, 'data' | 'port'>,
): OpenTarget => {
  const bridge = metadata.id;
  switch (target.kind) {
    case 'redis': {
      const { prefix = 'phloem', channelPrefix = '', keep = 1_000_000 } = target;
      const address = toAddress(target, data);
      return async () => (await import('@phloem/bridge-redis')).openRedisTarget({ ...address, prefix, channelPrefix, maxLength: keep });
    }
    case 'postgresql': {
      const { schema = 'phloem' } = target;
      const address = toAddress(target, data);
      return async () => (await import('@phloem/bridge-sql')).openPostgresTarget({ ...address, schema, bridge, ...toProgram(target) });
    }
    case 'mariadb': {
      const { prefix = 'phloem' } = target;
      const address = toAddress(target, data);
      return async () => (await import('@phloem/bridge-sql')).openMariadbTarget({ ...address, prefix, bridge, ...toProgram(target) });
    }
    case 'sqlite': {
      const { file, prefix = 'phloem' } = target;
      return async () => (await import('@phloem/bridge-sql')).openSqliteTarget({ file, prefix, bridge, ...toProgram(target) });
    }
    case 'mqtt': {
      const { prefix = 'phloem', discovery = 'homeassistant' } = target;
      const address = toAddress(target, data);
      const inventory = () => readInventory(port, dataFiles(data).adminToken);
      const clocks = { now: () => Date.now(), uptime: () => performance.now() };
      const withDiscovery = discovery === 'homeassistant';
      return async () => (await import('@phloem/bridge-mqtt')).openMqttTarget({ ...address, prefix, withDiscovery, inventory, ...clocks });
    }
    case 'rabbitmq': {
      const { prefix = 'phloem', site, keepMegabytes = 1000 } = target;
      const options = { ...toAddress(target, data), prefix, site, keepBytes: keepMegabytes * 1_000_000 };
      return async () => (await import('@phloem/bridge-rabbitmq')).openRabbitmqTarget(options);
    }
    case 'nats': {
      const { stream = 'phloem', prefix = 'phloem', keep = 1_000_000 } = target;
      const address = toAddress(target, data);
      return async () => (await import('@phloem/bridge-nats')).openNatsTarget({ ...address, stream, prefix, keep });
    }
    case 'webhook': {
      const { url, isLoopbackAllowed = false } = target;
      const secrets = readSecret(data, target.secret);
      return async () =>
        (await import('@phloem/bridge-webhook')).openWebhookTarget({ url, secrets, isLoopbackAllowed, now: () => Date.now() });
    }
    default:
      return target satisfies never;
  }
};

type SqlTarget = Extract<BridgeDocument['spec']['target'], { rows?: unknown }>;

const toProgram = ({ rows }: SqlTarget) => {
  if (rows === undefined) return {};
  const { time, whenNotGood = 'skip', ...table } = rows;
  return { program: { ...table, whenNotGood, time: { column: time.column, zone: time.zone ?? 'UTC' } } };
};

/** The database that a bridge reads, with its password. */
export const toOrigin = (origin: BridgeOrigin, data: string) =>
  origin.kind === 'sqlite' ? origin : { kind: origin.kind, ...toAddress(origin, data) };

/** The address of a server, with its password. */
export const toAddress = ({ url, secret }: { readonly url: string; readonly secret?: string }, data: string) => ({
  url,
  ...(secret === undefined ? {} : { password: readSecret(data, secret) }),
});

/** How a bridge treats its target. Webhooks go one by one, and a receiver that is away is asked less and less often. */
export const toPace = ({ spec: { target } }: BridgeDocument): Pick<BridgeOptions, 'batchSize' | 'backOff' | 'putTimeoutMs'> =>
  target.kind === 'webhook' ? { batchSize: 1, putTimeoutMs: 20_000, backOff: { baseMs: 1000, capMs: 300_000 } } : {};

/** What a bridge reads. A broker is given what it can show, and a pulse by which it sees that the hub lives. */
export const toFilter = ({ spec: { target, filter = {} } }: BridgeDocument): Filter =>
  target.kind === 'mqtt' ? { ...filter, kinds: ['sensor', 'device', 'pulse'] } : filter;
