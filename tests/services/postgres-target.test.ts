import { describeTargetContract, toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { openPostgresTarget } from '@phloem/bridge-sql';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';

/** A schema of its own in PostgreSQL, a way to it on which everything can go wrong, and a client of a stranger. */
const openRig = async () => {
  const url = addressOf('postgres');
  const schema = uniqueName();
  const stranger = new Client({ connectionString: url });
  await stranger.connect();
  let deliver = (answer: () => void): void => answer();
  const proxy = await openTcpProxy(portOf(url), { after: (_ms, answer) => deliver(answer) });
  const connect = (bridge = 'history') => openPostgresTarget({ url: viaPort(url, proxy.port), schema, bridge });
  const ask = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await stranger.query<Row>(text.replaceAll('{s}', schema), values)).rows;
  const places = async (): Promise<readonly string[]> =>
    (await ask<{ place: string }>("SELECT ordinal || '-' || lsn AS place FROM {s}.record ORDER BY ordinal, lsn")).map(({ place }) => place);
  return {
    schema,
    ask,
    connect,
    places,
    restore: async (count: number) => {
      const kept = (await places()).slice(0, count);
      for (const table of ['record', 'reading', 'device_state']) {
        await ask(`DELETE FROM {s}.${table} WHERE NOT (ordinal || '-' || lsn = ANY($1))`, [kept]);
      }
      const [ordinal = null, lsn = null] = kept.at(-1)?.split('-') ?? [];
      await ask('UPDATE {s}.phloem_cursor SET ordinal = $1, lsn = $2', [ordinal, lsn]);
    },
    loseNextAnswer: async () => {
      const { length } = await places();
      // A batch takes several answers. Each is held until it is known whether it was that of the commit.
      proxy.shape('down', { delayMs: 1 });
      deliver = (answer) =>
        void places().then((now) => {
          if (now.length === length) return answer();
          proxy.reset();
          proxy.heal();
        });
    },
    blackHole: async () => proxy.shape('both', { flow: 'swallow' }),
    [Symbol.asyncDispose]: async () => {
      await ask('DROP SCHEMA IF EXISTS {s} CASCADE');
      await stranger.end();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

describeTargetContract('PostgreSQL', openRig, { deletesVoid: true });

describe('the target PostgreSQL', () => {
  it('has a row for each value, with time, unit of the point and quality', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await target.put(toBatch(null, toEntryRecords(1, 0, 2)));
    const rows = await rig.ask(
      'SELECT at, location, cluster, measurement, value, quality, why FROM {s}.reading WHERE lsn = 2 ORDER BY measurement',
    );
    const common = { at: new Date(1_800_000_002_000), location: 'flower_room', cluster: 'front' };
    expect(rows).toEqual([
      { ...common, measurement: 'humidity', value: null, quality: 'bad', why: 'no answer' },
      { ...common, measurement: 'temperature', value: 21.02, quality: 'good', why: null },
    ]);
    await target.close();
  });

  it('keeps two bridges apart in the same tables', async () => {
    await using rig = await openRig();
    const [one, two] = [await rig.connect('one'), await rig.connect('two')];
    await one.put(toBatch(null, toEntryRecords(1, 0, 5)));
    await two.put(toBatch(null, toEntryRecords(1, 3, 4)));
    expect(await one.position()).toMatchObject({ lsn: 5 });
    expect(await two.position()).toMatchObject({ lsn: 4 });
    await one.close();
    await two.close();
  });

  it('has neither rows nor cursor of a batch that the server refuses', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await rig.ask("ALTER TABLE {s}.reading ADD CHECK (measurement <> 'humidity')");
    await expect(target.put(toBatch(null, toEntryRecords(1, 0, 2)))).rejects.toMatchObject({ code: 'bridge/refused' });
    await target.close();
    const again = await rig.connect();
    expect(await again.position()).toBeNull();
    expect(await rig.places()).toEqual([]);
    await again.close();
  });

  it('is unreachable where nobody listens, and refuses a schema whose name needs quotes', async () => {
    const options = { schema: 'phloem', bridge: 'history' };
    await expect(openPostgresTarget({ ...options, url: 'postgres://postgres@127.0.0.1:1/test' })).rejects.toMatchObject({
      code: 'bridge/unreachable',
    });
    await expect(openPostgresTarget({ ...options, schema: 'a b', url: addressOf('postgres') })).rejects.toMatchObject({
      code: 'bridge/refused',
    });
  });
});
