import { toLocations, type LocationId, type SetpointsAhead } from '@phloem/protocol';
import type { HubClock } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';
import type { LivePlans } from './live-plans.ts';

/** What the live bundle of a location steers it to. */
export type BundleOutlook = (ask: {
  readonly location: LocationId;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}) => SetpointsAhead;

/** Makes the outlook of the hub's live bundles, with what operators add to their set-points and have added. */
export const createBundleOutlook = ({
  plans,
  view,
  clock,
}: {
  readonly plans: () => LivePlans;
  readonly view: () => Pick<HubView, 'offsets' | 'pastOffsets'>;
  readonly clock: Pick<HubClock, 'up'>;
}): BundleOutlook => {
  return ({ location, from, to, at }) => {
    const live = plans()
      .all()
      .find(({ scope }) => toLocations(scope).includes(location));
    const offsets = { up: clock.up(), standing: view().offsets(), past: view().pastOffsets() };
    const ahead = live?.plan?.outlook({ location, from, to, at, offsets }) ?? { setpoints: [], dark: [] };
    return { location, bundle: live?.bundle ?? null, at, ...ahead };
  };
};
