import { toLocation, type BacktestBundle } from '@phloem/protocol';
import { readBundle, runBacktest, type BacktestProgress, type BacktestResult, type BundleContent } from '@phloem/rules';
import type { BacktestOrder } from './backtest-service.ts';
import { prepareBacktest, readBacktestBatches, readStoredBundle, type BacktestLog } from './prepare-backtest.ts';

/** How far an order is, from 0 to 1, and what was found so far. */
export type OrderProgress = { readonly share: number; readonly partial: () => BacktestResult };

/**
 * Runs an order over a log, one batch of entries after the other. Pure but for what it reads.
 *
 * @throws Fault as `prepareBacktest`; `document/syntax`.
 */
export function* runOrder(log: BacktestLog, order: BacktestOrder): Generator<OrderProgress, BacktestResult> {
  const { candidate, baseline = 'live', from, to, locations } = order;
  const prepared = prepareBacktest(log, {
    candidate: toContent(log, candidate, 'candidate'),
    baseline: baseline === 'live' ? null : toContent(log, baseline, 'baseline'),
    from,
    to,
  });
  const { options } = prepared;
  const begin = from - options.warmUpMs;
  const toShare = ({ at }: BacktestProgress): number => Math.min(1, Math.max(0, (at - begin) / (to - begin)));
  const running = runBacktest(readBacktestBatches(log, prepared), options);
  for (;;) {
    const step = running.next();
    if (step.done === true) return keepLocations(step.value, locations);
    const { value } = step;
    yield { share: toShare(value), partial: () => keepLocations(value.partial(), locations) };
  }
}

const toContent = (log: BacktestLog, bundle: BacktestBundle, path: string): BundleContent =>
  'hash' in bundle ? readStoredBundle(log, bundle.hash) : readBundle([{ path, text: bundle.documents }]);

const keepLocations = (result: BacktestResult, locations: readonly string[] | undefined): BacktestResult =>
  locations === undefined ? result : { ...result, devices: result.devices.filter(({ device }) => locations.includes(toLocation(device))) };
