import {
  alarmIds,
  type BundleEntry,
  type DeviceValue,
  type EntryDraft,
  isFault,
  type Reason,
  reasonOf,
  type ScopeId,
  type SiteEntry,
} from '@phloem/protocol';
import { keepCommand } from '../devices/command-invariants.ts';
import type { CheckedBundle } from '../documents/bundle-registry.ts';
import { siteFromContent } from '../site/site-content.ts';
import type { DeviceSpec, Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import { planSiteChange, type LiveBundle, type SiteChange, type SiteChangeParts } from './plan-site-change.ts';
import { readPast } from './read-past.ts';

/** What came of a device that was left behind; `problem` is null when its safe state was read back. */
export type LeftOutcome = { readonly device: DeviceSpec; readonly value: DeviceValue; readonly problem: Reason | null };

export type ChangeSiteParts = {
  readonly store: HubStore;
  readonly site: Site;
  /** The site's canonical text. */
  readonly text: string;
  /** The bundle that the start came with, checked against the site. */
  readonly bundle: CheckedBundle | null;
  readonly check: SiteChangeParts['check'];
  /** Drives devices of the old site to their safe states where they were. */
  readonly leave: (old: Site, devices: readonly DeviceSpec[]) => Promise<readonly LeftOutcome[]>;
};

/**
 * Makes the site the active one before the hub runs over it, and the bundle that came with the start the live one of its
 * scope, in one transaction. What the old site has and the new one has not is not left on.
 *
 * @returns the bundle that came with the start as it is live now; null when none came.
 * @throws Fault document/invalid when a live bundle does not fit: nothing has changed then.
 */
export const changeSite = async ({ store, site, text, bundle, check, leave }: ChangeSiteParts) => {
  const { remembered } = readPast(store);
  const newest = remembered.findLast((entry): entry is SiteEntry => entry.kind === 'site');
  const live = toLive(
    remembered.filter((entry) => entry.kind === 'bundle'),
    store,
  );
  const isSame = newest?.hash === site.hash;
  const before = isSame || newest === undefined ? null : readSite(store.documents.get(newest.hash));
  const change = isSame ? null : planSiteChange({ before, site, live, bundle, open: store.commands.open(), check });

  if (change !== null) cancelCommands(store, change);
  const outcomes = before === null || change === null || change.left.length === 0 ? [] : await leave(before, change.left);

  const rules = bundle === null ? null : toRules(bundle, live);
  const alarms = new Set(toActiveAlarms(remembered));
  const drafts: EntryDraft[] = [
    ...outcomes.flatMap((outcome) => toDrafts(outcome, alarms)),
    ...(change?.returned ?? []).flatMap(({ id }) =>
      alarms.has(toAlarm(id))
        ? [{ kind: 'alarm' as const, alarm: toAlarm(id), state: 'cleared' as const, priority: 'P2' as const, by: { kind: 'hub' as const } }]
        : [],
    ),
  ];
  if (!isSame) drafts.push({ kind: 'site', hash: site.hash, revision: (newest?.revision ?? 0) + 1 });
  if (bundle !== null && rules?.isNew === true) {
    drafts.push({ kind: 'bundle', scope: bundle.scope, hash: bundle.hash, revision: rules.revision, mode: 'live' });
  }
  if (drafts.length > 0) {
    store.transact(() => {
      store.documents.put(site.hash, text);
      if (bundle !== null) store.documents.put(bundle.hash, bundle.text);
      store.log.append(drafts);
      if (bundle !== null && rules?.isNew === true) {
        const { scope, hash } = bundle;
        const parent = live.find((one) => one.scope === scope)?.revision ?? null;
        store.revisions.put(scope, { revision: rules.revision, hash, parent, at: store.clock.at(), by: { kind: 'hub' }, message: null });
      }
    });
    await store.sync();
  }
  return rules === null ? null : { scope: rules.scope, revision: rules.revision };
};

const toLive = (entries: readonly BundleEntry[], { documents }: HubStore): readonly LiveBundle[] => {
  const newest = new Map<ScopeId, BundleEntry>();
  for (const entry of entries) if (entry.mode !== 'shadow') newest.set(entry.scope, entry);
  return [...newest.values()]
    .filter(({ mode }) => mode === 'live')
    .map(({ scope, hash, revision }) => ({ scope, hash, revision, text: documents.get(hash) }));
};

/** A site that cannot be read any more is as good as none: nobody knows where its devices were. */
const readSite = (text: string | null): Site | null => {
  if (text === null) return null;
  try {
    return siteFromContent(text);
  } catch (error) {
    if (!isFault(error, 'document/invalid')) throw error;
    return null;
  }
};

const toRules = ({ scope, hash }: CheckedBundle, live: readonly LiveBundle[]) => {
  const before = live.find((one) => one.scope === scope);
  if (before?.hash === hash) return { scope, revision: before.revision, isNew: false };
  return { scope, revision: (before?.revision ?? 0) + 1, isNew: true };
};

const cancelCommands = (store: HubStore, { ended }: SiteChange): void => {
  if (ended.length === 0) return;
  store.transact(() => {
    for (const record of ended) {
      const { id, device, value, by, cause } = record;
      keepCommand(store.commands, { ...record, stage: 'ended', end: 'cancelled' });
      store.log.append([{ kind: 'device', device, phase: 'cancelled', value, id, by, cause, why: reasonOf('site/changed') }]);
    }
  });
};

const toAlarm = (device: string): string => alarmIds.device(device, 'left-behind');

const toActiveAlarms = (remembered: ReturnType<typeof readPast>['remembered']): readonly string[] => {
  const states = new Map(remembered.flatMap((entry) => (entry.kind === 'alarm' ? [[entry.alarm, entry.state] as const] : [])));
  return [...states].flatMap(([alarm, state]) => (state === 'cleared' ? [] : [alarm]));
};

const toDrafts = ({ device, value, problem }: LeftOutcome, alarms: ReadonlySet<string>): readonly EntryDraft[] => {
  const entry = { kind: 'device', device: device.id, value, by: { kind: 'hub' } } as const;
  if (problem === null) return [{ ...entry, phase: 'safe', why: reasonOf('site/changed') }];
  const why = reasonOf('site/left-unknown', { value, because: problem });
  const alarm = { kind: 'alarm', alarm: toAlarm(device.id), state: 'active', priority: 'P2', by: { kind: 'hub' }, why } as const;
  return [{ ...entry, phase: 'unknown', why }, ...(alarms.has(alarm.alarm) ? [] : [alarm])];
};
