import type { SiteSpec } from '@phloem/protocol/rules';
import { toWordCount } from '../field/readings/register-codec.ts';
import type { SiteNames } from './site-check.ts';
import type { UnitQuirks } from './site.ts';

/** What must be heeded when the units of a site are read, from the profiles of their instruments. */
export const toQuirks = (spec: SiteSpec, { profiles }: SiteNames): readonly UnitQuirks[] => {
  const units = Map.groupBy(spec.instruments, ({ bus, unit }) => `${bus} ${unit}`);
  return [...units.values()].flatMap((instruments) => {
    const [first] = instruments;
    if (first === undefined) return [];
    const blocks: number[] = [];
    const avoid: UnitQuirks['avoid'][number][] = [];
    const cleared: UnitQuirks['avoid'][number][] = [];
    for (const { profile: name, measurements } of instruments) {
      const profile = profiles.get(name);
      if (profile?.quirks?.maxBlock !== undefined) blocks.push(profile.quirks.maxBlock);
      const asked = new Set(Object.values(measurements).map((declared) => (typeof declared === 'string' ? declared : declared.point)));
      for (const [point, { clearOnRead, table, address, type }] of Object.entries(profile?.points ?? {})) {
        if (clearOnRead === true) (asked.has(point) ? cleared : avoid).push({ table, address, count: toWordCount(type) });
      }
    }
    if (blocks.length === 0 && avoid.length === 0 && cleared.length === 0) return [];
    return [
      {
        bus: first.bus,
        unit: first.unit,
        maxBlock: blocks.length === 0 ? null : Math.min(...blocks),
        avoid,
        ...(cleared.length > 0 && { cleared }),
      },
    ];
  });
};
