import { factsOf, type PointId } from '@phloem/protocol';
import { toCanonicalUnit, type SiteSpec } from '@phloem/rules';
import { findUnitBreach, toMargin } from './profile-unit.ts';
import type { SiteNames } from './site-check.ts';
import { isKnown, toMillis, type Complain } from './complain.ts';
import { toRateLimit } from './to-rate-limit.ts';
import type { PointSpec, SourceSpec } from './site.ts';

type Source = NonNullable<SiteSpec['sources']>[number];
type SourcePoint = Exclude<Source['points'][PointId], string | undefined>;

const shortestInterval = 100;
const longestInterval = 86_400_000;

const toSourcePoint = (
  source: Source,
  index: number,
  id: PointId,
  { rateLimits }: Pick<SiteSpec, 'rateLimits'>,
  complain: Complain,
): PointSpec => {
  const path = ['spec', 'sources', index];
  const at = [...path, 'points', id];
  const declared = source.points[id];
  const own: SourcePoint = typeof declared === 'object' ? declared : { quantity: declared ?? 'number' };
  const [location = '', cluster = '', measurement = ''] = id.split('/');
  const { quantity, unit } = own;
  const intervalMs = toMillis(own.interval ?? source.interval, 0);
  if (intervalMs < shortestInterval || intervalMs > longestInterval) {
    const where = own.interval === undefined ? [...path, 'interval'] : [...at, 'interval'];
    complain(where, 'an interval from 100ms to 1d', own.interval ?? source.interval);
  }
  const breach = unit === undefined ? null : findUnitBreach(unit, quantity);
  if (breach !== null) complain([...at, 'unit'], breach.expected, JSON.stringify(unit), breach.hint);
  const facts = factsOf(quantity);
  const range = { min: own.range?.min ?? facts.min, max: own.range?.max ?? facts.max };
  if (range.min > range.max || range.min < facts.limits[0] || range.max > facts.limits[1])
    complain(
      [...at, 'range'],
      `a range within ${facts.limits[0]} to ${facts.limits[1]} ${facts.unit}`.trimEnd(),
      `${range.min} to ${range.max}`,
    );
  const margin = toMargin({ quantity }, range);
  const isOwnLimit = own.rateLimit !== undefined;
  const limitPath = isOwnLimit ? [...at, 'rateLimit'] : ['spec', 'rateLimits', quantity];
  const rateLimit = toRateLimit(own.rateLimit ?? rateLimits?.[quantity], quantity, limitPath, complain);
  const { factor, offset } = (unit === undefined ? undefined : toCanonicalUnit(unit, quantity)) ?? { factor: 1, offset: 0 };
  return {
    id,
    location,
    cluster,
    measurement,
    quantity,
    title: own.title ?? facts.label,
    decimals: own.decimals ?? facts.decimals,
    intervalMs,
    range,
    ...((margin.below > 0 || margin.above > 0) && { margin }),
    ...(rateLimit === null ? {} : { rateLimit }),
    source: { kind: 'ingest', source: source.id, factor, offset },
  };
};

/** The points that sources send. One that an instrument measures, or another source sends, is refused: a point has one source. */
export const toSourcePoints = (
  spec: SiteSpec,
  names: SiteNames,
  measured: ReadonlySet<PointId>,
  complain: Complain,
): readonly PointSpec[] => {
  const taken = new Map<PointId, string>();
  return (spec.sources ?? []).flatMap((source, index) =>
    Object.keys(source.points).flatMap((id): readonly PointSpec[] => {
      const at = ['spec', 'sources', index, 'points', id];
      const other = measured.has(id) ? 'an instrument measures' : taken.has(id) ? `the source ${taken.get(id)} sends` : null;
      if (other !== null) complain(at, 'a point of this source alone: a point has one source', `${id}, which ${other}`);
      taken.set(id, source.id);
      return isKnown(id.split('/')[0] ?? '', names.locations, 'location', at, complain)
        ? [toSourcePoint(source, index, id, spec, complain)]
        : [];
    }),
  );
};

/** The sources of a site, each with the node that sends for it. */
export const toSources = (spec: SiteSpec): readonly SourceSpec[] =>
  (spec.sources ?? []).map(({ id, title, node }) => ({ id, title: title ?? id, node: node ?? id }));
