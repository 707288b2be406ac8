import { quantities, type PointId, type RegisterAnswer, wordCountOf } from '@phloem/protocol';
import type { PointSpec, Site } from '../site/site.ts';
import type { RegisterPlace } from '../site/register.ts';
import { findQuirks } from '../site/unit-quirks.ts';
import { toReadFunction } from './poll/block-plan.ts';

const toPlace = ({ bus, unit, register }: RegisterPlace, quirks: Site['quirks']) => ({
  bus,
  unit,
  function: toReadFunction(register.table, findQuirks(quirks, bus, unit)),
  address: register.address,
  count: wordCountOf(register.type),
  type: register.type,
  wordOrder: register.wordOrder,
  ...(register.field !== undefined && { field: register.field }),
  ...(register.invert === true && { invert: true }),
  scale: register.scale,
  offset: register.offset,
  ...(register.names !== undefined && { names: register.names }),
});

/** Where every point that is read, and every device's read-back, stands in the registers. */
export const toRegisterPlaces = (site: Pick<Site, 'points' | 'devices' | 'quirks'>): readonly RegisterAnswer[] => [
  ...site.points.flatMap(({ id, title, quantity, decimals, intervalMs, source }) =>
    source.kind === 'register'
      ? [{ id, kind: 'point' as const, title, ...toPlace(source, site.quirks), quantity, decimals, intervalMs }]
      : [],
  ),
  ...site.devices.map(({ id, title, kind, quantity, readBack, pollMs }) => ({
    id,
    kind: 'device' as const,
    title,
    ...toPlace(readBack, site.quirks),
    quantity: kind === 'switch' || kind === 'momentary' ? ('boolean' as const) : (quantity ?? null),
    decimals: quantity === undefined ? 0 : quantities[quantity].decimals,
    intervalMs: pollMs,
  })),
];

/** The names that a site has for each unit of a bus: instruments, and devices that are read there. */
export const toUnitNames = (site: Pick<Site, 'points' | 'devices'>, bus: string): ReadonlyMap<number, readonly string[]> => {
  const names = new Map<number, Set<string>>();
  const add = (unit: number, name: string): void => {
    names.set(unit, (names.get(unit) ?? new Set()).add(name));
  };
  for (const { source } of site.points) if (source.kind === 'register' && source.bus === bus) add(source.unit, source.instrument);
  for (const { id, readBack } of site.devices) if (readBack.bus === bus) add(readBack.unit, id);
  return new Map([...names].map(([unit, own]) => [unit, [...own]]));
};

/** The points that must be read for these to be known: what is derived stands on its inputs. */
export const withInputs = (points: readonly PointSpec[], wanted: ReadonlySet<PointId>): ReadonlySet<PointId> => {
  const all = new Set(wanted);
  for (const { id, source } of points) {
    if (source.kind === 'derived' && all.has(id)) for (const input of source.inputs) all.add(input);
  }
  return all;
};
