import { toLocations, type DocumentHash, type LocationId, type SetpointsAhead } from '@phloem/protocol';
import { compileBundle, toSiteModel, type BundleContent, type Outlook } from '@phloem/protocol/rules';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

/** What the live bundle of a location steers it to. */
export type BundleOutlook = (ask: {
  readonly location: LocationId;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}) => SetpointsAhead;

/** Makes the outlook of the hub's live bundles: compiled from the documents that the hub keeps, once for each. */
export const createBundleOutlook = ({
  store,
  site,
  view,
}: {
  readonly store: Pick<HubStore, 'documents'>;
  readonly site: Site;
  readonly view: () => Pick<HubView, 'automation'>;
}): BundleOutlook => {
  const known = new Map<DocumentHash, Outlook>();
  const outlookOf = (hash: DocumentHash): Outlook | undefined => {
    const found = known.get(hash);
    if (found !== undefined) return found;
    const text = store.documents.get(hash);
    if (text === null) return undefined;
    const { outlook } = compileBundle(JSON.parse(text) as BundleContent, toSiteModel(site));
    // Bundles come and go; a few are as many as are live.
    if (known.size > 20) known.clear();
    known.set(hash, outlook);
    return outlook;
  };
  return ({ location, from, to, at }) => {
    const status = view()
      .automation()
      .find(({ scope, bundle }) => bundle !== null && toLocations(scope).includes(location));
    const bundle = status?.bundle ?? null;
    const outlook = bundle === null ? undefined : outlookOf(bundle.hash);
    return { location, bundle, at, ...(outlook?.({ location, from, to, at }) ?? { setpoints: [], dark: [] }) };
  };
};
