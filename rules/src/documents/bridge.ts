import { Type, type Static } from 'typebox';
import { Filter } from '@phloem/protocol';
import { documentSchema, findProblems } from './check.ts';
import type { Problem } from './problem.ts';
import type { SourceDocument } from './source.ts';
import { closed } from './words.ts';

/** The name of a file in the data folder that holds a password. */
const SecretName = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,62}$', expected: 'the name of a secret, such as history_password' });
const PlainName = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', expected: 'a name in lower case, such as phloem' });
const KeyPrefix = Type.String({ pattern: '^[A-Za-z0-9_:.-]{1,120}$', expected: 'a prefix of letters, digits and : . _ -' });
const Url = Type.String({ minLength: 1, maxLength: 400, expected: 'an address, such as redis://127.0.0.1:6379' });

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

const File = Type.String({ pattern: '^/.{1,390}$', expected: 'a file with its whole path, such as /var/lib/phloem/history.db' });
const SqliteTarget = Type.Object({ kind: Type.Literal('sqlite'), file: File, prefix: Type.Optional(PlainName) }, closed);

/** Carries the log of the hub to another system. */
export const BridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      target: Type.Union([RedisTarget, PostgresTarget, MariadbTarget, SqliteTarget], {
        expected: 'a target of the kind redis, postgresql, mariadb or sqlite',
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

const idPattern = /^[a-z][a-z0-9_-]{0,40}$/;
type Address = Extract<BridgeDocument['spec']['target'], { url: string }>;

/** How the address of each kind of server begins, and how to have it encrypted. */
const servers: Readonly<Record<Address['kind'], { readonly schemes: readonly string[]; readonly encrypt: string }>> = {
  redis: { schemes: ['redis:', 'rediss:'], encrypt: 'use rediss://' },
  postgresql: { schemes: ['postgres:', 'postgresql:'], encrypt: 'add ?sslmode=verify-full' },
  mariadb: { schemes: ['mariadb:', 'mysql:'], encrypt: 'add ?ssl-mode=VERIFY_IDENTITY' },
};

const isLoopback = ({ hostname }: URL): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

const isEncrypted = (url: URL): boolean =>
  url.protocol === 'rediss:' || url.searchParams.get('sslmode') === 'verify-full' || url.searchParams.get('ssl-mode') === 'VERIFY_IDENTITY';

/** Everything that is wrong with a document of the kind Bridge: its form, its address, and how its traffic would travel. */
export const findBridgeProblems = (source: SourceDocument): readonly Problem[] => {
  const problems = findProblems(BridgeDocument, source);
  if (problems.length > 0) return problems;
  const { metadata, spec } = source.value as BridgeDocument;
  const found: Problem[] = [];
  const complain: Complain = (path, expected, value, hint) => void found.push(source.problem(path, { expected, found: value, hint }));
  if (!idPattern.test(metadata.id)) complain(['metadata', 'id'], 'a name of up to 41 letters, digits, - and _', metadata.id, '');
  if ('url' in spec.target) findAddressProblems(spec.target, complain);
  return found;
};

type Complain = (path: readonly string[], expected: string, value: string, hint: string) => void;

const findAddressProblems = (target: Address, complain: Complain): void => {
  const at = ['spec', 'target', 'url'];
  const { schemes, encrypt } = servers[target.kind];
  const url = URL.parse(target.url);
  if (url === null || !schemes.includes(url.protocol)) {
    return complain(at, `an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`, target.url, '');
  }
  if (url.password !== '') {
    complain(
      at,
      'an address without a password',
      'a password',
      'put the password into a file of the folder secrets, and name it by secret',
    );
  }
  if (!isLoopback(url) && !isEncrypted(url)) complain(at, 'TLS, or an address of this machine', `${url.protocol}//${url.host}`, encrypt);
};
