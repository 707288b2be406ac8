import { canonicalJson, Fault, isFault, type DocumentHash, type ScopeId } from '@phloem/protocol';
import { DocumentFault, formatProblem } from '@phloem/rules';
import type { CheckedBundle } from '../documents/bundle-registry.ts';
import type { DeviceSpec, Site } from '../site/site.ts';
import type { CommandRecord } from '../store/hub-store.ts';

/** The live bundle of a scope; `text` is null when its content is not kept. */
export type LiveBundle = {
  readonly scope: ScopeId;
  readonly hash: DocumentHash;
  readonly revision: number;
  readonly text: string | null;
};

export type SiteChangeParts = {
  /** The site as it was; null when there was none, or when nobody knows it any more. */
  readonly before: Site | null;
  readonly site: Site;
  readonly live: readonly LiveBundle[];
  /** The bundle that the start came with, checked against the new site. */
  readonly bundle: CheckedBundle | null;
  readonly open: readonly CommandRecord[];
  /** @throws Fault when a content does not compile against the new site. */
  readonly check: (content: unknown) => unknown;
};

/** What must be done before another site may be the active one. */
export type SiteChange = {
  /** Devices of the old site that the new one has not, or has elsewhere. */
  readonly left: readonly DeviceSpec[];
  /** Their commands that have not ended. */
  readonly ended: readonly CommandRecord[];
  /** Devices of the new site that the old one had not: the hub watches over them again. */
  readonly returned: readonly DeviceSpec[];
};

/**
 * Decides what a change of the site takes.
 *
 * @throws Fault document/invalid when a live bundle does not fit the new site, and nothing takes its place.
 */
export const planSiteChange = ({ before, site, live, bundle, open, check }: SiteChangeParts): SiteChange => {
  for (const one of live) if (one.scope !== bundle?.scope) requireFit(one, check);
  const known = new Map(site.devices.map((device) => [device.id, toPlace(device)]));
  const left = (before?.devices ?? []).filter((device) => known.get(device.id) !== toPlace(device));
  return {
    left,
    ended: open.filter((record) => left.some(({ id }) => id === record.device)),
    returned: site.devices.filter(({ id }) => before?.devices.some((device) => device.id === id) === false),
  };
};

/** What makes it the same device to anyone who writes its registers. */
const toPlace = ({ kind, write, readBack }: DeviceSpec): string => canonicalJson({ kind, write, readBack });

const requireFit = ({ scope, text }: LiveBundle, check: SiteChangeParts['check']): void => {
  const problem = findProblem(text, check);
  if (problem === null) return;
  throw new Fault(
    'document/invalid',
    `this site cannot replace the last one: the live bundle of ${scope} does not fit it (${problem}); ` +
      'start with --bundle <folder> and one that fits, or with the site as it was',
  );
};

const findProblem = (text: string | null, check: SiteChangeParts['check']): string | null => {
  if (text === null) return 'its content is not kept';
  try {
    check(JSON.parse(text));
    return null;
  } catch (error) {
    if (!isFault(error)) throw error;
    const [first] = error instanceof DocumentFault ? error.problems : [];
    return first === undefined ? error.message : formatProblem({ ...first, excerpt: '', hint: '' });
  }
};
