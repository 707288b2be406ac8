import { factsOf, quantityNames, toPointId, type PointId, type Quantity } from '@phloem/protocol';
import { parseQuantity, type SiteSpec } from '@phloem/rules';
import { toMargin, toPointRange, toPointRegister } from './profile-unit.ts';
import { findProfilePoint, isAllowed, type SiteNames } from './site-check.ts';
import { isKnown, toMillis, type Complain } from './complain.ts';
import { toRateLimit } from './to-rate-limit.ts';
import { toSourcePoints } from './to-source-points.ts';
import { toTotaliser } from './to-totaliser.ts';
import type { DerivedFormula, PointSpec } from './site.ts';

type Instrument = SiteSpec['instruments'][number];
type Derived = NonNullable<SiteSpec['derived']>[number];

const shortestInterval = 100;
const longestInterval = 3_600_000;

const formulas = {
  vpd_air: { quantity: 'vapour_pressure_deficit', inputs: ['temperature', 'relative_humidity'], least: 2, title: 'VPD' },
  vpd_leaf: { quantity: 'vapour_pressure_deficit', inputs: ['temperature', 'relative_humidity', 'temperature'], least: 2, title: 'VPD' },
  dew_point: { quantity: 'temperature', inputs: ['temperature', 'relative_humidity'], least: 2, title: 'Dew point' },
  absolute_humidity: { quantity: 'absolute_humidity', inputs: ['temperature', 'relative_humidity'], least: 2, title: 'Absolute humidity' },
  enthalpy: { quantity: 'specific_enthalpy', inputs: ['temperature', 'relative_humidity'], least: 2, title: 'Enthalpy' },
  dli: { quantity: 'daily_light_integral', inputs: ['ppfd'], least: 1, title: 'Light of the day' },
} as const satisfies Record<
  DerivedFormula,
  { readonly quantity: Quantity; readonly inputs: readonly Quantity[]; readonly least: number; readonly title: string }
>;

const toInstrumentPoints = (
  instrument: Instrument,
  index: number,
  { rateLimits }: Pick<SiteSpec, 'rateLimits'>,
  names: SiteNames,
  complain: Complain,
): readonly PointSpec[] => {
  const path = ['spec', 'instruments', index];
  const { bus, unit, location, cluster, profile } = instrument;
  const isBus = isKnown(bus, names.buses, 'bus', [...path, 'bus'], complain);
  const isLocation = isKnown(location, names.locations, 'location', [...path, 'location'], complain);
  if (!isKnown(profile, [...names.profiles.keys()], 'profile', [...path, 'profile'], complain)) return [];
  return Object.entries(instrument.measurements).flatMap(([measurement, declared]): readonly PointSpec[] => {
    const own = typeof declared === 'string' ? { point: declared } : declared;
    const at = [...path, 'measurements', measurement];
    const pointPath = typeof declared === 'string' ? at : [...at, 'point'];
    const found = findProfilePoint(profile, own.point, names, { profile: [...path, 'profile'], point: pointPath }, complain);
    const intervalMs = toMillis(own.interval ?? instrument.interval, 0);
    if (intervalMs < shortestInterval || intervalMs > longestInterval) {
      const where = own.interval === undefined ? [...path, 'interval'] : [...at, 'interval'];
      complain(where, 'an interval from 100ms to 1h', own.interval ?? instrument.interval);
    }
    if (found === null || !isAllowed(found, own.point, 'read', pointPath, complain) || !isBus || !isLocation) return [];
    const { min, max } = toPointRange(found);
    const range = { min: own.range?.min ?? min, max: own.range?.max ?? max };
    const { unit: canonical, decimals, limits } = factsOf(found.quantity);
    if (range.min > range.max || range.min < limits[0] || range.max > limits[1]) {
      complain([...at, 'range'], `a range within ${limits[0]} to ${limits[1]} ${canonical}`, `${range.min} to ${range.max}`);
    }
    const margin = toMargin(found, range);
    const ofSite = rateLimits?.[found.quantity];
    const rateLimit = toRateLimit(
      own.rateLimit ?? ofSite,
      found.quantity,
      own.rateLimit === undefined ? ['spec', 'rateLimits', found.quantity] : [...at, 'rateLimit'],
      complain,
    );
    const declaredTotal = own.totalise ?? found.totalise;
    const totalise = declaredTotal === undefined ? null : toTotaliser(declaredTotal, found, [...at, 'totalise'], complain);
    return [
      {
        id: toPointId(location, cluster, measurement),
        location,
        cluster,
        measurement,
        quantity: found.quantity,
        title: own.title ?? found.title,
        decimals: own.decimals ?? found.decimals ?? decimals,
        intervalMs,
        range,
        ...((margin.below > 0 || margin.above > 0) && { margin }),
        ...(rateLimit === null ? {} : { rateLimit }),
        ...(totalise !== null && totalise !== undefined && { totalise }),
        source: { kind: 'register', instrument: instrument.id, bus, unit, register: toPointRegister(found) },
      },
    ];
  });
};

const toDerivedPoint = (
  derived: Derived,
  index: number,
  read: ReadonlyMap<PointId, PointSpec>,
  names: SiteNames,
  complain: Complain,
): readonly PointSpec[] => {
  const path = ['spec', 'derived', index];
  const formula = formulas[derived.formula];
  const [location = '', cluster = '', measurement = ''] = derived.point.split('/');
  isKnown(location, names.locations, 'location', [...path, 'point'], complain);
  if (derived.inputs.length < formula.least || derived.inputs.length > formula.inputs.length) {
    const wanted = formula.least === formula.inputs.length ? `${formula.least}` : `${formula.least} or ${formula.inputs.length}`;
    complain([...path, 'inputs'], `${wanted} inputs: ${formula.inputs.join(', ')}`, `${derived.inputs.length}`);
    return [];
  }
  const inputs = derived.inputs.flatMap((id, at): readonly PointSpec[] => {
    if (!isKnown(id, [...read.keys()], 'point that is read', [...path, 'inputs', at], complain)) return [];
    const point = read.get(id);
    const wanted = formula.inputs[at];
    if (point === undefined) return [];
    if (point.quantity !== wanted) complain([...path, 'inputs', at], `a point of the quantity ${wanted}`, `${id}, a ${point.quantity}`);
    return [point];
  });
  let offset = 0;
  if (derived.leafOffset !== undefined) {
    const written = parseQuantity(derived.leafOffset);
    const isDifference = written?.dimension.kind === 'product' && written.dimension.bases['K'] === 1;
    if (!isDifference) complain([...path, 'leafOffset'], 'a difference, such as -1.5 K', JSON.stringify(derived.leafOffset));
    else if (derived.formula !== 'vpd_leaf') complain([...path, 'leafOffset'], 'no leafOffset: only vpd_leaf uses one', derived.leafOffset);
    else offset = written.value;
  } else if (derived.formula === 'vpd_leaf' && derived.inputs.length < 3) {
    complain(path, 'a leafOffset, or a leaf temperature as third input', 'neither', 'without a probe, say how much cooler the leaf is');
  }
  if (inputs.length < derived.inputs.length) return [];
  const { min, max, decimals, margin } = factsOf(formula.quantity);
  return [
    {
      id: derived.point,
      location,
      cluster,
      measurement,
      quantity: formula.quantity,
      title: derived.title ?? formula.title,
      decimals: derived.decimals ?? decimals,
      intervalMs: toMillis(undefined, Math.max(...inputs.map((point) => point.intervalMs))),
      range: { min, max },
      ...((margin[0] > 0 || margin[1] > 0) && { margin: { below: margin[0], above: margin[1] } }),
      source: { kind: 'derived', formula: derived.formula, inputs: derived.inputs, offset },
    },
  ];
};

/** The points of a site, cluster by cluster in the order of the document, derived ones behind those that are read. */
export const toPoints = (spec: SiteSpec, names: SiteNames, complain: Complain): readonly PointSpec[] => {
  for (const name of Object.keys(spec.rateLimits ?? {})) isKnown(name, quantityNames, 'quantity', ['spec', 'rateLimits', name], complain);
  const points = spec.instruments.flatMap((instrument, index) => toInstrumentPoints(instrument, index, spec, names, complain));
  const read = new Map<PointId, PointSpec>();
  for (const point of points) {
    if (read.has(point.id)) {
      const index = spec.instruments.findLastIndex((other) => other.location === point.location && other.cluster === point.cluster);
      complain(['spec', 'instruments', index, 'measurements', point.measurement], 'a point that nobody else measures', point.id);
    }
    read.set(point.id, point);
  }
  const sent = toSourcePoints(spec, names, new Set(read.keys()), complain);
  for (const point of sent) read.set(point.id, point);
  const derived = (spec.derived ?? []).flatMap((declared, index) => {
    const made = toDerivedPoint(declared, index, read, names, complain);
    if (made.some((point) => read.has(point.id))) {
      complain(['spec', 'derived', index, 'point'], 'a point of its own', `${declared.point}, which is measured`);
    }
    return made;
  });
  const clusters = Map.groupBy([...points, ...sent, ...derived], (point) => `${point.location}/${point.cluster}`);
  return [...clusters.values()].flat();
};
