import { Fault, type Entry } from '@phloem/protocol';
import { compileBundle, runBacktest, toSiteModel, type BacktestBatch, type BundleContent, type SiteParts } from '@phloem/rules';
import { bundles, roomScope } from '../parts/documents.ts';
import type { World } from '../world.ts';

/**
 * A back-test of what was live, over the whole log of the run, must decide what the log says was decided: id by id, over kills and
 * power cuts of the hub, restarts of the services, switches of the bundle, and overrides.
 */
export const checkReplayed = ({ hub, truth, witness }: World): void => {
  const store = hub.live?.store;
  const [bundle] = bundles;
  if (store === undefined || bundle === undefined) return;
  const documentOf = (hash: string): unknown => {
    const text = store.documents.get(hash);
    if (text === null) throw new Fault('document/unknown', hash);
    return JSON.parse(text);
  };
  const entries = truth.entries();
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return;
  const replay = (batches: Iterable<BacktestBatch>) => {
    const running = runBacktest(batches, {
      candidate: bundle.hash,
      baseline: null,
      compile: (hash, siteHash) => {
        const model = toSiteModel(documentOf(siteHash) as SiteParts);
        return { plan: compileBundle(documentOf(hash) as BundleContent, model), site: model };
      },
      isMeant: (scope) => scope === roomScope,
      from: -8e15,
      to: 8e15,
      warmUpMs: 0,
      moves: new Map(),
      start: { from: { scope: null, site: null, bundle: null }, resume: null, recent: [], after: 0, isExact: true },
    });
    for (;;) {
      const step = running.next();
      if (step.done === true) return step.value.reconciliation;
    }
  };
  const found = replay(toBatches(entries, (lsn) => truth.epochOf(lsn)));
  witness.count('decisions replayed', found?.matched ?? 0);
  witness.count('decisions never sent', found?.unsent ?? 0);
  for (const { kind, id, replayed, recorded } of found?.mismatches ?? []) {
    witness.fail('replay', `${id} is ${kind}: replayed ${String(replayed)}, recorded ${String(recorded)}`);
  }
};

const toBatches = (entries: readonly Entry[], epochOf: (lsn: number) => string): readonly BacktestBatch[] => {
  const batches: { readonly epoch: string; readonly entries: Entry[] }[] = [];
  for (const entry of entries) {
    const epoch = epochOf(entry.lsn);
    if (batches.at(-1)?.epoch !== epoch) batches.push({ epoch, entries: [] });
    batches.at(-1)?.entries.push(entry);
  }
  return batches;
};
