import type { NodeMessage } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { VirtualTimeScheduler } from 'rxjs';
import { createReader, noteProgress, type Reader } from './reader.ts';
import { runCommits } from './run-commits.ts';

const epoch = 'epoch-000001';
const newReader = (): Reader => createReader({ sub: 'log', mode: 'every', filter: {}, cursor: { epoch, lsn: 0 } }, () => undefined);
const progress = (cursor: number) => ({ sub: 'log', epoch, cursor, term: null, commands: [], alarms: [], values: [] });

describe('commits of one connection', () => {
  it('[CO1] sends the commit of a reader that replaced another while a commit of the first was waiting', () => {
    const time = new VirtualTimeScheduler();
    const sent: NodeMessage[] = [];
    const readers = new Map<string, Reader>();
    const commits = runCommits({
      readers,
      welcome: {
        log: { epoch, first: 1, head: 9, lineage: [] },
        limits: { messageBytes: 131_072, windowEntries: 64, windowBytes: 65_536 },
      },
      now: () => time.now(),
      after: (ms, task) => void time.schedule(task, ms),
      send: (message) => sent.push(message),
      bufferedBytes: () => 0,
      leaseNow: () => ({ state: 'none' }),
    });
    const advance = (reader: Reader, cursor: number): void => {
      commits.deliver('log', { last: cursor, entries: 1, bytes: 100 });
      noteProgress(reader, progress(cursor), null, time.now());
      commits.flush(reader);
    };

    const first = newReader();
    readers.set('log', first);
    commits.start('log', 0);
    advance(first, 1);
    advance(first, 2);

    const second = newReader();
    readers.set('log', second);
    commits.end('log');
    commits.start('log', 0);
    advance(second, 1);
    advance(second, 2);
    time.flush();

    const cursors = sent.flatMap((message) => (message.event === 'commit' ? [message.payload.cursor] : []));
    expect(cursors).toEqual([1, 1, 2]);
  });
});
