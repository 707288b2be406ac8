import { performance } from 'node:perf_hooks';
import type { Connection, HubTransport } from '@phloem/backend';
import type { HubMessage } from '@phloem/protocol';
import { map, tap } from 'rxjs';
import { openBenchHub } from './bench-hub.ts';
import { serve } from './near.ts';
import { startAutomation } from './start-automation.ts';

// The moments of a round trip, as the hub sees them, each in microseconds since the sensor frame was appended.
const moments = ['stored', 'sent', 'commit', 'requested', 'intent', 'write', 'confirmed'] as const;
type Moment = (typeof moments)[number];

let pass: (moment: Moment) => void = () => undefined;

const watchConnection = (connection: Connection): Connection => {
  const sent =
    <T extends HubMessage>(send: (message: T) => void) =>
    (message: T) => {
      send(message);
      if (message.event === 'entries') pass('sent');
    };
  return {
    ...bound(connection),
    incoming$: connection.incoming$.pipe(
      tap(({ event }) => {
        if (event === 'commit') pass('commit');
      }),
    ),
    send: sent((message) => connection.send(message)),
    sendShared: sent((message) => connection.sendShared(message)),
  };
};

/** The same connection as a plain object: a class keeps its methods on its prototype. */
const bound = (connection: Connection): Connection => ({
  peer: connection.peer,
  hello: connection.hello,
  flaw: connection.flaw,
  incoming$: connection.incoming$,
  admit: () => connection.admit?.(),
  limitMessages: (characters) => connection.limitMessages?.(characters),
  send: (message) => connection.send(message),
  sendShared: (message) => connection.sendShared(message),
  bufferedBytes: () => connection.bufferedBytes(),
  end: (bye) => connection.end(bye),
  terminate: () => connection.terminate(),
});

const watchTransport = (transport: HubTransport): HubTransport => ({
  connections$: transport.connections$.pipe(map(watchConnection)),
  ...(transport.turns$ !== undefined && { turns$: transport.turns$ }),
  close: () => transport.close(),
});

const hub = await openBenchHub(undefined, undefined, undefined, watchTransport);
startAutomation(hub.port);
hub.onEntry = (entry) => {
  if (entry.kind === 'sensor') pass('stored');
  if (entry.kind !== 'device') return;
  if (entry.phase === 'requested' || entry.phase === 'confirmed') pass(entry.phase);
};
// The gate waits for the disk right after it has stored what it is going to write.
const sync = hub.store.sync.bind(hub.store);
Object.assign(hub.store, {
  sync: () => {
    pass('intent');
    return sync();
  },
});
hub.onWrite = () => pass('write');

let isCold = false;
const roundTrip = (): Promise<ReadonlyMap<Moment, number>> =>
  new Promise((resolve) => {
    const seen = new Map<Moment, number>();
    const began = performance.now();
    pass = (moment) => {
      // Entries are sent after each transaction; what counts is the first time, that of the sensor frame.
      if (!seen.has(moment)) seen.set(moment, (performance.now() - began) * 1000);
      if (moment === 'confirmed') setImmediate(resolve, seen);
    };
    isCold = !isCold;
    const readings = { temperature: { v: isCold ? 10 : 30, q: 'good' as const } };
    hub.store.log.append([{ kind: 'sensor', location: 'room', cluster: 'front', readings }]);
  });

// Ready when a first command has come through: the service has the lease, the bundle, and a first reading.
const trying = setInterval(() => void roundTrip(), 50);
await new Promise<void>((resolve) => {
  const listening = hub.store.log.head$.subscribe((head) => {
    const [entry] = hub.store.log.read(head - 1, { entries: 1, bytes: 1 });
    if (entry?.kind !== 'device' || entry.phase !== 'confirmed') return;
    listening.unsubscribe();
    resolve();
  });
});
clearInterval(trying);

await serve(async (trips) => {
  const samples: Record<string, number[]> = Object.fromEntries(moments.map((moment) => [moment, []]));
  for (let n = 0; n < trips; n += 1) for (const [moment, us] of await roundTrip()) samples[moment]?.push(us);
  return samples;
});
