import type { HubMessage, NodeMessage, Welcome } from '@phloem/protocol';
import { openLink, type Batch, type TransportEvent } from '@phloem/reconnect';
import { Observable, VirtualTimeScheduler, type Subscriber } from 'rxjs';
import { expect, it } from 'vitest';

const welcome = (epoch: string, log: Partial<Welcome['log']>, subscriptions: Welcome['subscriptions']): HubMessage => ({
  event: 'welcome',
  payload: {
    protocol: { major: 1, minor: 0 },
    hub: { nodeId: 'hub', run: 'hubrun-0001' },
    session: 'session-0001',
    log: { epoch, first: 1, head: 0, lineage: [], ...log },
    subscriptions,
    committed: { subscriptions: {}, scope: null },
    durable: 0,
    lease: null,
    limits: { messageBytes: 131_072, windowEntries: 2048, windowBytes: 262_144 },
    heartbeat: { everyMs: 500, deadMs: 2000, leaseMs: 3000 },
    at: 1_800_000_000_000,
    up: 1000,
  },
});

const commands = (epoch: string, prev: number, last: number): HubMessage => ({
  event: 'entries',
  payload: {
    sub: 'log',
    epoch,
    prev,
    last,
    entries: Array.from({ length: last - prev }, (_, index) => ({
      lsn: prev + index + 1,
      at: 0,
      up: prev + index + 1,
      kind: 'pulse' as const,
    })),
  },
});

// A hub lost its power and the end of its log while an engine stood still. When the engine went on, it committed the
// entries that were lost, and the link notified the hub under the new epoch, where the number is that of other entries:
// the scope's cursor then covered what nobody had worked off.
it('[EV6] what a reader makes of lost entries is not sent to the hub', () => {
  const clock = new VirtualTimeScheduler();
  const sent: NodeMessage[] = [];
  const dials: Subscriber<TransportEvent>[] = [];
  const say = (message: HubMessage): void => dials.at(-1)?.next({ kind: 'message', ...message });
  const pass = (ms: number): void => {
    clock.maxFrames += ms;
    clock.flush();
  };
  const link = openLink({
    transport: {
      dial: () =>
        new Observable((dialed) => {
          dials.push(dialed);
          dialed.next({ kind: 'open', channel: { send: (message) => void sent.push(message), bufferedBytes: () => 0 } });
        }),
    },
    clock,
    random: () => 0.5,
    nodeId: 'automation-1',
    run: 'run-00000001',
    role: 'automation',
    software: 'test',
    subscriptions: [{ sub: 'log', mode: 'every', filter: {}, cursor: null }],
  });
  clock.maxFrames = 0;
  const waiting: Batch[] = [];
  link.batches$('log').subscribe((batch) => waiting.push(batch));
  const commits = (): number[] => sent.flatMap((message) => (message.event === 'commit' ? [message.payload.cursor] : []));
  const commit = (epoch: string, cursor: number): void =>
    link.commit({ sub: 'log', epoch, cursor, term: null, commands: [], alarms: [], values: [] });

  say(welcome('epochAepochA', {}, [{ sub: 'log', from: 0, why: 'new' }]));
  say(commands('epochAepochA', 0, 5));
  dials.at(-1)?.next({ kind: 'closed', why: 'the power is gone' });
  pass(300);
  say(welcome('epochBepochB', { lineage: [{ epoch: 'epochAepochA', end: 3 }] }, [{ sub: 'log', from: 3, lost: [4, 5], why: 'truncated' }]));
  say(commands('epochBepochB', 3, 8));
  expect(waiting.map(({ kind }) => kind)).toEqual(['entries', 'lost', 'epoch', 'entries']);

  commit('epochAepochA', 5);
  pass(300);
  expect(commits()).toEqual([]);

  commit('epochBepochB', 8);
  pass(300);
  expect(commits()).toEqual([8]);
});
