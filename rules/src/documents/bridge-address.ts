import { Type, type Static } from 'typebox';
import { closed } from './words.ts';

/** The name of a file in the data folder that holds a password. */
export const SecretName = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,62}$', expected: 'the name of a secret, such as history_password' });
export const Url = Type.String({ minLength: 1, maxLength: 400, expected: 'an address, such as redis://127.0.0.1:6379' });
export const File = Type.String({ pattern: '^/.{1,390}$', expected: 'a file with its whole path, such as /var/lib/phloem/history.db' });

/** The kinds of servers that a bridge connects to, with how an address of each begins, and how to have it encrypted. */
const servers = {
  redis: { schemes: ['redis:', 'rediss:'], encrypt: 'use rediss://' },
  postgresql: { schemes: ['postgres:', 'postgresql:'], encrypt: 'add ?sslmode=verify-full' },
  nats: { schemes: ['nats:', 'tls:'], encrypt: 'use tls://' },
  mqtt: { schemes: ['mqtt:', 'mqtts:'], encrypt: 'use mqtts://' },
  rabbitmq: { schemes: ['amqp:', 'amqps:'], encrypt: 'use amqps://' },
  webhook: { schemes: ['http:', 'https:'], encrypt: 'use https://' },
  mariadb: { schemes: ['mariadb:', 'mysql:'], encrypt: 'add ?ssl-mode=VERIFY_IDENTITY' },
} as const satisfies Record<string, { readonly schemes: readonly string[]; readonly encrypt: string }>;

/** A server as a document names it. */
export type ServerAddress = { readonly kind: keyof typeof servers; readonly url: string };

/** The database of another program. */
export const Origin = Type.Union(
  [
    Type.Object({ kind: Type.Enum(['postgresql', 'mariadb']), url: Url, secret: Type.Optional(SecretName) }, closed),
    Type.Object({ kind: Type.Literal('sqlite'), file: File }, closed),
  ],
  { expected: 'an origin of the kind postgresql, mariadb or sqlite' },
);
export type Origin = Static<typeof Origin>;

export type Complain = (path: readonly string[], expected: string, value: string, hint: string) => void;

const isLoopback = ({ hostname }: URL): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

const isEncrypted = (url: URL): boolean =>
  ['rediss:', 'https:', 'mqtts:', 'amqps:', 'tls:'].includes(url.protocol) ||
  url.searchParams.get('sslmode') === 'verify-full' ||
  url.searchParams.get('ssl-mode') === 'VERIFY_IDENTITY';

/** What is wrong with an address: its form, a password in it, and how its traffic would travel. */
export const findAddressProblems = (server: ServerAddress, part: string, complain: Complain): void => {
  const at = ['spec', part, 'url'];
  const { schemes, encrypt } = servers[server.kind];
  const url = URL.parse(server.url);
  if (url === null || !schemes.some((scheme) => scheme === url.protocol)) {
    return complain(at, `an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`, server.url, '');
  }
  if (url.password !== '' || url.searchParams.has('password')) {
    complain(
      at,
      'an address without a password',
      'a password',
      'put the password into a file of the folder secrets, and name it by secret',
    );
  }
  const repeated = [...url.searchParams.keys()].find((name, index, all) => all.indexOf(name) !== index);
  // The client of PostgreSQL connects to this host, and takes the last of two options.
  const host = url.searchParams.get('host') ?? '/';
  if (repeated !== undefined) complain(at, 'each option once', repeated, 'remove one of the two');
  if (!host.startsWith('/'))
    complain(at, 'the host before the name of the database', `host=${host}`, 'only a folder of a socket may be an option');
  if (!isLoopback(url) && !isEncrypted(url)) complain(at, 'TLS, or an address of this machine', `${url.protocol}//${url.host}`, encrypt);
};
