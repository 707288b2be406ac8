import type { FieldPort, HubTransport, StoreDisk } from '@phloem/backend';
import type { HubDecorators } from '@phloem/backend/process';
import { map } from 'rxjs';
import { createPass } from './create-pass.ts';

type Pass = (name: string) => void;

/**
 * The places at which a hub can be killed or frozen: before and after a transaction that appends, accepts, notes an INTENT, an
 * outcome, a commit or a checkpoint, and before and after a sync, a write to the field and a batch that is sent.
 */
export const createHubFailpoints = (pass: Pass = createPass()): HubDecorators => ({
  disk: (disk) => decorateDisk(pass, disk),
  field: (field) => decorateField(pass, field),
  transport: (transport) => decorateTransport(pass, transport),
});

const decorateDisk = (pass: Pass, disk: StoreDisk): StoreDisk => {
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
};

const decorateField = (pass: Pass, field: FieldPort): FieldPort => ({
  ...field,
  write: async (...args) => {
    pass('write.before');
    const outcome = await field.write(...args);
    pass('write.after');
    return outcome;
  },
});

const decorateTransport = (pass: Pass, transport: HubTransport): HubTransport => ({
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
});
