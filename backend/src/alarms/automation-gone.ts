import {
  alarmIds,
  toLocation,
  toLocations,
  type AlarmStatus,
  type AutomationStatus,
  type DeviceId,
  type EntryDraft,
  reasonOf,
  type Millis,
} from '@phloem/protocol';

/** What is known when somebody looks whether automation runs. */
export type AutomationFacts = {
  readonly up: number;
  /** When this run of the hub began, in `up`. */
  readonly startUp: number;
  readonly automation: readonly AutomationStatus[];
  readonly devices: readonly { readonly id: DeviceId; readonly failSafe: { readonly after: Millis } }[];
  /** When a device's lease was renewed last, in this run of the hub; null when never. */
  readonly renewedUp: (device: DeviceId) => number | null;
  readonly overridden: ReadonlySet<DeviceId>;
  readonly alarm: (alarm: string) => Pick<AlarmStatus, 'state' | 'why'> | null;
};

/** After its own start the hub gives a service so long to come back before it says that there is none. */
const startGraceMs = 30_000;

/**
 * Pure: the alarms of scopes whose rules nobody runs, once devices have gone to their safe states because of it. It is P1:
 * nothing is controlled any more.
 */
export const checkAutomation = (facts: AutomationFacts): readonly EntryDraft[] =>
  facts.automation.flatMap(({ scope, holder, bundle }): readonly EntryDraft[] => {
    const locations = toLocations(scope);
    const own = facts.devices.filter(({ id }) => locations.includes(toLocation(id)));
    const alarm = alarmIds.automation(scope);
    const before = facts.alarm(alarm);
    const isActive = before !== null && before.state !== 'cleared';
    // Who holds the lease has yet to show that it works: a service that starts again and again ends no alarm by that.
    const isWatched = bundle !== null && (holder === null || isActive);
    const lost = isWatched ? own.filter((device) => isPastFailSafe(device, facts)) : [];
    const safe = lost.filter(({ id }) => !facts.overridden.has(id)).length;
    const entry = { kind: 'alarm' as const, alarm, priority: 'P1' as const, by: { kind: 'hub' as const }, locations: [...locations] };
    if (lost.length === 0) return isActive ? [{ ...entry, state: 'cleared' }] : [];
    const isSaid = isActive && before.why?.code === 'automation/not-running' && before.why.params.devices === safe;
    return isSaid ? [] : [{ ...entry, state: 'active', why: reasonOf('automation/not-running', { devices: safe }) }];
  });

const isPastFailSafe = ({ id, failSafe }: AutomationFacts['devices'][number], { up, startUp, renewedUp }: AutomationFacts): boolean => {
  const renewed = renewedUp(id);
  return renewed === null ? up - startUp >= Math.max(failSafe.after, startGraceMs) : up - renewed >= failSafe.after;
};
