import { toFrameId, type DeviceStateFrame, type Entry } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink } from '@phloem/reconnect';
import { endWithStarter } from './near.ts';

endWithStarter();
const scope = 'room';
const device = 'room/heater';
const link = openLink({
  transport: createSocketIoTransport({ url: `http://127.0.0.1:${process.argv[2]}` }),
  clock: monotonicClock,
  random: Math.random,
  nodeId: 'bench-1',
  run: `bench-${process.pid}-${Date.now()}`,
  role: 'automation',
  software: 'bench',
  lease: { scope },
  subscriptions: [{ sub: 'main', mode: 'every', filter: {}, cursor: null }],
});

const toFrames = (epoch: string, entry: Entry): DeviceStateFrame[] => {
  const v = entry.kind === 'sensor' ? entry.readings['temperature']?.v : undefined;
  if (typeof v !== 'number') return [];
  const id = toFrameId('0'.repeat(64), device, epoch, entry.lsn, 0);
  return [
    {
      id,
      device,
      value: v < 20,
      op: 'set',
      cause: { epoch, lsn: entry.lsn },
      ttlMs: 5000,
      why: { code: 'text', params: { text: 'bench' } },
    },
  ];
};

let term: number | null = null;
link.batches$('main').subscribe((batch) => {
  if (batch.kind !== 'entries') return;
  const { sub, epoch, last, entries } = batch;
  const commands: DeviceStateFrame[] = [];
  for (const entry of entries) {
    if (entry.kind === 'lease') term = entry.holder === 'bench-1' ? entry.term : null;
    else commands.push(...toFrames(epoch, entry));
  }
  link.commit({ sub, epoch, cursor: last, term, commands, alarms: [], values: [] });
});
