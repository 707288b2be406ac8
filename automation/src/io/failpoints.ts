import { appendFileSync } from 'node:fs';
import type { Transport, TransportEvent } from '@phloem/reconnect';
import { map } from 'rxjs';
import type { Compile } from '../plan.ts';
import type { CheckpointStore, ServiceNotice } from '../run-service.ts';

/** Ends or freezes this process when it passes a place for the `pass`-th time from now; null takes that back, and is answered. */
type Order = { readonly failpoint: { readonly at: string; readonly pass: number; readonly how: 'SIGKILL' | 'SIGSTOP' } | null };

const isOrder = (message: unknown): message is Order => typeof message === 'object' && message !== null && 'failpoint' in message;

/**
 * Lets the process that starts this one with a channel and `PHLOEM_FAILPOINTS=1` kill or freeze it at a named place: before
 * and after a step of the engine, a commit with commands that is sent, and a checkpoint that is kept.
 */
const createPass = (): ((name: string) => void) => {
  let order: Order['failpoint'] | null = null;
  let passed = 0;
  process.on('message', (message) => {
    if (!isOrder(message)) return;
    order = message.failpoint;
    passed = 0;
    if (order === null) process.send?.({ failpoint: null });
  });
  return (name) => {
    if (order?.at !== name) return;
    passed += 1;
    if (passed < order.pass) return;
    const { how } = order;
    order = null;
    // The kernel acts before the call returns: nothing after this place is done.
    process.kill(process.pid, how);
  };
};

const pass = process.env['PHLOEM_FAILPOINTS'] === '1' && process.send !== undefined ? createPass() : null;
const recordPath = process.env['PHLOEM_RECORD'];

/** A line for each entry that the engine stepped, and for each start: where a checker looks for what is lost or doubled. */
const record = (fact: object): void => {
  if (recordPath !== undefined) appendFileSync(recordPath, `${JSON.stringify(fact)}\n`);
};

/** Where tests may end, freeze or watch the service; off unless `PHLOEM_FAILPOINTS` or `PHLOEM_RECORD` say otherwise. */
export const failpoints = {
  compile: (run: string, compile: Compile): Compile => {
    if (pass === null && recordPath === undefined) return compile;
    return (bundle, site) => {
      const plan = compile(bundle, site);
      return {
        ...plan,
        step: (state, entry, at) => {
          pass?.('step.before');
          const step = plan.step(state, entry, at);
          record({ run, epoch: at.epoch, lsn: entry.lsn });
          pass?.('step.after');
          return step;
        },
      };
    };
  },
  notice: (run: string, event: ServiceNotice): void => {
    if (event.kind === 'started') record({ run, started: event.state.position, at: Date.now() });
  },
  checkpoints: (store: CheckpointStore): CheckpointStore =>
    pass === null
      ? store
      : {
          ...store,
          keep: async (scope, checkpoint) => {
            pass('checkpoint.before');
            await store.keep(scope, checkpoint);
            pass('checkpoint.after');
          },
        },
  transport: (transport: Transport): Transport => (pass === null ? transport : withPass(transport, pass)),
};

const withPass = (transport: Transport, pass: (name: string) => void): Transport => ({
  dial: (hello) =>
    transport.dial(hello).pipe(
      map((event): TransportEvent => {
        if (event.type !== 'open') return event;
        const { channel } = event;
        return {
          type: 'open',
          channel: {
            ...channel,
            send: (message) => {
              const isCommand = message.event === 'commit' && message.payload.commands.length > 0;
              if (isCommand) pass('commit.before');
              channel.send(message);
              if (isCommand) pass('commit.after');
            },
          },
        };
      }),
    ),
});
