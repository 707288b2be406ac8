import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, hashDocument, type Checkpoint } from '@phloem/protocol';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AskHub } from './ask-hub.ts';
import { createCheckpointFiles, type CheckpointTrouble } from './checkpoint-files.ts';
import { createFetchDocument } from './fetch-document.ts';

const checkpointAt = (cursor: number): Checkpoint => ({
  epoch: 'epochAepochA',
  cursor,
  bundle: 'b'.repeat(64),
  site: 'a'.repeat(64),
  engine: 'toy/1',
  hash: 'c'.repeat(64),
  state: '{}',
});
const noHub: AskHub = async (path) => {
  throw new Fault('document/unknown', path);
};

const setUp = async (ask: AskHub = noHub) => {
  const folder = await mkdtemp(join(tmpdir(), 'phloem-checkpoints-'));
  const troubles: CheckpointTrouble[] = [];
  const store = createCheckpointFiles({ folder: join(folder, 'automation'), ask, trouble: (trouble) => troubles.push(trouble) });
  const cursors = async (scope: string | null) =>
    (await firstValueFrom(store.list(scope))).map(({ cursor }) => cursor).toSorted((a, b) => a - b);
  return { folder: join(folder, 'automation'), store, troubles, cursors, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
};

describe('checkpoints on one’s own disk', () => {
  it('are found again, the newest three of a scope', async () => {
    await using rig = await setUp();
    for (const cursor of [9, 10, 11, 100]) await rig.store.keep('room', checkpointAt(cursor));
    await rig.store.keep('store', checkpointAt(5));
    expect(await rig.cursors('room')).toEqual([10, 11, 100]);
    expect(await rig.cursors(null)).toEqual([5, 10, 11, 100]);
  });

  it('[EV6] those past a lost end of the log go, and do not push out what is written after it', async () => {
    await using rig = await setUp();
    for (const cursor of [10, 20, 30, 40]) await rig.store.keep('room', checkpointAt(cursor));
    await rig.store.keep('store', checkpointAt(50));
    // The power was cut at 25: from here on the numbers are given again.
    await rig.store.keep('room', checkpointAt(24));
    expect(await rig.cursors('room')).toEqual([20, 24]);
    for (const cursor of [26, 28]) await rig.store.keep('room', checkpointAt(cursor));
    expect(await rig.cursors('room')).toEqual([24, 26, 28]);
    expect(await rig.cursors('store')).toEqual([50]);
  });

  it('one that is damaged is left aside and reported, the others count', async () => {
    await using rig = await setUp();
    await rig.store.keep('room', checkpointAt(1));
    await rig.store.keep('room', checkpointAt(2));
    const name = (await readdir(rig.folder)).find((file) => file.includes('-2.')) ?? '';
    const text = await readFile(join(rig.folder, name), 'utf8');
    await writeFile(join(rig.folder, name), text.slice(0, 40));
    expect(await rig.cursors('room')).toEqual([1]);
    expect(rig.troubles).toMatchObject([{ doing: 'read', what: name }]);
  });

  it('leave no half-written file behind', async () => {
    await using rig = await setUp();
    await rig.store.keep('room', checkpointAt(1));
    expect(await readdir(rig.folder)).toEqual(['room-1.checkpoint.json']);
  });

  it('[CH1] the hub’s newest is among those found; a hub that has none is no trouble', async () => {
    const asked: string[] = [];
    await using rig = await setUp(async (path) => {
      asked.push(path);
      return JSON.stringify(checkpointAt(77));
    });
    expect(await rig.cursors('room')).toEqual([77]);
    expect(asked).toEqual(['/api/v1/checkpoints/room']);
    await using alone = await setUp();
    expect(await alone.cursors('room')).toEqual([]);
    expect(alone.troubles).toEqual([]);
  });

  it('[CH1] are handed to the hub with the term', async () => {
    const sent: unknown[] = [];
    await using rig = await setUp(async (path, init) => {
      sent.push([init?.method, path, JSON.parse(init?.body ?? 'null')]);
      return '';
    });
    await rig.store.handOver('room', 7, checkpointAt(3));
    expect(sent).toEqual([['PUT', '/api/v1/checkpoints/room', { term: 7, checkpoint: checkpointAt(3) }]]);
  });

  it('a folder that cannot be written stops nothing, and is reported', async () => {
    await using rig = await setUp();
    await writeFile(rig.folder, 'a file where the folder should be');
    await rig.store.keep('room', checkpointAt(1));
    expect(rig.troubles).toMatchObject([{ doing: 'write' }]);
  });
});

describe('documents of the hub', () => {
  it('are let in when they have the hash that they were asked by', async () => {
    const text = '{"kind":"Bundle"}';
    const ask: AskHub = async (path) => (path === `/api/v1/documents/${hashDocument(text)}` ? text : noHub(path));
    expect(await firstValueFrom(createFetchDocument(ask)(hashDocument(text)))).toEqual({ kind: 'Bundle' });
  });

  it('are not when they have another', async () => {
    const fetched = firstValueFrom(createFetchDocument(async () => '{}')('d'.repeat(64)));
    await expect(fetched).rejects.toMatchObject({ code: 'document/invalid' });
  });
});
