import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { openSqliteStore } from '@phloem/backend';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { exportSamples } from './export.ts';

const began = Date.UTC(2026, 2, 1);

/** The data folder of a hub that goes on: three points, a reading of each every second, one of them without a value. */
const openData = () => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-export-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  let up = 0;
  const store = openSqliteStore({
    path: join(data, 'hub.db'),
    clock: { at: () => began + up, up: () => up },
    random: Math.random,
    bootId: 'boot',
  });
  onTestFinished(() => store.close());
  for (let n = 0; n < 300; n += 1, up += 1000) {
    const readings = { temp: { v: n / 10, q: 'good' as const }, lit: { v: n % 2 === 0, q: 'good' as const } };
    store.log.append([{ kind: 'sensor', location: 'room', cluster: 'air', readings }]);
    if (n === 100) store.log.append([{ kind: 'sensor', location: 'hall', cluster: 'air', readings: { temp: { v: null, q: 'bad' } } }]);
  }
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => out.mockRestore());
  return { data, force: false, file: (name: string) => join(data, name), out };
};

const readParquet = async (path: string) =>
  parquetReadObjects({
    file: await asyncBufferFromFile(path),
    compressors: { ZSTD: (bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: size }) },
  });

describe('phloem export', () => {
  it('writes every reading as Parquet, which other programs read, beside a hub that uses the folder', async () => {
    const { data, force, file, out } = openData();
    exportSamples({ data, force, parquet: file('all.parquet') });
    expect(out.mock.lastCall?.[0]).toContain('601 readings of 3 points');
    const rows = await readParquet(file('all.parquet'));
    expect(rows).toHaveLength(601);
    expect(rows[0]).toEqual({ time: new Date(began), point: 'room/air/temp', value: 0, quality: 'good', entry: 1n });
    expect(rows.filter(({ point }) => point === 'room/air/lit').map(({ value }) => value)).toEqual(
      Array.from({ length: 300 }, (_, n) => (n % 2 === 0 ? 1 : 0)),
    );
    expect(rows.find(({ point }) => point === 'hall/air/temp')).toMatchObject({
      value: null,
      quality: 'bad',
      time: new Date(began + 100_000),
    });
  });

  it('writes the readings of some points in a period as CSV', () => {
    const { data, force, file } = openData();
    const points = '*/air/temp';
    exportSamples({ data, force, csv: file('some.csv'), points, from: '2026-03-01T00:01:40Z', to: '2026-03-01T01:01:42+01:00' });
    expect(readFileSync(file('some.csv'), 'utf8')).toBe(
      [
        'time,point,value,quality',
        '2026-03-01T00:01:40.000Z,room/air/temp,10,good',
        '2026-03-01T00:01:40.000Z,hall/air/temp,,bad',
        '2026-03-01T00:01:41.000Z,room/air/temp,10.1,good',
        '2026-03-01T00:01:42.000Z,room/air/temp,10.2,good',
        '',
      ].join('\r\n'),
    );
  });

  it('says what is wrong with a request, and leaves no file', () => {
    const { data, force, file } = openData();
    const csv = file('x.csv');
    const wrong = [
      [{}, 'name one file to write'],
      [{ csv, parquet: file('x.parquet') }, 'name one file to write'],
      [{ csv, from: '1 March' }, '--from 1 March: give a date such as'],
      [{ csv, to: '2026-02-30' }, '--to 2026-02-30: give a date such as'],
      [{ csv, from: '2026-03-02', to: '2026-03-01' }, '--from 2026-03-02 is later than --to 2026-03-01'],
      [{ csv, points: 'room/temp' }, '--points room/temp: a point is'],
      [{ csv, points: 'room/air/co2' }, 'the log has no such reading'],
      [{ csv, data: file('nowhere') }, 'name the data folder of the hub with --data'],
    ] as const;
    for (const [options, message] of wrong) expect(() => exportSamples({ data, force, ...options })).toThrow(message);
    expect([csv, `${csv}.unfinished`].filter(existsSync)).toEqual([]);
    writeFileSync(csv, 'mine');
    expect(() => exportSamples({ data, force, csv })).toThrow('exists; name another file');
    expect(readFileSync(csv, 'utf8')).toBe('mine');
    exportSamples({ data, force: true, csv });
    expect(readFileSync(csv, 'utf8')).toContain('room/air/lit');
  });
});
