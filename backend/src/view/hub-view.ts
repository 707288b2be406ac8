import {
  hasOverlap,
  isAlarmOver,
  reasonOf,
  stepAlarmStatus,
  stepOffsetStatus,
  stepOverrideStatus,
  toLocation,
  toPointId,
  type AlarmEntry,
  type AlarmStatus,
  type AutomationStatus,
  type BundleEntry,
  type BusStatus,
  type Changes,
  type DeviceId,
  type DeviceState,
  type Entry,
  type InterlockStatus,
  type LocationId,
  type Lsn,
  type OffsetEntry,
  type OffsetStatus,
  type OverrideEntry,
  type OverrideStatus,
  type PointId,
  type PointState,
  type ScopeId,
  type SensorEntry,
  type SetpointName,
  type SiteLayout,
  type Snapshot,
  type ValueEntry,
  type ValueStatus,
} from '@phloem/protocol';
import { createCausesOf, toParent, type CausesOf } from '../alarms/alarm-causes.ts';
import type { HubClock } from '../log/hub-clock.ts';
import type { InterlockView } from '../interlocks/interlock-service.ts';
import { describeInterlocks, type InterlockDescription } from '../interlocks/describe-interlocks.ts';
import { stepPastOffsets } from './past-offsets.ts';
import type { PastOffset } from '../store/hub-store.ts';
import type { Site } from '../site/site.ts';
import { toLayout } from './site-layout.ts';

type Versioned<T> = { readonly version: Lsn; readonly value: T };

/** What the view needs from the rest of the hub. */
export type HubViewOptions = {
  readonly site: Site;
  readonly revision: number;
  readonly clock: HubClock;
  /** The gate's own account of its devices. */
  readonly deviceStates: () => readonly DeviceState[];
  /** How the interlocks of the site stand. */
  readonly interlocks?: () => readonly InterlockView[];
};

/**
 * How everything stands as of the newest entry: a fold over the log, and the answer to "what should a panel show?".
 * Nothing in it is truth; it can be thrown away and folded again.
 */
export class HubView {
  readonly layout: SiteLayout;
  readonly #clock: HubClock;
  readonly #deviceStates: () => readonly DeviceState[];
  readonly #points = new Map<PointId, Versioned<PointState>>();
  readonly #deviceVersions = new Map<DeviceId, Lsn>();
  readonly #alarms = new Map<string, Versioned<AlarmStatus>>();
  readonly #bundleEntries = new Map<ScopeId, BundleEntry>();
  readonly #values = new Map<string, Versioned<ValueStatus> & { readonly scope: ScopeId | null }>();
  /** When the rules of a scope were switched last. */
  readonly #switched = new Map<ScopeId, Lsn>();
  #forgotten: Lsn = 0;
  readonly #overrides = new Map<DeviceId, Versioned<OverrideStatus>>();
  readonly #offsets = new Map<SetpointName, Versioned<OffsetStatus>>();
  #pastOffsets: readonly PastOffset[] = [];
  readonly #interlocks: () => readonly InterlockView[];
  readonly #interlockTexts: ReadonlyMap<string, InterlockDescription>;
  readonly #interlockVersions = new Map<string, Lsn>();
  readonly #buses = new Map<string, Versioned<BusStatus>>();
  readonly #automation = new Map<ScopeId, Versioned<AutomationStatus>>();
  readonly #causesOf: CausesOf;
  #version: Lsn = 0;

  constructor({ site, revision, clock, deviceStates, interlocks = () => [] }: HubViewOptions) {
    this.layout = toLayout(site, revision);
    this.#clock = clock;
    this.#causesOf = createCausesOf(site);
    this.#deviceStates = deviceStates;
    this.#interlocks = interlocks;
    this.#interlockTexts = describeInterlocks(site);
    for (const { id } of site.points) {
      this.#points.set(id, {
        version: 0,
        value: { id, v: null, q: 'stale', why: reasonOf('reading/never-read'), lsn: 0, reported: null, changed: null },
      });
    }
  }

  /** The newest entry that has been folded in. */
  get version(): Lsn {
    return this.#version;
  }

  /** Folds one entry in; entries come in order. */
  apply(entry: Entry): void {
    this.#version = entry.lsn;
    switch (entry.kind) {
      case 'sensor':
        this.#applySensor(entry);
        break;
      case 'device':
        this.#deviceVersions.set(entry.device, entry.lsn);
        break;
      case 'alarm':
        this.#applyAlarm(entry);
        break;
      case 'pulse':
        if ([...this.#alarms.values()].some(({ value }) => value.parent !== undefined)) this.#foldAlarms(entry.lsn, entry.at);
        break;
      case 'override':
        this.#deviceVersions.set(entry.device, entry.lsn);
        this.#applyOverride(entry);
        break;
      case 'offset':
        this.#applyOffset(entry);
        break;
      case 'interlock':
        this.#interlockVersions.set(entry.id, entry.lsn);
        break;
      case 'value':
        this.#applyValue(entry);
        break;
      case 'lease':
        // A grant voids what was requested under an older term, and no entry of the device records that.
        for (const { id } of this.layout.devices) {
          if (hasOverlap(entry.scope, toLocation(id))) this.#deviceVersions.set(id, entry.lsn);
        }
        this.#setAutomation(entry.scope, entry.lsn, {
          holder: entry.holder,
          term: entry.holder === null ? null : entry.term,
          since: entry.at,
        });
        break;
      case 'bundle':
        if (entry.mode === 'shadow') break;
        this.#bundleEntries.set(entry.scope, entry);
        this.#forgetValues(entry.scope, entry.lsn);
        this.#setAutomation(entry.scope, entry.lsn, {
          bundle: entry.mode === 'withdrawn' ? null : { hash: entry.hash, revision: entry.revision },
        });
        break;
      default:
        break;
    }
  }

  /** Takes over how a bus answers; no entry of the log says it. */
  applyBus(status: BusStatus): void {
    this.#buses.set(status.bus, { version: this.#version + 1, value: status });
  }

  /** Everything, as of now; for who `sees` some locations alone, the points and devices of those. */
  snapshot(sub: string, sees?: readonly LocationId[]): Snapshot {
    return { ...toSeen(this.#state(sub, -1), sees), site: this.layout };
  }

  /** What changed after `from`, each item whole. */
  changesSince(sub: string, from: Lsn, sees?: readonly LocationId[]): Changes {
    return { ...toSeen(this.#state(sub, from), sees), from };
  }

  /** Claims that something is gone since, which no list of changes can say. */
  hasForgottenSince(version: Lsn): boolean {
    return version < this.#forgotten;
  }

  /** The entry that made the rules of a scope what they are; 0 where that is not known. */
  switchedAt(scope: ScopeId): Lsn {
    return this.#switched.get(scope) ?? 0;
  }

  /** The points, in the site's order. */
  points(): readonly PointState[] {
    return [...this.#points.values()].map(({ value }) => value);
  }

  /** Takes over how alarms stood as of the newest entry, from farther back than the entries that were folded in. */
  applyAlarms(alarms: readonly AlarmStatus[]): void {
    for (const value of alarms) this.#alarms.set(value.alarm, { version: this.#version, value });
  }

  /** The overrides that stand. */
  overrides(): readonly OverrideStatus[] {
    return [...this.#overrides.values()].flatMap(({ value }) => (value.isReleased ? [] : [value]));
  }

  /** The offsets that stand on set-points. */
  offsets(): readonly OffsetStatus[] {
    return [...this.#offsets.values()].flatMap(({ value }) => (value.isReleased ? [] : [value]));
  }

  /** Takes over the offsets that were over as of the newest entry, from farther back than the entries that were folded in. */
  applyPastOffsets(past: readonly PastOffset[]): void {
    this.#pastOffsets = past;
  }

  /** The offsets that are over, oldest first. */
  pastOffsets(): readonly PastOffset[] {
    return this.#pastOffsets;
  }

  /** How a set-point's offset stands, or how the last one ended; null where none is known. */
  offset(setpoint: SetpointName): OffsetStatus | null {
    return this.#offsets.get(setpoint)?.value ?? null;
  }

  /** The alarms that were raised, with how each stands. */
  alarms(): readonly AlarmStatus[] {
    return [...this.#alarms.values()].map(({ value }) => value);
  }

  /** How a device's override stands, or how the last one ended; null where none is known. */
  override(device: DeviceId): OverrideStatus | null {
    return this.#overrides.get(device)?.value ?? null;
  }

  /** An alarm as it stands; null when it was never raised. */
  alarm(alarm: string): AlarmStatus | null {
    return this.#alarms.get(alarm)?.value ?? null;
  }

  /** How an alarm stands; one that was never raised is cleared. */
  alarmState(alarm: string): AlarmStatus['state'] {
    return this.#alarms.get(alarm)?.value.state ?? 'cleared';
  }

  /** How each bus answers. */
  buses(): readonly BusStatus[] {
    return [...this.#buses.values()].map(({ value }) => value);
  }

  /** The entry that made the bundle of a scope the live one, as far back as the hub remembers. */
  bundleEntry(scope: ScopeId): BundleEntry | null {
    return this.#bundleEntries.get(scope) ?? null;
  }

  /** Who holds each scope. */
  automation(): readonly AutomationStatus[] {
    return [...this.#automation.values()].map(({ value }) => value);
  }

  #state(sub: string, from: Lsn): Omit<Snapshot, 'site'> {
    const after = <T>(items: Map<string, Versioned<T>>): T[] =>
      [...items.values()].filter(({ version }) => version > from).map(({ value }) => value);
    return {
      sub,
      version: this.#version,
      at: this.#clock.at(),
      up: this.#clock.up(),
      points: after(this.#points),
      devices: this.#deviceStates().filter(({ id }) => from < 0 || (this.#deviceVersions.get(id) ?? 0) > from),
      alarms: after(this.#alarms),
      values: after(this.#values),
      buses: after(this.#buses),
      automation: after(this.#automation),
      overrides: after(this.#overrides).filter(({ isReleased }) => from >= 0 || !isReleased),
      offsets: after(this.#offsets).filter(({ isReleased }) => from >= 0 || !isReleased),
      interlocks: this.#toInterlocks(from),
    };
  }

  #toInterlocks(from: Lsn): InterlockStatus[] {
    return this.#interlocks()
      .filter(({ id }) => from < 0 || (this.#interlockVersions.get(id) ?? 0) > from)
      .map(({ id, state, why, since, lsn }) => {
        const { title = id, devices = [], resetBy = null } = this.#interlockTexts.get(id) ?? {};
        return { id, title, state, devices: [...devices], why, since, resetBy, lsn };
      });
  }

  #applyAlarm(entry: AlarmEntry): void {
    const value = stepAlarmStatus(this.#alarms.get(entry.alarm)?.value ?? null, entry);
    if (value === null) return;
    this.#alarms.set(entry.alarm, { version: entry.lsn, value });
    this.#foldAlarms(entry.lsn, entry.at);
  }

  /** Puts every alarm that is not over under the one that it comes from. */
  #foldAlarms(lsn: Lsn, at: number): void {
    const find = (alarm: string): AlarmStatus | undefined => this.#alarms.get(alarm)?.value;
    for (const [alarm, { value }] of this.#alarms) {
      if (isAlarmOver(value) && value.parent === undefined) continue;
      const parent = toParent(value, this.#causesOf(value), { find, at });
      if (parent === value.parent) continue;
      const { parent: _before, ...rest } = value;
      this.#alarms.set(alarm, { version: lsn, value: parent === undefined ? rest : { ...rest, parent } });
    }
  }

  #applyOverride(entry: OverrideEntry): void {
    const value = stepOverrideStatus(this.#overrides.get(entry.device)?.value ?? null, entry);
    if (value !== null) this.#overrides.set(entry.device, { version: entry.lsn, value });
  }

  #applyValue({ name, v, q, up, by, lsn }: ValueEntry): void {
    const teller = [...this.#automation.values()].find(({ value }) => by.kind === 'node' && value.holder === by.id)?.value.scope ?? null;
    this.#values.set(name, { version: lsn, value: { name, v, q, up }, scope: teller });
  }

  /** What the rules before have reported is theirs; the new ones report all of their own. */
  #forgetValues(scope: ScopeId, lsn: Lsn): void {
    this.#switched.set(scope, lsn);
    for (const [name, value] of this.#values) {
      if (value.scope !== scope) continue;
      this.#values.delete(name);
      this.#forgotten = lsn;
    }
  }

  #applyOffset(entry: OffsetEntry): void {
    const before = this.offset(entry.setpoint);
    this.#pastOffsets = stepPastOffsets(this.#pastOffsets, before, entry);
    const value = stepOffsetStatus(before, entry);
    if (value !== null) this.#offsets.set(entry.setpoint, { version: entry.lsn, value });
  }

  #applySensor(entry: SensorEntry): void {
    for (const [measurement, reading] of Object.entries(entry.readings)) {
      const id = toPointId(entry.location, entry.cluster, measurement);
      const before = this.#points.get(id)?.value;
      const isNews = reading.q !== 'stale';
      const reported = isNews ? (reading.t ?? entry.up) : (before?.reported ?? null);
      const isChanged = before === undefined || before.v !== reading.v || before.q !== reading.q;
      const last = reading.v ?? before?.v ?? before?.last;
      this.#points.set(id, {
        version: entry.lsn,
        value: {
          id,
          v: reading.v,
          q: reading.q,
          ...(reading.why === undefined ? {} : { why: reading.why }),
          lsn: entry.lsn,
          reported,
          changed: isChanged ? (reading.t ?? entry.up) : (before?.changed ?? null),
          ...(last === undefined || last === null ? {} : { last }),
        },
      });
    }
  }

  #setAutomation(scope: ScopeId, version: Lsn, part: Partial<AutomationStatus>): void {
    const before = this.#automation.get(scope)?.value ?? { scope, holder: null, term: null, bundle: null, since: null };
    this.#automation.set(scope, { version, value: { ...before, ...part } });
  }
}

const toSeen = (state: Omit<Snapshot, 'site'>, sees: readonly LocationId[] | undefined): Omit<Snapshot, 'site'> => {
  if (sees === undefined) return state;
  const isSeen = (id: PointId): boolean => sees.includes(toLocation(id));
  return {
    ...state,
    points: state.points.filter(({ id }) => isSeen(id)),
    devices: state.devices.filter(({ id }) => isSeen(id)),
    overrides: state.overrides.filter(({ device }) => isSeen(device)),
  };
};
