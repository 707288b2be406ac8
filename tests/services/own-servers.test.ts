import { openNatsTarget } from '@phloem/bridge-nats';
import { openMariadbTarget, openPostgresTarget } from '@phloem/bridge-sql';
import { toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { openOwnMariadb, openOwnNats, openOwnPostgres } from './support/own-server.ts';

const kinds = [
  { name: 'PostgreSQL', open: openOwnPostgres, connect: (url: string) => openPostgresTarget({ url, schema: 'phloem', bridge: 'own' }) },
  { name: 'MariaDB', open: openOwnMariadb, connect: (url: string) => openMariadbTarget({ url, prefix: 'phloem', bridge: 'own' }) },
  {
    name: 'NATS',
    open: () => openOwnNats(),
    connect: (url: string) => openNatsTarget({ url, stream: 'phloem', prefix: 'phloem', keep: 1000 }),
  },
];

/** Where the tests find no server, they start one. That way is tested here, also when there is a server. */
describe('a server that the tests start by themselves', () => {
  it.each(kinds)('is $name, and keeps what it has answered over a kill', async ({ open, connect }) => {
    await using server = await open();
    // It listens before it lets anybody in.
    const target = await until(
      'a connection',
      () => connect(server.url).catch(() => null),
      (one) => one !== null,
    );
    await target?.put(toBatch(null, toEntryRecords(1, 0, 10)));
    await server.kill();
    await target?.close();
    await server.start();
    const again = await until(
      'a connection',
      () => connect(server.url).catch(() => null),
      (one) => one !== null,
    );
    expect(await again?.position()).toMatchObject({ lsn: 10 });
    await again?.close();
  });
});
