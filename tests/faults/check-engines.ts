import type { Breach, Facts } from './facts.ts';

/** At these the engine itself is exchanged; they are not stepped. */
const switches = new Set(['site', 'bundle']);

/**
 * Each run of an engine steps every entry after its beginning once, in order (IN2). Before the first bundle there is no
 * engine; when it comes, it learns the newest of what went before.
 */
export const checkEngines = ({ log, engines }: Pick<Facts, 'log' | 'engines'>): readonly Breach[] => {
  const breaches: Breach[] = [];
  const first = log[0]?.lsn ?? 1;
  const bundleAt = log.find(({ kind }) => kind === 'bundle')?.lsn ?? 0;
  const isSwitch = (lsn: number): boolean => switches.has(log[lsn - first]?.kind ?? '');
  for (const { name, lines } of engines) {
    let last: number | null = null;
    for (const line of lines) {
      if ('started' in line) {
        last = line.started.lsn;
        continue;
      }
      if (last === null) {
        breaches.push({ kind: 'order', who: name, says: `steps ${line.lsn} before it has begun anywhere` });
        last = line.lsn;
        continue;
      }
      const missing: number[] = [];
      for (let lsn = last + 1; lsn < line.lsn; lsn += 1) if (lsn > bundleAt && !isSwitch(lsn)) missing.push(lsn);
      if (line.lsn <= last)
        breaches.push({ kind: 'doubled', who: name, says: `[IN2] the run ${line.run} steps ${line.lsn} after ${last}` });
      else if (missing.length > 0)
        breaches.push({ kind: 'lost', who: name, says: `[IN2] the run ${line.run} never stepped ${missing.join(', ')}` });
      last = line.lsn;
    }
  }
  return breaches;
};
