import { Type, type Static } from 'typebox';
import { Filter } from '@phloem/protocol';
import { File, findAddressProblems, SecretName, Url, type Complain } from './bridge-address.ts';
import { documentSchema, findProblems } from './check.ts';
import type { Problem } from './problem.ts';
import { QueueBridgeDocument, queueKinds } from './queue-bridge.ts';
import { RequestBridgeDocument } from './request-bridge.ts';
import { SensorBridgeDocument } from './sensor-bridge.ts';
import type { SourceDocument } from './source.ts';
import { ColumnName, findZoneProblem, SourceBridgeDocument, TableName, TimeColumn } from './source-bridge.ts';
import { TableQueueBridgeDocument } from './table-queue-bridge.ts';
import { closed } from './words.ts';

const PlainName = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', expected: 'a name in lower case, such as phloem' });
const KeyPrefix = Type.String({ pattern: '^[A-Za-z0-9_:.-]{1,120}$', expected: 'a prefix of letters, digits and : . _ -' });

/** A table of another program, which gets a row for each sensor frame. */
const ProgramRows = Type.Object(
  {
    table: TableName,
    time: TimeColumn,
    location: Type.Optional(ColumnName),
    cluster: Type.Optional(ColumnName),
    measurements: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), ColumnName, { minProperties: 1, maxProperties: 100 }),
    whenNotGood: Type.Optional(Type.Enum(['skip', 'null'])),
  },
  closed,
);

const RedisTarget = Type.Object(
  {
    kind: Type.Literal('redis'),
    url: Url,
    secret: Type.Optional(SecretName),
    prefix: Type.Optional(KeyPrefix),
    channelPrefix: Type.Optional(KeyPrefix),
    keep: Type.Optional(Type.Integer({ minimum: 1000, maximum: 1_000_000_000 })),
  },
  closed,
);

const PostgresTarget = Type.Object(
  {
    kind: Type.Literal('postgresql'),
    url: Url,
    secret: Type.Optional(SecretName),
    schema: Type.Optional(PlainName),
    rows: Type.Optional(ProgramRows),
  },
  closed,
);

const MariadbTarget = Type.Object(
  {
    kind: Type.Literal('mariadb'),
    url: Url,
    secret: Type.Optional(SecretName),
    prefix: Type.Optional(PlainName),
    rows: Type.Optional(ProgramRows),
  },
  closed,
);

const SqliteTarget = Type.Object(
  { kind: Type.Literal('sqlite'), file: File, prefix: Type.Optional(PlainName), rows: Type.Optional(ProgramRows) },
  closed,
);

const MqttTarget = Type.Object(
  {
    kind: Type.Literal('mqtt'),
    url: Url,
    secret: Type.Optional(SecretName),
    prefix: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_-]{0,62}$', expected: 'a name in lower case, such as phloem' })),
    discovery: Type.Optional(Type.Enum(['homeassistant', 'none'])),
  },
  closed,
);

const RabbitmqTarget = Type.Object(
  {
    kind: Type.Literal('rabbitmq'),
    url: Url,
    secret: Type.Optional(SecretName),
    prefix: Type.Optional(PlainName),
    site: PlainName,
    keepMegabytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  closed,
);

const NatsTarget = Type.Object(
  {
    kind: Type.Literal('nats'),
    url: Url,
    secret: Type.Optional(SecretName),
    stream: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', expected: 'the name of a stream, such as phloem' })),
    prefix: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9_-]{1,60}([.][A-Za-z0-9_-]{1,60}){0,3}$', expected: 'a subject, such as phloem.my_site' }),
    ),
    keep: Type.Optional(Type.Integer({ minimum: 1000, maximum: 1_000_000_000 })),
  },
  closed,
);

const WebhookTarget = Type.Object(
  {
    kind: Type.Literal('webhook'),
    url: Url,
    secret: SecretName,
    /** Whether the name in the address may lead to this machine. */
    isLoopbackAllowed: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** Carries the log of the hub to another system. */
export const BridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      target: Type.Union(
        [RedisTarget, PostgresTarget, MariadbTarget, SqliteTarget, MqttTarget, NatsTarget, RabbitmqTarget, WebhookTarget],
        {
          expected: 'a target of the kind redis, postgresql, mariadb, sqlite, mqtt, nats, rabbitmq or webhook',
        },
      ),
      /** Which entries it carries; all of them without it. */
      filter: Type.Optional(Filter),
      /** Where a target that holds nothing begins. */
      fill: Type.Optional(Type.Enum(['head', '24h', 'first'])),
      /** `durable` sends only what a power cut of the hub cannot take back. */
      upTo: Type.Optional(Type.Enum(['durable', 'immediate'])),
      /** Whether `phloem start` runs it. */
      isEnabled: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
);
export type BridgeDocument = Static<typeof BridgeDocument>;

/** Which kind of bridge a document describes. */
const partOf = ({ value }: SourceDocument): 'target' | 'readings' | 'requests' | 'queue' | 'table-queue' | 'sensors' => {
  const spec = (value as { readonly spec?: unknown } | null)?.spec;
  if (typeof spec !== 'object' || spec === null || !('origin' in spec)) return 'target';
  if ('sensors' in spec) return 'sensors';
  if (!('requests' in spec)) return 'readings';
  const { kind } = (spec.origin ?? {}) as { readonly kind?: unknown };
  const { shape } = (spec.requests ?? {}) as { readonly shape?: unknown };
  if (shape === 'queue') return 'table-queue';
  return queueKinds.some((one) => one === kind) ? 'queue' : 'requests';
};

const schemas = {
  target: BridgeDocument,
  readings: SourceBridgeDocument,
  requests: RequestBridgeDocument,
  'table-queue': TableQueueBridgeDocument,
  queue: QueueBridgeDocument,
  sensors: SensorBridgeDocument,
} as const;

/** The document as one that carries the log of the hub; null where it is another bridge. */
export const toTargetBridge = (source: SourceDocument): BridgeDocument | null =>
  partOf(source) === 'target' ? (source.value as BridgeDocument) : null;

/** The document as one that reads readings of another program; null where it is another bridge. */
export const toSourceBridge = (source: SourceDocument): SourceBridgeDocument | null =>
  partOf(source) === 'readings' ? (source.value as SourceBridgeDocument) : null;

/** The document as one that reads the messages of sensors; null where it is another bridge. */
export const toSensorBridge = (source: SourceDocument): SensorBridgeDocument | null =>
  partOf(source) === 'sensors' ? (source.value as SensorBridgeDocument) : null;

/** The document as one that takes requests of another program; null where it is another bridge. */
export const toRequestBridge = (source: SourceDocument): RequestBridgeDocument | null =>
  partOf(source) === 'requests' ? (source.value as RequestBridgeDocument) : null;

/** The document as one that takes requests from a table with a row for each; null where it is another bridge. */
export const toTableQueueBridge = (source: SourceDocument): TableQueueBridgeDocument | null =>
  partOf(source) === 'table-queue' ? (source.value as TableQueueBridgeDocument) : null;

/** The document as one that takes requests from the queue of another program; null where it is another bridge. */
export const toQueueBridge = (source: SourceDocument): QueueBridgeDocument | null =>
  partOf(source) === 'queue' ? (source.value as QueueBridgeDocument) : null;

/** Targets that cannot say what they hold. */
const hubKeepsPosition: readonly BridgeDocument['spec']['target']['kind'][] = ['mqtt', 'rabbitmq', 'webhook'];

const idPattern = /^[a-z][a-z0-9_-]{0,40}$/;

/** Everything that is wrong with a document of the kind Bridge: its form, its address, and how its traffic would travel. */
export const findBridgeProblems = (source: SourceDocument): readonly Problem[] => {
  const problems = findProblems(schemas[partOf(source)], source);
  if (problems.length > 0) return problems;
  const { metadata } = source.value as BridgeDocument;
  const found: Problem[] = [];
  const complain: Complain = (path, expected, value, hint) => void found.push(source.problem(path, { expected, found: value, hint }));
  if (!idPattern.test(metadata.id)) complain(['metadata', 'id'], 'a name of up to 41 letters, digits, - and _', metadata.id, '');
  const outbound = toTargetBridge(source)?.spec;
  const target = outbound?.target;
  if (target !== undefined && outbound?.fill !== undefined && outbound.fill !== 'head' && hubKeepsPosition.includes(target.kind)) {
    complain(['spec', 'fill'], `head: a bridge to ${target.kind} begins where it had come, or at the newest entry`, outbound.fill, '');
  }
  if (outbound?.filter?.kinds !== undefined && target?.kind === 'mqtt') {
    complain(['spec', 'filter', 'kinds'], 'no kinds: a broker is given readings and device states', outbound.filter.kinds.join(', '), '');
  }
  if (target !== undefined && 'url' in target) findAddressProblems(target, 'target', complain);
  const readings = toSourceBridge(source)?.spec;
  const requests = toRequestBridge(source)?.spec;
  const rows = toTableQueueBridge(source)?.spec;
  const inbound = [readings, requests, rows, toQueueBridge(source)?.spec, toSensorBridge(source)?.spec];
  const origin = inbound.find((spec) => spec !== undefined)?.origin;
  if (origin !== undefined && 'url' in origin) findAddressProblems(origin, 'origin', complain);
  const zones = {
    'readings.time': readings?.readings.time,
    'requests.changed': requests?.requests.changed,
    'requests.created': rows?.requests.created,
    'requests.alive': requests?.requests.alive ?? rows?.requests.alive,
  };
  for (const [path, time] of Object.entries(zones)) {
    const zone = findZoneProblem(time);
    if (zone !== null) complain(['spec', ...path.split('.'), 'zone'], 'a time zone, such as Europe/Vienna', zone, '');
  }
  return found;
};
