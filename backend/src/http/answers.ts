import {
  Author,
  createTimeText,
  deviceKinds,
  DeviceId,
  type DeviceState,
  DeviceValue,
  DocumentHash,
  LocationId,
  millis,
  Phase,
  PointId,
  Quality,
  quantities,
  type Quantity,
  quantityNames,
  ScopeId,
  toIsoText,
  toLocation,
  reasonOf,
  type Reason,
  RenderedReason,
  withMessage,
} from '@phloem/protocol';
import { Type, type Static } from 'typebox';
import { toStaleLimit } from '../field/readings/field-readings.ts';
import type { HubView } from '../view/hub-view.ts';

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const instant = (description: string) => orNull(Type.String({ format: 'date-time', description }));

/** A point as HTTP shows it. */
export const PointAnswer = Type.Object({
  id: PointId,
  title: Type.String(),
  quantity: Type.Enum([...quantityNames]),
  unit: Type.String({ description: 'the canonical unit of the quantity; empty where there is none' }),
  intervalMs: Type.Number({ description: 'how often it is measured' }),
  value: orNull(Type.Union([Type.Number(), Type.Boolean()])),
  quality: Quality,
  why: orNull(RenderedReason),
  reported: instant('when the instrument last answered'),
  changed: instant('when value or quality last changed'),
});

/** A device as HTTP shows it. */
export const DeviceAnswer = Type.Object({
  id: DeviceId,
  location: LocationId,
  title: Type.String(),
  kind: Type.Enum([...deviceKinds]),
  requested: orNull(DeviceValue),
  written: orNull(DeviceValue),
  confirmed: orNull(DeviceValue),
  phase: orNull(Phase),
  by: orNull(Author),
  why: orNull(RenderedReason),
  since: instant('when the phase last changed'),
});

type PointAnswer = Static<typeof PointAnswer>;
type DeviceAnswer = Static<typeof DeviceAnswer>;

const toIso = (at: number | null): string | null => (at === null ? null : toIsoText(at));

/** The points with their newest readings; times are calculated from the hub's running clock as of now. */
export const toPointAnswers = (view: HubView, now: { readonly at: number; readonly up: number }): PointAnswer[] => {
  const layouts = new Map(view.layout.points.map((point) => [point.id, point]));
  const toTime = (up: number | null): string | null => toIso(up === null ? null : now.at - (now.up - up));
  const time = createTimeText(view.layout.timeZone);
  const toWhy = (why: Reason | undefined): RenderedReason | null => (why === undefined ? null : withMessage(why, { time }));
  return view.points().flatMap((point) => {
    const layout = layouts.get(point.id);
    if (layout === undefined) return [];
    const quantity: Quantity = layout.quantity;
    // The entry about it may be on its way, or not be written yet: a hub that was away comes back with old values.
    const limit = toStaleLimit({ intervalMs: millis(layout.intervalMs) });
    const isOverdue = point.v !== null && point.reported !== null && now.up - point.reported > limit;
    return [
      {
        id: point.id,
        title: layout.title,
        quantity,
        unit: quantities[quantity].unit,
        intervalMs: layout.intervalMs,
        value: isOverdue ? null : point.v,
        quality: isOverdue ? ('stale' as const) : point.q,
        why: toWhy(isOverdue ? reasonOf('reading/overdue') : point.why),
        reported: toTime(point.reported),
        changed: toTime(point.changed),
      },
    ];
  });
};

/** The devices with requested, written and confirmed distinguished. */
export const toDeviceAnswers = (view: HubView, states: readonly DeviceState[]): DeviceAnswer[] => {
  const layouts = new Map(view.layout.devices.map((device) => [device.id, device]));
  const time = createTimeText(view.layout.timeZone);
  return states.map(({ id, requested, written, confirmed, phase, by, why, since }) => ({
    id,
    location: toLocation(id),
    title: layouts.get(id)?.title ?? id,
    kind: layouts.get(id)?.kind ?? 'switch',
    requested,
    written,
    confirmed,
    phase,
    by,
    why: why === null ? null : withMessage(why, { time, device: layouts.get(id) }),
    since: toIso(since),
  }));
};

/** Which site is active. */
export const SiteAnswer = Type.Object({
  hash: DocumentHash,
  revision: Type.Integer(),
  title: Type.String(),
  timeZone: Type.String(),
  locations: Type.Array(Type.Object({ id: LocationId, title: Type.String() })),
});
export type SiteAnswer = Static<typeof SiteAnswer>;

/** Which bundle is live, since when, and who made it so. */
export const BundleAnswer = Type.Object({
  scope: ScopeId,
  hash: DocumentHash,
  revision: Type.Integer(),
  by: orNull(Author),
  since: orNull(instant('when it became the live one')),
});

/** The live bundle of every scope that has one. */
export const toBundleAnswers = (view: Pick<HubView, 'automation' | 'bundleEntry'>): Static<typeof BundleAnswer>[] =>
  view.automation().flatMap(({ scope, bundle }) => {
    if (bundle === null) return [];
    const entry = view.bundleEntry(scope);
    return [{ scope, ...bundle, by: entry?.by ?? null, since: toIso(entry?.at ?? null) }];
  });
