import type { DocumentHash, PointId } from '@phloem/protocol';
import type { HubView } from '../view/hub-view.ts';

/** The hashes of the live bundles, as one text that changes when one of them is switched. */
export const toLiveBundles = (view: Pick<HubView, 'automation'>): readonly DocumentHash[] =>
  view.automation().flatMap(({ bundle }) => (bundle === null ? [] : [bundle.hash]));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** What documents of the kind Signals read: rules, interlocks and alarms see the field through them alone. */
const toReadPoints = (document: unknown): readonly PointId[] => {
  if (!isObject(document) || document['kind'] !== 'Signals' || !isObject(document['spec'])) return [];
  const { inputs } = document['spec'];
  if (!isObject(inputs)) return [];
  return Object.values(inputs).flatMap((input) => (isObject(input) && typeof input['point'] === 'string' ? [input['point']] : []));
};

/** The points that the live bundles, and the interlocks and alarms of the site, read: their polls go before the others (FB2). */
export const toFavouredPoints = (
  bundles: readonly DocumentHash[],
  {
    documents,
    interlocks = [],
    alarms = [],
  }: {
    readonly documents: { get(hash: DocumentHash): string | null };
    readonly interlocks?: readonly unknown[] | undefined;
    readonly alarms?: readonly unknown[] | undefined;
  },
): ReadonlySet<PointId> => {
  const ofBundles = bundles.flatMap((hash): readonly unknown[] => {
    const content: unknown = JSON.parse(documents.get(hash) ?? 'null');
    return isObject(content) && Array.isArray(content['documents']) ? content['documents'] : [];
  });
  return new Set([...ofBundles, ...interlocks, ...alarms].flatMap(toReadPoints));
};
