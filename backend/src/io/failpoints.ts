import type { FieldPort } from '../field/field-port.ts';
import type { HubTransport } from '../sessions/hub-transport.ts';
import type { StoreDisk } from '../store/store-disk.ts';
import { map } from 'rxjs';

/** Ends or freezes this process when it passes a place for the `pass`-th time from now; null takes that back, and is answered. */
type Order = { readonly failpoint: { readonly at: string; readonly pass: number; readonly how: 'SIGKILL' | 'SIGSTOP' } | null };

const isOrder = (message: unknown): message is Order => typeof message === 'object' && message !== null && 'failpoint' in message;

/**
 * Lets the process that starts this one with a channel and `PHLOEM_FAILPOINTS=1` kill or freeze it at a named place: before
 * and after a transaction that appends, accepts, notes an INTENT, an outcome, a commit or a checkpoint, and before and
 * after a sync, a write to the field and a batch that is sent. Without the variable the parts are returned as they are.
 */
const createFailpoints = () => {
  let order: Order['failpoint'] | null = null;
  let passed = 0;
  process.on('message', (message) => {
    if (!isOrder(message)) return;
    order = message.failpoint;
    passed = 0;
    if (order === null) process.send?.({ failpoint: null });
  });
  const pass = (name: string): void => {
    if (order?.at !== name) return;
    passed += 1;
    if (passed < order.pass) return;
    const { how } = order;
    order = null;
    // The kernel acts before the call returns: nothing after this place is done.
    process.kill(process.pid, how);
  };

  return {
    disk: (disk: StoreDisk): StoreDisk => {
      let places = new Set<string>();
      return {
        ...disk,
        transact: (work) => {
          places = new Set();
          const result = disk.transact(() => {
            const done = work();
            for (const place of places) pass(`${place}.before`);
            return done;
          });
          for (const place of places) pass(`${place}.after`);
          return result;
        },
        entries: {
          ...disk.entries,
          append: (row) => {
            places.add('append');
            disk.entries.append(row);
          },
        },
        cursors: {
          ...disk.cursors,
          set: (scope, cursor) => {
            places.add('commit');
            disk.cursors.set(scope, cursor);
          },
        },
        commands: {
          ...disk.commands,
          put: (record) => {
            places.add(({ requested: 'accept', held: 'held', intent: 'intent', ended: 'outcome' } as const)[record.stage]);
            disk.commands.put(record);
          },
        },
        checkpoints: {
          ...disk.checkpoints,
          put: (checkpoint) => {
            places.add('checkpoint');
            disk.checkpoints.put(checkpoint);
          },
        },
        sync: async () => {
          pass('sync.before');
          await disk.sync();
          pass('sync.after');
        },
      };
    },
    field: (field: FieldPort): FieldPort => ({
      ...field,
      write: async (...args) => {
        pass('write.before');
        const outcome = await field.write(...args);
        pass('write.after');
        return outcome;
      },
    }),
    transport: (transport: HubTransport): HubTransport => ({
      ...transport,
      connections$: transport.connections$.pipe(
        map((connection) => ({
          ...connection,
          send: (message) => {
            if (message.event === 'entries') pass('send.before');
            connection.send(message);
            if (message.event === 'entries') pass('send.after');
          },
        })),
      ),
    }),
  };
};

const asTheyAre = {
  disk: (disk: StoreDisk): StoreDisk => disk,
  field: (field: FieldPort): FieldPort => field,
  transport: (transport: HubTransport): HubTransport => transport,
};

/** Where tests may end or freeze the hub; off unless `PHLOEM_FAILPOINTS` says otherwise. */
export const failpoints = process.env['PHLOEM_FAILPOINTS'] === '1' && process.send !== undefined ? createFailpoints() : asTheyAre;
