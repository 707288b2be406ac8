import type { FieldPort, HubTransport, StoreDisk } from '@phloem/backend';
import type { HubMessage } from '@phloem/protocol';
import type { HubDecorators } from '@phloem/backend/process';
import { map, type Observable } from 'rxjs';
import { createPass } from './create-pass.ts';

type Pass = (name: string) => void;
type Connection = HubTransport['connections$'] extends Observable<infer C> ? C : never;

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
  connections$: transport.connections$.pipe(map((connection) => decorateConnection(pass, connection))),
});

/** A proxy, since a connection may be an object with methods of its own. */
const decorateConnection = (pass: Pass, connection: Connection): Connection =>
  new Proxy(connection, {
    get: (target, name) => {
      if (name === 'send')
        return (message: HubMessage): void => {
          if (message.event === 'entries') pass('send.before');
          target.send(message);
          if (message.event === 'entries') pass('send.after');
        };
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
