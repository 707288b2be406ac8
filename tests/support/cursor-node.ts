import { createSocketIoTransport, monotonicClock, openLink } from '@phloem/reconnect';

/**
 * A reader as small as one can be: it keeps nothing, prints each entry and then commits it. Where it goes on after a kill, the hub
 * knows. Run as a process: `cursor-node.ts <url> <token> <node> <cursor>`.
 */
const [url = '', token = '', nodeId = '', name = ''] = process.argv.slice(2);

const link = openLink({
  transport: createSocketIoTransport({ url }),
  clock: monotonicClock,
  random: Math.random,
  nodeId,
  run: crypto.randomUUID().slice(0, 20),
  role: 'relay',
  token,
  software: 'cursor-node/1',
  commits: 'by-reader',
  subscriptions: [],
});
link.subscribe({ sub: 'log', mode: 'every', filter: {}, cursor: null, name });
link.batches$('log').subscribe((batch) => {
  if (batch.kind === 'lost') process.stdout.write(`lost ${batch.why}\n`);
  if (batch.kind !== 'entries') return;
  for (const { lsn } of batch.entries) process.stdout.write(`${lsn}\n`);
  link.commit({ sub: 'log', epoch: batch.epoch, cursor: batch.last, term: null, isBare: true, commands: [], alarms: [], values: [] });
});
process.send?.({ cursor: name });
