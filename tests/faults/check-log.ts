import { canonicalJson, type Entry } from '@phloem/protocol';
import type { Breach, Facts } from './facts.ts';

/** The log itself, and what those who watched it received: numbers without holes, contents that never change, terms that rise. */
export const checkLog = ({ log, watchers, headAtEnd }: Pick<Facts, 'log' | 'watchers' | 'headAtEnd'>): readonly Breach[] => {
  const breaches: Breach[] = [];
  const texts = new Map<number, string>();
  let before: Entry | undefined;
  let term = 0;
  for (const entry of log) {
    if (before !== undefined && entry.lsn !== before.lsn + 1) {
      breaches.push({ kind: 'lost', who: 'log', says: `[IN1] ${entry.lsn} follows ${before.lsn}` });
    }
    if (before !== undefined && entry.up < before.up) {
      breaches.push({ kind: 'order', who: 'log', says: `up goes back at ${entry.lsn}` });
    }
    if (entry.kind === 'lease' && entry.holder !== null) {
      if (entry.term <= term)
        breaches.push({ kind: 'order', who: 'log', says: `[IN6] the term ${entry.term} at ${entry.lsn} follows ${term}` });
      term = entry.term;
    }
    texts.set(entry.lsn, canonicalJson(entry));
    before = entry;
  }
  for (const { name, seen } of watchers) {
    let last = 0;
    for (const { lsn, text } of seen) {
      if (lsn <= last) breaches.push({ kind: 'doubled', who: name, says: `[IN2] ${lsn} came after ${last}` });
      else if (lsn !== last + 1) breaches.push({ kind: 'lost', who: name, says: `[IN10] ${lsn} came after ${last}, and no gap was told` });
      last = Math.max(last, lsn);
      const kept = texts.get(lsn);
      if (kept === undefined) breaches.push({ kind: 'lost', who: 'log', says: `[IN3] ${lsn} was sent and is not in the log` });
      else if (kept !== text) breaches.push({ kind: 'wrong', who: 'log', says: `[EV2] ${lsn} was sent with another content` });
    }
    if (last < headAtEnd) breaches.push({ kind: 'lost', who: name, says: `was told up to ${last}, and the log went to ${headAtEnd}` });
  }
  return breaches;
};
