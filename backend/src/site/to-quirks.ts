import { millis, type Millis, wordCountOf } from '@phloem/protocol';
import type { DevicesSpec, DocumentQuirks, DocumentStretch, Path, SiteSpec } from '@phloem/rules';
import { countLimits } from './request-limits.ts';
import type { SiteNames } from './site-check.ts';
import { toMillis, type Complain } from './complain.ts';
import type { RegisterTable } from './register.ts';
import type { Stretch, UnitQuirks } from './unit-quirks.ts';

type Declared = Omit<UnitQuirks, 'bus' | 'unit' | 'avoid' | 'cleared' | 'maxBlock'> & { readonly maxBlock?: number };
/** A unit as a profile describes it; `asked` are the points of it that the site reads. */
type Use = { readonly bus: string; readonly unit: number; readonly profile: string; readonly asked: readonly string[] };
type Override = { readonly bus: string; readonly unit: number; readonly quirks: DocumentQuirks; readonly path: Path };

const readLimits = { coil: countLimits[1], discrete: countLimits[2], holding: countLimits[3], input: countLimits[4] } as const;

const toStretches = (stretches: readonly DocumentStretch[]): readonly Stretch[] =>
  stretches.map(({ table, address, count = 1 }) => ({ table, address, count }));

const toLength = (written: string): Millis => toMillis(written, 0);

/** What a document says, in the terms of a site. */
const toDeclared = (quirks: DocumentQuirks): Declared => {
  const { maxBlock, blocks, together, alone, requestGap, byteGap, answerTimeout, pollDistance, ...same } = quirks;
  return {
    ...same,
    ...(typeof maxBlock === 'number' && { maxBlock }),
    ...(typeof maxBlock === 'object' && { maxBlocks: maxBlock }),
    ...(blocks !== undefined && { blocks: toStretches(blocks) }),
    ...(together !== undefined && { together: toStretches(together) }),
    ...(alone !== undefined && { alone: toStretches(alone) }),
    ...(requestGap !== undefined && { requestGapMs: toLength(requestGap) }),
    ...(byteGap !== undefined && { byteGapMs: toLength(byteGap) }),
    ...(answerTimeout !== undefined && { answerTimeoutMs: toLength(answerTimeout) }),
    ...(pollDistance !== undefined && { pollDistanceMs: toLength(pollDistance) }),
  };
};

const lower = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
const longer = (a: Millis | undefined, b: Millis | undefined): Millis | undefined =>
  a === undefined || b === undefined ? (a ?? b) : millis(Math.max(a, b));
const both = (a: readonly Stretch[] | undefined, b: readonly Stretch[] | undefined): readonly Stretch[] | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  const isKnown = (one: Stretch): boolean =>
    a.some(({ table, address, count }) => table === one.table && address === one.address && count === one.count);
  return [...a, ...b.filter((one) => !isKnown(one))];
};

const withoutUndefined = (declared: { readonly [K in keyof Declared]: Declared[K] | undefined }): Declared =>
  // What is left has a value each.
  Object.fromEntries(Object.entries(declared).filter(([, value]) => value !== undefined)) as Declared;

const tableNames = ['coil', 'discrete', 'holding', 'input'] as const satisfies readonly RegisterTable[];
const stricterBlocks = (a: Declared, b: Declared): Declared['maxBlocks'] => {
  if (a.maxBlocks === undefined || b.maxBlocks === undefined) return a.maxBlocks ?? b.maxBlocks;
  const own = tableNames.flatMap((table) => {
    const size = lower(a.maxBlocks?.[table], b.maxBlocks?.[table]);
    return size === undefined ? [] : [[table, size] as const];
  });
  return Object.fromEntries(own);
};

/** Two profiles of one unit: it must be asked so that both are content. */
const toStricter = (a: Declared, b: Declared): Declared =>
  withoutUndefined({
    ...b,
    ...a,
    maxBlock: lower(a.maxBlock, b.maxBlock),
    maxBlocks: stricterBlocks(a, b),
    blocks: both(a.blocks, b.blocks),
    together: both(a.together, b.together),
    alone: both(a.alone, b.alone),
    readGaps: a.readGaps === false || b.readGaps === false ? false : (a.readGaps ?? b.readGaps),
    requestGapMs: longer(a.requestGapMs, b.requestGapMs),
    byteGapMs: longer(a.byteGapMs, b.byteGapMs),
    answerTimeoutMs: longer(a.answerTimeoutMs, b.answerTimeoutMs),
    pollDistanceMs: longer(a.pollDistanceMs, b.pollDistanceMs),
  });

/** Every place of a devices document that names a profile, however deep it lies. */
const findUses = (value: unknown): readonly Use[] => {
  if (typeof value !== 'object' || value === null) return [];
  const { bus, unit, profile, point } = value as Readonly<Record<string, unknown>>;
  const own =
    typeof bus === 'string' && typeof unit === 'number' && typeof profile === 'string'
      ? [{ bus, unit, profile, asked: typeof point === 'string' ? [point] : [] }]
      : [];
  return [...own, ...Object.values(value).flatMap(findUses)];
};

const toUses = (spec: SiteSpec, devices: readonly DevicesSpec[]): readonly Use[] => [
  ...spec.instruments.map(({ bus, unit, profile, measurements }) => ({
    bus,
    unit,
    profile,
    asked: Object.values(measurements).map((declared) => (typeof declared === 'string' ? declared : declared.point)),
  })),
  ...devices.flatMap(findUses),
];

const toOverrides = (spec: SiteSpec): readonly Override[] => [
  ...spec.buses.flatMap(({ id, units = [] }, bus) =>
    units.map(({ unit, quirks }, index) => ({ bus: id, unit, quirks, path: ['spec', 'buses', bus, 'units', index, 'quirks'] })),
  ),
  ...spec.instruments.flatMap(({ bus, unit, quirks }, index) =>
    quirks === undefined ? [] : [{ bus, unit, quirks, path: ['spec', 'instruments', index, 'quirks'] }],
  ),
];

/** A quirk of a unit is said once: two places that disagree would leave it to chance which holds. */
const checkOnce = (overrides: readonly Override[], complain: Complain): void => {
  const said = new Map<string, string>();
  for (const { bus, unit, quirks, path } of overrides) {
    for (const [name, value] of Object.entries(quirks)) {
      const key = `${bus} ${unit} ${name}`;
      const text = JSON.stringify(value);
      const before = said.get(key);
      if (before !== undefined && before !== text)
        complain(
          [...path, name],
          `${name} of unit ${unit} to be said once, or the same everywhere`,
          `${text} here and ${before} elsewhere`,
        );
      said.set(key, before ?? text);
    }
  }
};

const checkTransport = (spec: SiteSpec, { bus, quirks, path }: Override, complain: Complain): void => {
  const transport = spec.buses.find(({ id }) => id === bus)?.transport;
  if (transport === undefined) return;
  if (transport === 'tcp' && quirks.byteGap !== undefined)
    complain(
      [...path, 'byteGap'],
      'no byteGap on a bus of Modbus TCP',
      quirks.byteGap,
      'leave it out: the bytes of a TCP answer come as one',
    );
  if (transport !== 'tcp' && quirks.transactionId !== undefined)
    complain(
      [...path, 'transactionId'],
      `no transactionId on ${transport}`,
      quirks.transactionId,
      'leave it out: RTU has no transaction ids',
    );
};

const checkSizes = ({ maxBlock = {}, blocks = [], together = [] }: DocumentQuirks, path: Path, complain: Complain): void => {
  if (typeof maxBlock === 'object') {
    for (const [table, size] of Object.entries(maxBlock)) {
      const most = readLimits[table as RegisterTable];
      if (size > most) complain([...path, 'maxBlock', table], `at most ${most}, which is all that Modbus allows`, String(size));
    }
  }
  for (const [key, stretches] of Object.entries({ blocks, together })) {
    stretches.forEach(({ table, address, count = 1 }, index) => {
      const own = typeof maxBlock === 'number' ? maxBlock : maxBlock[table];
      const most = Math.min(readLimits[table], own ?? Number.POSITIVE_INFINITY);
      if (count > most) complain([...path, key, index, 'count'], `at most ${most} in one request`, String(count));
      else if (address + count > 65_536) complain([...path, key, index], 'an end at 65535 at most', `${address} + ${count}`);
    });
  }
};

/** The quirks that a site's documents declare by themselves: for one unit each, said once and possible there. */
const checkOverrides = (spec: SiteSpec, overrides: readonly Override[], complain: Complain): void => {
  checkOnce(overrides, complain);
  for (const override of overrides) {
    checkTransport(spec, override, complain);
    checkSizes(override.quirks, override.path, complain);
  }
  spec.buses.forEach(({ units = [] }, bus) =>
    units.forEach(({ unit }, index) => {
      const first = units.findIndex((other) => other.unit === unit);
      if (first < index) complain(['spec', 'buses', bus, 'units', index, 'unit'], 'each unit once', `unit ${unit}, for the second time`);
    }),
  );
};

/** What must be heeded when the units of a site are asked: their profiles, and over them what the site says of each. */
export const toQuirks = (
  spec: SiteSpec,
  devices: readonly DevicesSpec[],
  { profiles }: SiteNames,
  complain: Complain,
): readonly UnitQuirks[] => {
  const overrides = toOverrides(spec);
  checkOverrides(spec, overrides, complain);
  const uses = Map.groupBy(toUses(spec, devices), ({ bus, unit }) => `${bus} ${unit}`);
  const own = Map.groupBy(overrides, ({ bus, unit }) => `${bus} ${unit}`);
  return [...new Set([...uses.keys(), ...own.keys()])].flatMap((key) => {
    const place = uses.get(key)?.[0] ?? own.get(key)?.[0];
    if (place === undefined) return [];
    const { avoid, cleared, declared } = toProfiled(uses.get(key) ?? [], profiles);
    const said = (own.get(key) ?? []).reduce<Declared>((all, { quirks }) => toSaid(all, toDeclared(quirks)), declared);
    const { maxBlock = null, ...rest } = said;
    if (maxBlock === null && Object.keys(rest).length === 0 && avoid.length === 0 && cleared.length === 0) return [];
    return [{ bus: place.bus, unit: place.unit, maxBlock, avoid, ...(cleared.length > 0 && { cleared }), ...rest }];
  });
};

/** What the site says takes the place of what a profile says; the two ways to say `maxBlock` are one. */
const toSaid = (before: Declared, over: Declared): Declared => {
  if (over.maxBlock === undefined && over.maxBlocks === undefined) return { ...before, ...over };
  const { maxBlock: _maxBlock, maxBlocks: _maxBlocks, ...rest } = before;
  return { ...rest, ...over };
};

const toProfiled = (
  uses: readonly Use[],
  profiles: SiteNames['profiles'],
): { readonly avoid: readonly Stretch[]; readonly cleared: readonly Stretch[]; readonly declared: Declared } => {
  let declared: Declared = {};
  const asked = new Map<string, Set<string>>();
  for (const use of uses) asked.set(use.profile, new Set([...(asked.get(use.profile) ?? []), ...use.asked]));
  const avoid: Stretch[] = [];
  const cleared: Stretch[] = [];
  for (const [name, points] of asked) {
    const profile = profiles.get(name);
    if (profile?.quirks !== undefined) declared = toStricter(declared, toDeclared(profile.quirks));
    for (const [point, { clearOnRead, table, address, type }] of Object.entries(profile?.points ?? {})) {
      if (clearOnRead === true) (points.has(point) ? cleared : avoid).push({ table, address, count: wordCountOf(type) });
    }
  }
  return { avoid, cleared, declared };
};
