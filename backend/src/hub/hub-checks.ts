import type { Entry, EntryDraft } from '@phloem/protocol';
import { checkAutomation, type AutomationFacts } from '../alarms/automation-gone.ts';
import { toClockAlarm, toRestartAlarm } from '../alarms/hub-events.ts';
import { toUnendedLeases } from '../leases/unended-leases.ts';
import type { LeaseService } from '../leases/lease-service.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import type { HubView } from '../view/hub-view.ts';

/** When the run before was last seen alive, by its pulse; null at the first start. */
export const toPastClock = (past: readonly Entry[]): { readonly at: number; readonly up: number } | null =>
  past.findLast(({ kind }) => kind === 'pulse') ?? null;

/** What has happened between the run before and this one. */
export const toStartAlarms = (past: readonly Entry[], clock: HubClock): readonly EntryDraft[] => {
  const before = toPastClock(past);
  if (before === null) return [];
  const [at, up] = [clock.at(), clock.up()];
  return [
    ...toRestartAlarm({ awayMs: Math.max(0, up - before.up), isInOrder: toUnendedLeases(past).length === 0 }),
    ...toClockAlarm(before.at - before.up, at - up),
  ];
};

export type HubChecksParts = {
  readonly log: Pick<HubStore['log'], 'append'>;
  readonly clock: HubClock;
  readonly devices: AutomationFacts['devices'];
  readonly view: Pick<HubView, 'automation' | 'overrides' | 'alarm'>;
  readonly leases: Pick<LeaseService, 'renewedUp'>;
};

/** Makes the function that looks, once a second, at what no entry of the log shows: automation, and the hub's own clock. */
export const createHubChecks = ({ log, clock, devices, view, leases }: HubChecksParts): (() => void) => {
  const startUp = clock.up();
  let offset = clock.at() - startUp;
  return () => {
    const [at, up] = [clock.at(), clock.up()];
    const facts = {
      automation: view.automation(),
      devices,
      renewedUp: (device: string) => leases.renewedUp(device),
      overridden: new Set(view.overrides().map(({ device }) => device)),
      alarm: (alarm: string) => view.alarm(alarm),
    };
    const drafts = [...toClockAlarm(offset, at - up), ...checkAutomation({ ...facts, up, startUp })];
    offset = at - up;
    if (drafts.length > 0) log.append(drafts);
  };
};
