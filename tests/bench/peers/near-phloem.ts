import { performance } from 'node:perf_hooks';
import type { Entry } from '@phloem/protocol';
import { openBenchHub } from './bench-hub.ts';
import { serve, startFar } from './near.ts';
import { startAutomation } from './start-automation.ts';

// `link`: a service of a few lines on the link alone; otherwise the automation service as it is.
const isLinkAlone = process.argv[2] === 'link';
const hub = await openBenchHub();
const { log } = hub.store;
if (isLinkAlone) startFar('far-link.ts', [String(hub.port)]);
else startAutomation(hub.port);

type Watch = (entry: Entry) => void;
let watch: Watch = () => undefined;
hub.onEntry = (entry) => watch(entry);

const isDevice = (entry: Entry, phase: string): boolean => entry.kind === 'device' && entry.phase === phase;
const untilPhase = (phase: string): Promise<void> =>
  new Promise((resolve) => {
    watch = (entry) => {
      if (isDevice(entry, phase)) resolve();
    };
  });

let isCold = false;
/** A reading that turns the rule around. */
const appendFrame = (): void => {
  isCold = !isCold;
  const readings = { temperature: { v: isCold ? 10 : 30, q: 'good' as const } };
  log.append([{ kind: 'sensor', location: 'room', cluster: 'front', readings }]);
};

const roundTrip = (): Promise<{ accepted: number; intent: number }> =>
  new Promise((resolve) => {
    const began = performance.now();
    const since = (): number => (performance.now() - began) * 1000;
    const took = { accepted: Number.NaN, intent: Number.NaN };
    hub.onWrite = () => (took.intent = since());
    watch = (entry) => {
      if (isDevice(entry, 'requested')) took.accepted = since();
      else if (isDevice(entry, 'confirmed')) setImmediate(resolve, took);
    };
    appendFrame();
  });

// Ready when a first command has come through: the service has the lease, the bundle, and a first reading.
const first = untilPhase('confirmed');
const trying = setInterval(appendFrame, 50);
await first;
clearInterval(trying);

await serve(async (trips) => {
  const accepted: number[] = [];
  const intent: number[] = [];
  for (let n = 0; n < trips; n += 1) {
    const took = await roundTrip();
    accepted.push(took.accepted);
    intent.push(took.intent);
  }
  return { accepted, intent };
});
