import { describeTargetContract, toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { openMariadbTarget } from '@phloem/bridge-sql';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';

const tables = ['record', 'reading', 'device_state', 'cursor'];

/** Tables of its own in MariaDB, a way to it on which everything can go wrong, and a client of a stranger. */
const openRig = async () => {
  const url = addressOf('mariadb');
  const prefix = uniqueName();
  const stranger = await createConnection({ uri: url.replace('mariadb:', 'mysql:'), dateStrings: true, timezone: 'Z' });
  let deliver = (answer: () => void): void => answer();
  const proxy = await openTcpProxy(portOf(url), { after: (_ms, answer) => deliver(answer) });
  const connect = (bridge = 'history') => openMariadbTarget({ url: viaPort(url, proxy.port), prefix, bridge });
  const ask = async (text: string, values: string[] = []): Promise<readonly Record<string, unknown>[]> => {
    const [rows] = await stranger.query(text.replaceAll('{p}', prefix), values);
    return rows as unknown as readonly Record<string, unknown>[];
  };
  // The tables are there from the start, as they are for every stranger after the first connection.
  await (await connect()).close();
  const places = async (): Promise<readonly string[]> =>
    (await ask("SELECT concat(ordinal, '-', lsn) AS place FROM {p}_record ORDER BY ordinal, lsn")).map(({ place }) => String(place));
  return {
    prefix,
    ask,
    connect,
    places,
    restore: async (count: number) => {
      const kept = (await places()).slice(0, count);
      for (const table of tables.slice(0, 3)) {
        await ask(`DELETE FROM {p}_${table} WHERE NOT json_contains(?, json_quote(concat(ordinal, '-', lsn)))`, [JSON.stringify(kept)]);
      }
      const [ordinal = 'NULL', lsn = 'NULL'] = kept.at(-1)?.split('-') ?? [];
      await ask(`UPDATE {p}_cursor SET ordinal = ${ordinal}, lsn = ${lsn}`);
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
      await ask(`DROP TABLE IF EXISTS ${tables.map((table) => `{p}_${table}`).join(', ')}`);
      await stranger.end();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

describeTargetContract('MariaDB', openRig, { deletesVoid: true });

describe('the target MariaDB', () => {
  it('has a row for each value, with its time in UTC to the millisecond', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    const [record] = toEntryRecords(1, 1, 2);
    if (record?.kind !== 'entry') throw new Error('no entry');
    await target.put(toBatch(null, [{ ...record, entry: { ...record.entry, at: 1_800_000_002_003 } }]));
    const common = { at: '2027-01-15 08:00:02.003', location: 'flower_room', cluster: 'front' };
    expect(await rig.ask('SELECT at, location, cluster, measurement, value, quality, why FROM {p}_reading ORDER BY measurement')).toEqual([
      { ...common, measurement: 'humidity', value: null, quality: 'bad', why: 'no answer' },
      { ...common, measurement: 'temperature', value: 21.02, quality: 'good', why: null },
    ]);
    await target.close();
  });

  it('keeps what text and numbers an entry has', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    const entry = {
      lsn: 1,
      at: 5,
      up: 0,
      kind: 'device',
      device: "o'fan",
      phase: 'confirmed',
      value: 0.1,
      by: { kind: 'user', id: '"é🌱\\\n' },
    } as const;
    await target.put(toBatch(null, [{ kind: 'entry', ordinal: 1, epoch: 'e', lsn: 1, prev: 0, entry }]));
    expect(await rig.ask('SELECT device, value, author FROM {p}_device_state')).toEqual([
      { device: "o'fan", value: 0.1, author: 'user:"é🌱\\\n' },
    ]);
    expect(await rig.ask('SELECT entry FROM {p}_record')).toEqual([{ entry }]);
    await target.close();
  });

  it('has neither rows nor cursor of a batch that the server refuses', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await rig.ask("ALTER TABLE {p}_reading ADD CHECK (measurement <> 'humidity')");
    await expect(target.put(toBatch(null, toEntryRecords(1, 0, 2)))).rejects.toMatchObject({ code: 'bridge/refused' });
    await target.close();
    const again = await rig.connect();
    expect(await again.position()).toBeNull();
    expect(await rig.places()).toEqual([]);
    await again.close();
  });

  it('is unreachable where nobody listens, and refused with a wrong account or database', async () => {
    const options = { prefix: 'phloem', bridge: 'history' };
    const at = (url: string): Promise<unknown> => openMariadbTarget({ ...options, url });
    await expect(at('mariadb://root@127.0.0.1:1/test')).rejects.toMatchObject({ code: 'bridge/unreachable' });
    const other = new URL(addressOf('mariadb'));
    other.pathname = `/${uniqueName()}`;
    await expect(at(other.href)).rejects.toMatchObject({ code: 'bridge/refused' });
    await expect(openMariadbTarget({ ...options, url: addressOf('mariadb'), password: 'wrong' })).rejects.toMatchObject({
      code: 'bridge/refused',
    });
  });
});
