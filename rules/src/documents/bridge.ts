import { Type, type Static } from 'typebox';
import { Filter } from '@phloem/protocol';
import { File, findAddressProblems, SecretName, Url, type Complain } from './bridge-address.ts';
import { documentSchema, findProblems } from './check.ts';
import type { Problem } from './problem.ts';
import type { SourceDocument } from './source.ts';
import { findZoneProblem, SourceBridgeDocument } from './source-bridge.ts';
import { closed } from './words.ts';

const PlainName = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', expected: 'a name in lower case, such as phloem' });
const KeyPrefix = Type.String({ pattern: '^[A-Za-z0-9_:.-]{1,120}$', expected: 'a prefix of letters, digits and : . _ -' });

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
  { kind: Type.Literal('postgresql'), url: Url, secret: Type.Optional(SecretName), schema: Type.Optional(PlainName) },
  closed,
);

const MariadbTarget = Type.Object(
  { kind: Type.Literal('mariadb'), url: Url, secret: Type.Optional(SecretName), prefix: Type.Optional(PlainName) },
  closed,
);

const SqliteTarget = Type.Object({ kind: Type.Literal('sqlite'), file: File, prefix: Type.Optional(PlainName) }, closed);

const WebhookTarget = Type.Object({ kind: Type.Literal('webhook'), url: Url, secret: SecretName }, closed);

/** Carries the log of the hub to another system. */
export const BridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      target: Type.Union([RedisTarget, PostgresTarget, MariadbTarget, SqliteTarget, WebhookTarget], {
        expected: 'a target of the kind redis, postgresql, mariadb, sqlite or webhook',
      }),
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

/** Claims that a bridge reads from a database of another program, and does not carry the log to one. */
const isSourceBridge = ({ value }: SourceDocument): boolean => {
  const spec = (value as { readonly spec?: unknown } | null)?.spec;
  return typeof spec === 'object' && spec !== null && 'origin' in spec;
};

/** The document as one that carries the log of the hub; null where it is another bridge. */
export const toTargetBridge = (source: SourceDocument): BridgeDocument | null =>
  isSourceBridge(source) ? null : (source.value as BridgeDocument);

/** The document as one that reads from another program; null where it is another bridge. */
export const toSourceBridge = (source: SourceDocument): SourceBridgeDocument | null =>
  isSourceBridge(source) ? (source.value as SourceBridgeDocument) : null;

const idPattern = /^[a-z][a-z0-9_-]{0,40}$/;

/** Everything that is wrong with a document of the kind Bridge: its form, its address, and how its traffic would travel. */
export const findBridgeProblems = (source: SourceDocument): readonly Problem[] => {
  const problems = findProblems(isSourceBridge(source) ? SourceBridgeDocument : BridgeDocument, source);
  if (problems.length > 0) return problems;
  const { metadata } = source.value as BridgeDocument | SourceBridgeDocument;
  const found: Problem[] = [];
  const complain: Complain = (path, expected, value, hint) => void found.push(source.problem(path, { expected, found: value, hint }));
  if (!idPattern.test(metadata.id)) complain(['metadata', 'id'], 'a name of up to 41 letters, digits, - and _', metadata.id, '');
  const outbound = toTargetBridge(source)?.spec;
  const target = outbound?.target;
  if (target?.kind === 'webhook' && outbound?.fill !== undefined && outbound.fill !== 'head') {
    complain(['spec', 'fill'], 'head: a webhook begins where it had come, or at the newest entry', outbound.fill, '');
  }
  if (target !== undefined && 'url' in target) findAddressProblems(target, 'target', complain);
  const inbound = toSourceBridge(source)?.spec;
  if (inbound !== undefined && 'url' in inbound.origin) findAddressProblems(inbound.origin, 'origin', complain);
  const zone = findZoneProblem(inbound?.readings.time);
  if (zone !== null) complain(['spec', 'readings', 'time', 'zone'], 'a time zone, such as Europe/Vienna', zone, '');
  return found;
};
