import {
  isAlarmOver,
  isAlarmSilenced,
  toAlarmPhase,
  type AlarmPhase,
  type AlarmPriority,
  type BridgeAnswer,
  type StorageAnswer,
  type UnitHealthAnswer,
} from '@phloem/protocol';
import { Gauge, type Registry } from 'prom-client';
import type { BridgeService } from '../../bridges/bridge-service.ts';
import type { CursorService } from '../../cursors/cursor-service.ts';
import type { DeviceGate } from '../../devices/device-gate.ts';
import type { BusDiagnostics } from '../../field/bus-diagnostics.ts';
import type { IngestService, SourceFigures } from '../../ingest/ingest-service.ts';
import type { HubSessions } from '../../sessions/hub-sessions.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';

/** What of a running hub is shown as figures. */
export type WatchedHub = {
  readonly view: Pick<HubView, 'points' | 'alarms' | 'alarm' | 'buses'>;
  readonly gate: Pick<DeviceGate, 'states'>;
  readonly sessions: Pick<HubSessions, 'counts'>;
  readonly cursors: Pick<CursorService, 'list'>;
  readonly bridges: Pick<BridgeService, 'list'>;
  readonly ingest: Pick<IngestService, 'figures'> | null;
};
export type WatchParts = {
  readonly hub: WatchedHub;
  readonly store: HubStore;
  readonly buses: BusDiagnostics;
  readonly storage: () => Promise<StorageAnswer>;
};

/** The states of ISA-18.2, as the label `state` names them. */
const stateLabels: Readonly<Record<AlarmPhase, string>> = {
  unacknowledged: 'unacknowledged',
  acknowledged: 'acknowledged',
  returned: 'returned_unacknowledged',
  shelved: 'shelved',
  normal: 'normal',
};

/** An alarm in any other state needs nobody. */
const countedStates = [stateLabels.unacknowledged, stateLabels.acknowledged, stateLabels.returned, stateLabels.shelved];
const alarmPriorities = ['P1', 'P2', 'P3', 'P4'] as const satisfies readonly AlarmPriority[];

/** Adds the gauges of a running hub. They are read when somebody asks. */
export const watchHub = (registry: Registry, { hub, store, buses, storage }: WatchParts): void => {
  watchLog(registry, store);
  watchStorage(registry, storage, () => store.clock.at());
  const labelled = createLabelled(registry);
  labelled('phloem_sessions', 'Live sessions by role', 'role', () => hub.sessions.counts());
  labelled('phloem_points', 'Points by quality', 'quality', () => tally(hub.view.points().map(({ q }) => q)));
  labelled('phloem_devices', 'Devices by phase', 'phase', () => tally(hub.gate.states().map(({ phase }) => phase ?? 'none')));
  labelled('phloem_cursor_lag_entries', 'Entries that a named cursor has not read', 'cursor', () =>
    hub.cursors.list().map(({ name, lag }) => [name, lag] as const),
  );
  labelled('phloem_cursor_lost', 'Whether entries were removed that a named cursor had not read', 'cursor', () =>
    hub.cursors.list().map(({ name, state }) => [name, state === 'lost' ? 1 : 0] as const),
  );
  watchAlarms(registry, hub.view);
  watchBuses(labelled, hub.view, buses);
  watchSources(labelled, hub.ingest);
  watchBridges(labelled, hub.bridges);
  watchUnits(registry, buses);
};

/** A gauge with one series for each value of a label. */
type Labelled = (name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>) => void;

const createLabelled =
  (registry: Registry): Labelled =>
  (name, help, label, read) => {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.set({ [label]: value }, count);
      },
    });
  };

const tally = (values: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

const watchLog = (registry: Registry, store: HubStore): void => {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('phloem_log_head', 'Number of the newest entry', () => store.log.head);
  gauge('phloem_log_first', 'Number of the oldest entry that is kept', () => store.log.first);
  gauge('phloem_log_durable', 'Number up to which a power cut loses nothing', () => store.durable);
  gauge('phloem_open_commands', 'Accepted commands that have not ended', () => store.commands.open().length);
};

/** A figure that is not known has no series. */
const watchStorage = (registry: Registry, storage: WatchParts['storage'], now: () => number): void => {
  const gauge = (name: string, help: string, read: (answer: StorageAnswer) => number | null): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = read(await storage());
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  };
  gauge('phloem_log_age_seconds', 'Age of the oldest entry in the log', ({ since }) => (since === null ? null : (now() - since) / 1000));
  gauge('phloem_log_bytes', 'Bytes of the log on the disk', ({ logBytes }) => logBytes);
  gauge('phloem_history_bytes', 'Bytes of the history on the disk', ({ historyBytes }) => historyBytes);
  gauge('phloem_disk_free_bytes', 'Bytes that are free on the disk of the data folder', ({ freeBytes }) => freeBytes);
  gauge('phloem_disk_full_seconds', 'Time until the disk is full; none when the log stops growing before', ({ fullInMs }) =>
    fullInMs === null ? null : fullInMs / 1000,
  );
};

const watchAlarms = (registry: Registry, view: WatchedHub['view']): void => {
  new Gauge({
    name: 'phloem_alarms',
    help: 'Alarms by priority and state; those that come from another one included',
    labelNames: ['priority', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      // A series that is not there cannot be distinguished from a hub that is not: what there is none of is 0.
      for (const priority of alarmPriorities) for (const state of countedStates) this.set({ priority, state }, 0);
      for (const alarm of view.alarms()) {
        if (isAlarmOver(alarm)) continue;
        const phase = isAlarmSilenced(alarm, (id) => view.alarm(id)) ? 'shelved' : toAlarmPhase(alarm);
        this.inc({ priority: alarm.priority, state: stateLabels[phase] });
      }
    },
  });
};

const watchBuses = (labelled: Labelled, view: WatchedHub['view'], buses: BusDiagnostics): void => {
  labelled('phloem_bus_up', 'Whether a bus answers', 'bus', () =>
    view.buses().map(({ bus, state }) => [bus, state === 'down' ? 0 : 1] as const),
  );
  labelled('phloem_bus_load', 'Share of the last ten seconds in which a bus was busy', 'bus', () =>
    buses.health().map(({ bus, load }) => [bus, load] as const),
  );
  labelled('phloem_bus_scan_load', 'Of it, the share of manual reads', 'bus', () =>
    buses.health().map(({ bus, scanLoad }) => [bus, scanLoad] as const),
  );
  labelled('phloem_bus_queue', 'Requests that wait for their turn', 'bus', () =>
    buses.health().map(({ bus, queue }) => [bus, queue] as const),
  );
};

const watchSources = (labelled: Labelled, ingest: WatchedHub['ingest']): void => {
  const ofSources = (name: string, help: string, read: (source: SourceFigures) => number): void =>
    labelled(name, help, 'source', () => (ingest?.figures() ?? []).map((source) => [source.source, read(source)] as const));
  ofSources('phloem_ingest_seq', 'Number of the last message of a source', ({ seq }) => seq);
  ofSources('phloem_ingest_messages', 'Messages of a source since the start', ({ messages }) => messages);
  ofSources('phloem_ingest_live_readings', 'Live readings of a source since the start', ({ live }) => live);
  ofSources('phloem_ingest_late_readings', 'Readings of a source that came too late', ({ late }) => late);
  ofSources('phloem_ingest_refused_readings', 'Readings of a source that were refused', ({ refused }) => refused);
};

/** The figures of bridges: the lag is the hub's own, the rest what they report. A figure that is not known has no series. */
const watchBridges = (labelled: Labelled, bridges: WatchedHub['bridges']): void => {
  const ofBridges = (name: string, help: string, read: (bridge: BridgeAnswer) => number | null | undefined): void =>
    labelled(name, help, 'bridge', () =>
      bridges.list().flatMap((bridge) => {
        const value = read(bridge);
        return value === null || value === undefined ? [] : [[bridge.id, value] as const];
      }),
    );
  ofBridges('phloem_bridge_up', 'Whether a bridge is connected to its target', ({ state }) =>
    state === 'flowing' || state === 'no-sign-of-life' ? 1 : 0,
  );
  ofBridges('phloem_bridge_automation_alive', 'Whether the automation whose requests a bridge takes shows life', ({ automation }) =>
    automation === null ? null : automation.code === 'no-sign-of-life' ? 0 : 1,
  );
  ofBridges('phloem_bridge_lag_entries', 'Entries that the target of a bridge lacks', ({ lag }) => lag);
  ofBridges('phloem_bridge_lag_seconds', 'Age of the oldest of them', ({ lagMs }) => (lagMs === null ? null : lagMs / 1000));
  ofBridges('phloem_bridge_records', 'Records that the target took since the bridge started', ({ counters }) => counters?.records);
  ofBridges('phloem_bridge_gaps', 'Gaps that were passed on since the bridge started', ({ counters }) => counters?.gaps);
  ofBridges('phloem_bridge_failures', 'Failures since the bridge started', ({ counters }) => counters?.failures);
};

const watchUnits = (registry: Registry, buses: BusDiagnostics): void => {
  const ofUnits = (name: string, help: string, read: (unit: UnitHealthAnswer) => number | null): void => {
    new Gauge({
      name,
      help,
      labelNames: ['bus', 'unit'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { bus, units } of buses.health()) {
          for (const unit of units) {
            const value = read(unit);
            if (value !== null) this.set({ bus, unit: String(unit.unit) }, value);
          }
        }
      },
    });
  };
  ofUnits('phloem_unit_requests', 'Requests to a unit since the bus was opened', ({ requests }) => requests);
  ofUnits('phloem_unit_timeouts', 'Requests without an answer', ({ timeouts }) => timeouts);
  ofUnits('phloem_unit_mismatches', 'Answers that did not match', ({ mismatches }) => mismatches);
  ofUnits('phloem_unit_exceptions', 'Answers that were refusals', ({ exceptions }) => exceptions);
  ofUnits('phloem_unit_silent_seconds', 'How long a unit has been left out', ({ silentMs }) => silentMs / 1000);
  ofUnits('phloem_unit_p95_seconds', '95th percentile of answer times', ({ p95 }) => (p95 === null ? null : p95 / 1000));
};
