/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { parentPort, workerData } from 'node:worker_threads';
import { isFault } from '@phloem/protocol';
import { compileBundle, toSiteModel, type BundleContent, type Plan } from '@phloem/rules';
import { checkBundle } from '../check-bundle.ts';
import { siteFromContent } from '../../site/site-content.ts';
import { parseHandover } from '../checkpoint-registry.ts';
import { parseJson } from '../parse-json.ts';
import type { CheckOrder, CheckReport, CheckWorkerData } from './check-messages.ts';

/* The thread that reads what people and services send that is large: nothing of it keeps the hub's own thread waiting. */

const { siteText } = workerData as CheckWorkerData;
const site = siteFromContent(siteText);

const plans = new Map<string, Plan | null>();
const plansKept = 8;

const planOf = (hash: string, text: string): Plan | null => {
  const known = plans.get(hash);
  if (known !== undefined) return known;
  if (plans.size >= plansKept) plans.clear();
  let plan: Plan | null = null;
  try {
    plan = compileBundle(JSON.parse(text) as BundleContent, toSiteModel(site));
  } catch (error) {
    // A bundle of another site: there is nothing to report of it.
    if (!isFault(error)) throw error;
  }
  plans.set(hash, plan);
  return plan;
};

const read = (order: CheckOrder): CheckReport => {
  const { id, kind } = order;
  try {
    if (kind === 'ahead') return { id, kind, result: planOf(order.hash, order.text)?.forecast(order.ask) ?? null };
    const { bytes } = order;
    const content = parseJson(bytes);
    if (kind === 'checkpoint') return { id, kind, result: parseHandover(content) };
    return { id, kind, result: checkBundle(content, site) };
  } catch (error) {
    return isFault(error)
      ? { id, kind: 'fault', code: error.code, message: error.message }
      : { id, kind: 'bug', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

parentPort?.on('message', (order: CheckOrder) => parentPort?.postMessage(read(order)));
