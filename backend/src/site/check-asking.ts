import type { Path, SiteSpec } from '@phloem/rules';
import { toSpan } from './register-span.ts';
import type { Complain } from './complain.ts';
import type { PointSpec, Site } from './site.ts';
import type { RegisterPlace } from './register.ts';
import { findQuirks, type UnitQuirks } from './unit-quirks.ts';

type Checked = Pick<Site, 'buses' | 'points' | 'devices' | 'quirks'>;

/** Where a point is declared. */
const toPath = (spec: SiteSpec, { source, measurement }: PointSpec): Path => {
  const instrument = source.kind === 'register' ? source.instrument : '';
  return ['spec', 'instruments', spec.instruments.findIndex(({ id }) => id === instrument), 'measurements', measurement];
};

/** Why what is asked of a unit can never be asked of it; null when it can. */
const findBreach = ({ register }: RegisterPlace, quirks: UnitQuirks): { readonly expected: string; readonly found: string } | null => {
  const { table } = register;
  const { address, count } = toSpan(register);
  const where = `${table} ${address}${count === 1 ? '' : ` to ${address + count - 1}`}`;
  const own = quirks.blocks?.filter((block) => block.table === table) ?? [];
  const isIn = own.some((block) => block.address <= address && address + count <= block.address + block.count);
  if (own.length > 0 && !isIn) {
    const known = own.map((block) => `${block.address} to ${block.address + block.count - 1}`).join(', ');
    return { expected: `a register in one of the blocks of unit ${quirks.unit}: ${table} ${known}`, found: where };
  }
  const most = quirks.maxBlocks?.[table] ?? quirks.maxBlock;
  if (most !== null && count > most) return { expected: `at most ${most} registers: the maxBlock of unit ${quirks.unit}`, found: where };
  return null;
};

/** Complains about what a site reads that the quirks of its units, or its transport, do not allow. */
export const checkAsking = (spec: SiteSpec, site: Checked, complain: Complain): void => {
  const broadcasts = new Set(site.buses.filter(({ transport }) => transport.kind !== 'tcp').map(({ id }) => id));
  for (const point of site.points) {
    const { source } = point;
    if (source.kind !== 'register') continue;
    const path = toPath(spec, point);
    const quirks = findQuirks(site.quirks, source.bus, source.unit);
    if (source.unit === 0 && broadcasts.has(source.bus) && quirks?.answersAs === undefined) {
      const hint = 'where the unit does answer, say as which one: quirks: { answersAs: 1 }';
      complain([...path.slice(0, 3), 'unit'], 'a unit from 1 to 255: on RTU, 0 is the broadcast that no unit answers', '0', hint);
    }
    if (quirks === undefined) continue;
    const breach = findBreach(source, quirks);
    if (breach !== null) complain(path, breach.expected, breach.found);
    const { pollDistanceMs = 0 } = quirks;
    if (point.intervalMs < pollDistanceMs) {
      complain(
        path,
        `an interval of ${pollDistanceMs / 1000} s or more: the pollDistance of unit ${quirks.unit}`,
        `${point.intervalMs / 1000} s`,
      );
    }
  }
  for (const { id, readBack } of site.devices) {
    const quirks = findQuirks(site.quirks, readBack.bus, readBack.unit);
    const breach = quirks === undefined ? null : findBreach(readBack, quirks);
    if (breach !== null) complain(['spec'], `${id}: ${breach.expected}`, breach.found);
  }
};
