import { join } from 'node:path';
import { textReason, type EntryDraft } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../testing/store-bench.ts';
import type { CommandRecord, HubStore } from '../hub-store.ts';
import { createMemoryDisk } from '../memory-disk.ts';
import { createMemoryStore } from '../memory-store.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

const scope = fc.constantFrom('flower_room', 'propagation');
const draft: fc.Arbitrary<EntryDraft> = fc.oneof(
  fc.constant({ kind: 'pulse' } as const),
  fc.record({
    kind: fc.constant('note' as const),
    by: fc.constant({ kind: 'hub' } as const),
    about: fc.string(),
    text: fc.string({ unit: 'grapheme', maxLength: 300 }),
  }),
);
const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), drafts: fc.array(draft, { maxLength: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cursor' as const), scope, lsn: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('raise' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('command' as const), id: fc.nat(6), lsn: fc.nat(50), isEnded: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('document' as const), hash: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('checkpoint' as const), scope, lsn: fc.nat(50), day: fc.nat(4) }) },
);
const step = fc.oneof(
  { weight: 6, arbitrary: change },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('transact' as const), changes: fc.array(change, { maxLength: 4 }), isUndone: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(5000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      after: fc.nat(60),
      entries: fc.integer({ min: 1, max: 20 }),
      bytes: fc.nat(2000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('retain' as const),
      maxAgeMs: fc.nat(20_000),
      maxBytes: fc.nat(8000),
      floor: fc.option(fc.nat(60)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), bootId: fc.constantFrom('one', 'two') }) },
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function perform(store: HubStore, one: Change): unknown {
  const { epoch } = store.log;
  switch (one.do) {
    case 'append':
      return store.log.append(one.drafts);
    case 'cursor':
      store.cursors.set(one.scope, { epoch, lsn: one.lsn });
      return null;
    case 'raise':
      return store.terms.raise();
    case 'command': {
      const record: CommandRecord = {
        id: `command-${one.id}`,
        device: 'flower_room/heater',
        value: 20.5,
        op: 'set',
        by: { kind: 'hub' },
        why: textReason('cold'),
        cause: { epoch, lsn: 1 },
        term: null,
        scope: null,
        // A command keeps the number under which it was accepted.
        accepted: { epoch, lsn: one.id * 7 },
        stage: one.isEnded ? 'ended' : 'requested',
        end: one.isEnded ? 'confirmed' : null,
      };
      store.commands.put(record);
      return null;
    }
    case 'document':
      store.documents.put(`${one.hash}`.repeat(64), `{"n":${one.hash}}`);
      return null;
    case 'checkpoint':
      store.checkpoints.put({
        scope: one.scope,
        epoch,
        cursor: one.lsn,
        at: one.day * 86_400_000,
        bundle: 'b'.repeat(64),
        site: 'a'.repeat(64),
        engine: '1',
        hash: 'h',
        state: `{"day":${one.day}}`,
      });
      return null;
  }
}

const look = (store: HubStore) => ({
  first: store.log.first,
  head: store.log.head,
  lineage: store.log.lineage.map(({ end }) => end),
  terms: store.terms.last,
  cursors: ['flower_room', 'propagation'].map((one) => store.cursors.get(one)?.lsn),
  open: store.commands.open().map(({ id }) => id),
  commands: [0, 1, 2, 3, 4, 5, 6].map((id) => store.commands.get(`command-${id}`)?.end),
  documents: [0, 1, 2, 3].map((hash) => store.documents.get(`${hash}`.repeat(64))),
  checkpoints: ['flower_room', 'propagation'].map((one) => store.checkpoints.list(one).map(({ cursor, state }) => [cursor, state])),
  newest: store.checkpoints.newest('flower_room')?.cursor,
});

describe('memory and SQLite', () => {
  it('give the same answers to any sequence of calls', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (plan) => {
        const { clock, hands } = createStillClock();
        const disk = createMemoryDisk();
        const path = join(newFolder(), 'hub.db');
        const openBoth = (bootId: string): readonly [HubStore, HubStore] => [
          createMemoryStore({ clock, random: () => 0.3, disk, bootId, ringBytes: 3000 }),
          openSqliteStore({ path, clock, random: () => 0.3, bootId, ringBytes: 3000 }),
        ];
        let stores = openBoth('one');
        const answer = (store: HubStore, one: Step): unknown => {
          switch (one.do) {
            case 'wait':
              return null;
            case 'read':
              return store.log.read(Math.min(one.after, store.log.head), one);
            case 'retain':
              return store.retain(one);
            case 'reopen':
              return store.close();
            case 'transact':
              try {
                return store.transact(() => {
                  const answers = one.changes.map((each) => perform(store, each));
                  if (one.isUndone) throw new Error('undone');
                  return answers;
                });
              } catch (error) {
                return String(error);
              }
            default:
              return perform(store, one);
          }
        };
        for (const one of plan) {
          const [memory, sqlite] = stores.map((store) => answer(store, one));
          expect(sqlite).toEqual(memory);
          if (one.do === 'wait') hands.up += one.ms;
          if (one.do === 'reopen') stores = openBoth(one.bootId);
          expect(look(stores[1])).toEqual(look(stores[0]));
          const everything = { entries: 1000, bytes: 1e9 };
          expect(stores[1].log.read(0, everything)).toEqual(stores[0].log.read(0, everything));
        }
        for (const store of stores) store.close();
      }),
      { seed: 11, numRuns: 60 },
    );
  }, 30_000);
});
