import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
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
    watch: ({ hub, store }: { readonly hub: Hub; readonly store: HubStore }): void => {
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
    },
  };
};
