import { createSocketIoTransport, monotonicClock, openLink, openSender } from '@phloem/reconnect';
import { firstValueFrom } from 'rxjs';

/**
 * A bridge as small as one can be: its input is the numbers 1, 2, 3 … up to a last one, and it keeps nothing. Where it goes on after a
 * kill, the hub says. Run as a process: `ingest-node.ts <url> <token> <node> <source> <point> <last>`.
 */
const [url = '', token = '', nodeId = '', source = '', point = '', last = '0'] = process.argv.slice(2);

const link = openLink({
  transport: createSocketIoTransport({ url }),
  clock: monotonicClock,
  random: Math.random,
  nodeId,
  run: crypto.randomUUID().slice(0, 20),
  role: 'ingest',
  token,
  software: 'ingest-node/1',
  subscriptions: [],
});
const sender = openSender({ link, clock: monotonicClock, source });
const { position } = await firstValueFrom(sender.attached$);
process.send?.({ position });

const first = Number(position ?? 0) + 1;
const count = Number(last) - first + 1;
const numbers = Array.from({ length: Math.max(0, count) }, (_, index) => first + index);
// All at once: the sender keeps the order, and the hub the window.
await Promise.all(numbers.map((v) => sender.send([{ at: Date.now(), readings: { [point]: { v } } }], String(v))));
await link.close();
process.exit(0);
