import {
  isAlarmOver,
  isAlarmSilenced,
  toAlarmPhase,
  type AlarmPhase,
  type AlarmPriority,
  type BridgeAnswer,
  type UnitHealthAnswer,
} from '@phloem/protocol';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { BusDiagnostics } from '../../field/bus-diagnostics.ts';
import type { Hub } from '../../hub/run-hub.ts';
import type { SourceFigures } from '../../ingest/ingest-service.ts';
import type { SessionNotice } from '../../sessions/hub-sessions.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { Refusal } from './refusals.ts';

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

type Labelled = (name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>) => void;

/** The figures of bridges: the lag is the hub's own, the rest what they report. A figure that is not known has no series. */
const watchBridges = (labelled: Labelled, list: () => readonly BridgeAnswer[]): void => {
  const ofBridges = (name: string, help: string, read: (bridge: BridgeAnswer) => number | null | undefined): void =>
    labelled(name, help, 'bridge', () =>
      list().flatMap((bridge) => {
        const value = read(bridge);
        return value === null || value === undefined ? [] : [[bridge.id, value] as const];
      }),
    );
  ofBridges('phloem_bridge_up', 'Whether a bridge is connected to its target', ({ state }) => (state === 'flowing' ? 1 : 0));
  ofBridges('phloem_bridge_lag_entries', 'Entries that the target of a bridge lacks', ({ lag }) => lag);
  ofBridges('phloem_bridge_lag_seconds', 'Age of the oldest of them', ({ lagMs }) => (lagMs === null ? null : lagMs / 1000));
  ofBridges('phloem_bridge_records', 'Records that the target took since the bridge started', ({ counters }) => counters?.records);
  ofBridges('phloem_bridge_gaps', 'Gaps that were passed on since the bridge started', ({ counters }) => counters?.gaps);
  ofBridges('phloem_bridge_failures', 'Failures since the bridge started', ({ counters }) => counters?.failures);
};

/** The figures of a hub for Prometheus. Gauges are read when somebody asks. */
export const createMetrics = () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const refused = new Counter({
    name: 'phloem_refused_total',
    help: 'Greetings and messages that were refused, by code',
    labelNames: ['code'],
    registers,
  });
  const refusedRequests = new Counter({
    name: 'phloem_http_refused_total',
    help: 'Requests over HTTP that were refused, by code',
    labelNames: ['code'],
    registers,
  });
  const bugs = new Counter({ name: 'phloem_bugs_total', help: 'Internal errors', registers });

  return {
    registry,
    count: (notice: SessionNotice): void => {
      if (notice.kind === 'refused') refused.inc({ code: notice.code });
      if (notice.kind === 'bug') bugs.inc();
    },
    countRefusal: ({ code }: Refusal): void => refusedRequests.inc({ code }),
    watch: ({ hub, store, buses }: { readonly hub: Hub; readonly store: HubStore; readonly buses: BusDiagnostics }): void => {
      const gauge = (name: string, help: string, read: () => number): void => {
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read());
          },
        });
      };
      gauge('phloem_log_head', 'Number of the newest entry', () => store.log.head);
      gauge('phloem_log_first', 'Number of the oldest entry that is kept', () => store.log.first);
      gauge('phloem_log_durable', 'Number up to which a power cut loses nothing', () => store.durable);
      gauge('phloem_open_commands', 'Accepted commands that have not ended', () => store.commands.open().length);
      const labelled: Labelled = (name, help, label, read) => {
        new Gauge({
          name,
          help,
          labelNames: [label],
          registers,
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
      labelled('phloem_sessions', 'Live sessions by role', 'role', () => hub.sessions.counts());
      labelled('phloem_points', 'Points by quality', 'quality', () => tally(hub.view.points().map(({ q }) => q)));
      labelled('phloem_devices', 'Devices by phase', 'phase', () => tally(hub.gate.states().map(({ phase }) => phase ?? 'none')));
      new Gauge({
        name: 'phloem_alarms',
        help: 'Alarms by priority and state; those that come from another one included',
        labelNames: ['priority', 'state'],
        registers,
        collect() {
          this.reset();
          // A series that is not there cannot be told from a hub that is not: what there is none of is 0.
          for (const priority of alarmPriorities) for (const state of countedStates) this.set({ priority, state }, 0);
          for (const alarm of hub.view.alarms()) {
            if (isAlarmOver(alarm)) continue;
            const phase = isAlarmSilenced(alarm, (id) => hub.view.alarm(id)) ? 'shelved' : toAlarmPhase(alarm);
            this.inc({ priority: alarm.priority, state: stateLabels[phase] });
          }
        },
      });
      labelled('phloem_bus_up', 'Whether a bus answers', 'bus', () =>
        hub.view.buses().map(({ bus, state }) => [bus, state === 'down' ? 0 : 1] as const),
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
      labelled('phloem_cursor_lag_entries', 'Entries that a named cursor has not read', 'cursor', () =>
        hub.cursors.list().map(({ name, lag }) => [name, lag] as const),
      );
      labelled('phloem_cursor_lost', 'Whether entries were removed that a named cursor had not read', 'cursor', () =>
        hub.cursors.list().map(({ name, state }) => [name, state === 'lost' ? 1 : 0] as const),
      );
      watchBridges(labelled, () => hub.bridges.list());
      const ofSources = (name: string, help: string, read: (source: SourceFigures) => number): void =>
        labelled(name, help, 'source', () => (hub.ingest?.figures() ?? []).map((source) => [source.source, read(source)] as const));
      ofSources('phloem_ingest_seq', 'Number of the last message of a source', ({ seq }) => seq);
      ofSources('phloem_ingest_messages', 'Messages of a source since the start', ({ messages }) => messages);
      ofSources('phloem_ingest_live_readings', 'Live readings of a source since the start', ({ live }) => live);
      ofSources('phloem_ingest_late_readings', 'Readings of a source that came too late', ({ late }) => late);
      ofSources('phloem_ingest_refused_readings', 'Readings of a source that were refused', ({ refused: count }) => count);
      const ofUnits = (name: string, help: string, read: (unit: UnitHealthAnswer) => number | null): void => {
        new Gauge({
          name,
          help,
          labelNames: ['bus', 'unit'],
          registers,
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
    },
  };
};
