import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { EntryDraft } from '@phloem/protocol';
import { openBenchHub } from './bench-hub.ts';
import { serve, startFar } from './near.ts';
import { startAutomation } from './start-automation.ts';

// `link`: a service of a few lines on the link alone; otherwise the automation service as it is.
const isLinkAlone = process.argv[2] === 'link';
// The room lives a second for each of its frames, as it would have while the service was away.
const time = { aheadMs: 0 };
const { store, port } = await openBenchHub(time);
const { log } = store;

/** A cluster of six readings a second, and the pulse: what a room makes. */
const toDrafts = (n: number): EntryDraft[] => {
  const value = (k: number): { v: number; q: 'good' } => ({ v: 20 + ((n + k) % 7) / 10, q: 'good' });
  const readings = { temperature: value(0), humidity: value(1), leaf_temperature: value(2), co2: value(3), ppfd: value(4), vpd: value(5) };
  return [{ kind: 'sensor', location: 'room', cluster: 'front', readings }, { kind: 'pulse' }];
};

await serve(async (count) => {
  for (let n = 0; n < count / 2; n += 1) {
    log.append(toDrafts(n));
    time.aheadMs += 1000;
  }
  const target = log.head;
  if (isLinkAlone) startFar('far-link.ts', [String(port), 'from-first']);
  else startAutomation(port);
  let first: { lsn: number; at: number } | null = null;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (;;) {
    // Looking costs a query: asked too often, the hub would be busy with that.
    await new Promise((resolve) => setTimeout(resolve, 2));
    const lsn = store.cursors.get('room')?.lsn ?? 0;
    if (lsn > 0 && first === null) first = { lsn, at: performance.now() };
    if (first !== null && lsn >= target) {
      const seconds = (performance.now() - first.at) / 1000;
      delay.disable();
      return {
        'entries a second': [(lsn - first.lsn) / seconds],
        'late, p99': [delay.percentile(99) / 1000],
        'late, at most': [delay.max / 1000],
      };
    }
  }
});
