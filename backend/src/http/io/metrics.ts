import type { UnitHealthAnswer } from '@phloem/protocol';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { BusDesk } from '../../field/bus-desk.ts';
import type { Hub } from '../../hub/run-hub.ts';
import type { SessionNotice } from '../../sessions/hub-sessions.ts';
import type { HubStore } from '../../store/hub-store.ts';

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
  const bugs = new Counter({ name: 'phloem_bugs_total', help: 'Errors that should never happen', registers });

  return {
    registry,
    count: (notice: SessionNotice): void => {
      if (notice.kind === 'refused') refused.inc({ code: notice.code });
      if (notice.kind === 'bug') bugs.inc();
    },
    watch: ({ hub, store, buses }: { readonly hub: Hub; readonly store: HubStore; readonly buses: BusDesk }): void => {
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
      const labelled = (name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void => {
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
      labelled('phloem_bus_up', 'Whether a bus answers', 'bus', () =>
        hub.view.buses().map(({ bus, state }) => [bus, state === 'down' ? 0 : 1] as const),
      );
      labelled('phloem_bus_load', 'Share of the last ten seconds in which a bus was taken', 'bus', () =>
        buses.health().map(({ bus, load }) => [bus, load] as const),
      );
      labelled('phloem_bus_scan_load', 'Of it, the share that was asked by hand', 'bus', () =>
        buses.health().map(({ bus, scanLoad }) => [bus, scanLoad] as const),
      );
      labelled('phloem_bus_queue', 'Requests that wait for their turn', 'bus', () =>
        buses.health().map(({ bus, queue }) => [bus, queue] as const),
      );
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
      ofUnits('phloem_unit_timeouts', 'Requests that no answer came to', ({ timeouts }) => timeouts);
      ofUnits('phloem_unit_mismatches', 'Answers that did not fit', ({ mismatches }) => mismatches);
      ofUnits('phloem_unit_exceptions', 'Answers that were refusals', ({ exceptions }) => exceptions);
      ofUnits('phloem_unit_silent_seconds', 'How long a unit has been given up', ({ silentMs }) => silentMs / 1000);
      ofUnits('phloem_unit_p95_seconds', 'Below it, 95 of 100 answers came', ({ p95 }) => (p95 === null ? null : p95 / 1000));
    },
  };
};
