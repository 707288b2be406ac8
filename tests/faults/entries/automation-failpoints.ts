import { appendFileSync } from 'node:fs';
import type { AutomationDecorators } from '@phloem/automation/process';
import type { Transport, TransportEvent } from '@phloem/reconnect';
import { map } from 'rxjs';
import { createPass } from './create-pass.ts';

type Pass = (name: string) => void;

/** A line for each entry that the engine stepped, and for each start: where a checker looks for what is lost or doubled. */
const createRecord =
  (path: string | undefined) =>
  (fact: object): void => {
    if (path !== undefined) appendFileSync(path, `${JSON.stringify(fact)}\n`);
  };

/**
 * The places at which a service can be killed or frozen: before and after a step of the engine, a commit with commands that is
 * sent, and a checkpoint that is stored. What it steps is written to the file that `PHLOEM_RECORD` names.
 */
export const createAutomationFailpoints = (pass: Pass = createPass()): AutomationDecorators => {
  const record = createRecord(process.env['PHLOEM_RECORD']);
  return {
    compile: (run, compile) => (bundle, site) => {
      const plan = compile(bundle, site);
      return {
        ...plan,
        step: (state, entry, at) => {
          pass('step.before');
          const step = plan.step(state, entry, at);
          record({ run, epoch: at.epoch, lsn: entry.lsn });
          pass('step.after');
          return step;
        },
      };
    },
    notice: (run, event) => {
      if (event.kind === 'started') record({ run, started: event.state.position, at: Date.now() });
    },
    checkpoints: (store) => ({
      ...store,
      keep: async (scope, checkpoint) => {
        pass('checkpoint.before');
        await store.keep(scope, checkpoint);
        pass('checkpoint.after');
      },
    }),
    transport: (transport) => withPass(transport, pass),
  };
};

const withPass = (transport: Transport, pass: Pass): Transport => ({
  dial: (hello) =>
    transport.dial(hello).pipe(
      map((event): TransportEvent => {
        if (event.kind !== 'open') return event;
        const { channel } = event;
        return {
          kind: 'open',
          channel: {
            bufferedBytes: () => channel.bufferedBytes(),
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
