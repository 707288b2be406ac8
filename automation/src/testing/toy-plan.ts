import { hashDocument, textReason, type DocumentHash, type Entry } from '@phloem/protocol';
import type { Compile, Decision, Plan } from '../plan.ts';

/** Everything a plan has seen, so that a step too many or too few shows. */
export type ToyState = { readonly lsns: readonly number[]; readonly on: boolean; readonly limit: number };

export const siteHash: DocumentHash = 'a'.repeat(64);
export const siteHash2: DocumentHash = 'c'.repeat(64);
/** The hash of a bundle that heats below `limit` °C. */
export const bundleHash = (limit: number): DocumentHash => limit.toString(16).padStart(64, 'b');

/** What stands under these hashes. */
export const toyDocuments = (hash: DocumentHash): unknown =>
  hash.startsWith('b') ? { limit: Number.parseInt(hash.replace(/^b+/, ''), 16) } : { site: hash.slice(0, 4) };

const temperatureOf = (entry: Entry): number | null => {
  const v = entry.kind === 'sensor' ? entry.readings['temperature']?.v : null;
  return typeof v === 'number' ? v : null;
};

/** One heater, which is on below a limit: decided when it changes, and again at each grant. */
export const createToyPlan = (limit: number): Plan<ToyState> => ({
  hash: bundleHash(limit),
  scope: 'room',
  engine: 'toy/1',
  start: () => ({ lsns: [], on: false, limit }),
  restore: (text) => JSON.parse(text) as ToyState,
  takeOver: (text) => ({
    state: { ...(JSON.parse(text) as ToyState), limit },
    handOver: { carried: ['heater'], fresh: [], dropped: [] },
  }),
  save: (state) => JSON.stringify(state),
  hashState: (state) => hashDocument(JSON.stringify(state)),
  step: (state, entry) => {
    const temperature = temperatureOf(entry);
    const on = temperature === null ? state.on : temperature < limit;
    const isDecided = on !== state.on || (entry.kind === 'lease' && entry.holder !== null);
    const decisions: Decision[] = isDecided
      ? [{ device: 'room/heater', value: on, op: 'set', why: textReason(`below ${limit} °C`), cause: entry.lsn, ordinal: 0 }]
      : [];
    return {
      state: { lsns: [...state.lsns, entry.lsn], on, limit },
      decisions,
      alarms: temperature !== null && temperature < 0 ? [{ alarm: 'frost', state: 'active', priority: 'P1' }] : [],
      values: temperature === null ? [] : [{ name: 'temp', v: temperature, q: 'good' }],
      traces: decisions,
    };
  },
});

/** Compiles what `toyDocuments` holds. */
export const compileToy: Compile = (bundle) => createToyPlan((bundle as { readonly limit: number }).limit);
