import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Target } from '@phloem/bridge';
import { describeTargetContract, toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { Fault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openSqliteTarget } from '../open-target.ts';

/** A file of its own, and another program that has it open. */
const openRig = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-sqlite-'));
  const file = join(folder, 'greenhouse.db');
  const first = await openSqliteTarget({ file, prefix: 'phloem', bridge: 'history' });
  await first.close();
  const stranger = new DatabaseSync(file, { timeout: 1000 });
  const ask = (text: string): readonly Record<string, unknown>[] => stranger.prepare(text).all();
  const places = async (): Promise<readonly string[]> =>
    ask("SELECT ordinal || '-' || lsn AS place FROM phloem_record ORDER BY ordinal, lsn").map(({ place }) => String(place));
  let isAnswerLost = false;
  const connect = async (bridge = 'history'): Promise<Target> => {
    const target = await openSqliteTarget({ file, prefix: 'phloem', bridge });
    return {
      ...target,
      put: async (batch) => {
        await target.put(batch);
        // A file has no connection that could break; a bridge that is killed after the commit does not hear of it either.
        if (!isAnswerLost) return;
        isAnswerLost = false;
        throw new Fault('bridge/unreachable', 'lost by plan');
      },
    };
  };
  return {
    file,
    stranger,
    ask,
    connect,
    places,
    restore: async (count: number) => {
      const kept = (await places()).slice(0, count);
      for (const table of ['record', 'reading', 'device_state']) {
        ask(`DELETE FROM phloem_${table} WHERE NOT ordinal || '-' || lsn IN (SELECT value FROM json_each('${JSON.stringify(kept)}'))`);
      }
      const [ordinal = 'NULL', lsn = 'NULL'] = kept.at(-1)?.split('-') ?? [];
      ask(`UPDATE phloem_cursor SET ordinal = ${ordinal}, lsn = ${lsn}`);
    },
    loseNextAnswer: async () => {
      isAnswerLost = true;
    },
    /** Another program holds the file for as long as it likes. */
    blackHole: async () => stranger.exec('BEGIN EXCLUSIVE'),
    [Symbol.asyncDispose]: async () => {
      stranger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

describeTargetContract('SQLite', openRig, { deletesVoid: true });

describe('the target SQLite', () => {
  it('has a row for each value, with its time to the millisecond', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    const [record] = toEntryRecords(1, 1, 2);
    if (record?.kind !== 'entry') throw new Error('no entry');
    await target.put(toBatch(null, [{ ...record, entry: { ...record.entry, at: 1_800_000_002_003 } }]));
    const common = { at: '2027-01-15T08:00:02.003Z', location: 'flower_room', cluster: 'front' };
    expect(rig.ask('SELECT at, location, cluster, measurement, value, quality, why FROM phloem_reading ORDER BY measurement')).toEqual([
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
      by: { kind: 'user', id: '"é\\\n' },
    } as const;
    await target.put(toBatch(null, [{ kind: 'entry', ordinal: 1, epoch: 'e', lsn: 1, prev: 0, entry }]));
    expect(rig.ask('SELECT device, value, author FROM phloem_device_state')).toEqual([
      { device: "o'fan", value: '0.1', author: 'user:"é\\\n' },
    ]);
    expect(JSON.parse(String(rig.ask('SELECT entry FROM phloem_record')[0]?.['entry']))).toEqual(entry);
    await target.close();
  });

  it('waits for a program that writes, and leaves the mode of its file alone', async () => {
    await using rig = await openRig();
    rig.stranger.exec('PRAGMA journal_mode = DELETE');
    const target = await rig.connect();
    rig.stranger.exec('BEGIN IMMEDIATE');
    await expect(target.put(toBatch(null, toEntryRecords(1, 0, 1)))).rejects.toMatchObject({ code: 'bridge/unreachable' });
    rig.stranger.exec('ROLLBACK');
    await target.put(toBatch(null, toEntryRecords(1, 0, 1)));
    expect(rig.ask('PRAGMA journal_mode')).toEqual([{ journal_mode: 'delete' }]);
    await target.close();
  });

  it('has neither rows nor cursor of a batch that the database refuses', async () => {
    await using rig = await openRig();
    rig.stranger.exec(
      "CREATE TRIGGER full BEFORE INSERT ON phloem_reading WHEN NEW.measurement = 'humidity' BEGIN SELECT RAISE(ABORT, 'no more'); END",
    );
    const target = await rig.connect();
    await expect(target.put(toBatch(null, toEntryRecords(1, 0, 2)))).rejects.toMatchObject({ code: 'bridge/refused' });
    await target.close();
    const again = await rig.connect();
    expect(await again.position()).toBeNull();
    expect(await rig.places()).toEqual([]);
    await again.close();
  });

  it.each(['a b', ''])('refuses the prefix %j, whose tables would need quotes', async (prefix) => {
    await expect(openSqliteTarget({ file: ':memory:', prefix, bridge: 'history' })).rejects.toMatchObject({ code: 'bridge/refused' });
  });

  it('is refused by a file that is no database', async () => {
    await using rig = await openRig();
    await expect(openSqliteTarget({ file: import.meta.filename, prefix: 'phloem', bridge: 'history' })).rejects.toMatchObject({
      code: 'bridge/refused',
    });
    expect(await rig.places()).toEqual([]);
  });
});
