import { toLocations, type DocumentHash, type LocationId, type SetpointsAhead } from '@phloem/protocol';
import type { HubClock } from '../log/hub-clock.ts';
import type { HubView } from '../view/hub-view.ts';
import type { LivePlans } from './live-plans.ts';

/** What the live bundle of a location steers it to. */
export type BundleForecast = (ask: {
  readonly location: LocationId;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}) => Promise<SetpointsAhead>;

/** Works out what a bundle steers to; away from this thread where that takes long. Null where the bundle cannot be had. */
export type Ahead = (
  hash: DocumentHash,
  ask: Parameters<LivePlans['ahead']>[1],
) => ReturnType<LivePlans['ahead']> | Promise<ReturnType<LivePlans['ahead']>>;

/** Makes the forecast of the hub's live bundles, with what operators add to their set-points and have added. */
export const createBundleForecast = ({
  plans,
  view,
  clock,
  ahead = (hash, ask) => plans.ahead(hash, ask),
}: {
  /** In this thread, where nothing else is said. */
  readonly ahead?: Ahead;
  readonly plans: LivePlans;
  readonly view: Pick<HubView, 'offsets' | 'pastOffsets'>;
  readonly clock: Pick<HubClock, 'up'>;
}): BundleForecast => {
  return async ({ location, from, to, at }) => {
    const live = plans.all().find(({ scope }) => toLocations(scope).includes(location));
    const offsets = { up: clock.up(), standing: view.offsets(), past: view.pastOffsets() };
    const found = live === undefined ? null : await ahead(live.bundle.hash, { location, from, to, at, offsets });
    return { location, bundle: live?.bundle ?? null, at, ...(found ?? { setpoints: [], dark: [] }) };
  };
};
