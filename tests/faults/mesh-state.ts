import type { Entry } from '@phloem/protocol';
import { until } from '../support/until.ts';
import { describeOpenCommands } from './open-commands.ts';
import type { Part, Rig } from './rig.ts';

const ends = new Set(['confirmed', 'superseded', 'cancelled', 'failed', 'unknown']);

/** What the simulator is commanded when nobody commands the room. */
const safeOutputs = { dehumidifier_1: false, dehumidifier_2: false, heater: false, exhaust_fan: 20, lights: 40 } as const;

type SimulatorState = {
  readonly relays: Readonly<Record<string, { readonly commanded: boolean }>>;
  readonly drives: Readonly<Record<string, { readonly commanded: number }>>;
};

/** Who leads, what is open, how the newest entries look, and what each process said last. */
export type MeshReport = {
  readonly holder: string | null;
  readonly open: readonly string[];
  readonly newest: readonly string[];
  readonly processes: Readonly<Record<string, string>>;
};

const toLine = (entry: Entry): string => {
  const what =
    entry.kind === 'device' ? `${entry.device} ${entry.phase}` : entry.kind === 'lease' ? `lease of ${entry.holder ?? 'nobody'}` : '';
  return `${entry.lsn} at ${entry.at}: ${entry.kind} ${what}`.trimEnd();
};

/** What the faults must know of the installation while it runs, from its log. */
export type Mesh = {
  readonly rig: Rig;
  /** How long each time without a leader lasted until the outputs were safe, in milliseconds. */
  readonly safeAfter: number[];
  /** The service that holds the lease; waited for. */
  leader(): Promise<Part>;
  /** Resolves while a command is accepted and has no end. */
  openCommand(): Promise<void>;
  /** Resolves with when, by the hub's wall clock, a service's command was first accepted after `at`. */
  commandAfter(at: number): Promise<number>;
  areOutputsSafe(): Promise<boolean>;
  /** How the installation stands, as far as the witness knows; for the message of a failing run. */
  tell(): MeshReport;
  close(): void;
};

/** Follows the installation by its witness. */
export const followMesh = (rig: Rig): Mesh => {
  const open = new Set<string>();
  let holder: string | null = null;
  const accepted: number[] = [];
  const take = (entry: Entry): void => {
    if (entry.kind === 'lease') ({ holder } = entry);
    if (entry.kind !== 'device' || entry.id === undefined) return;
    if (entry.phase === 'requested') {
      open.add(entry.id);
      if (entry.by.kind !== 'hub') accepted.push(entry.at);
    } else if (ends.has(entry.phase)) open.delete(entry.id);
  };
  for (const { text } of rig.witness.seen) take(JSON.parse(text) as Entry);
  const subscription = rig.witness.entries$.subscribe(take);
  return {
    rig,
    safeAfter: [],
    leader: async () => {
      const name = await until(
        'a leader',
        () => holder,
        (found) => found !== null,
      );
      const found = rig.services.find((service) => service.name === name);
      if (found === undefined) throw new Error(`nobody is called ${name}`);
      return found;
    },
    openCommand: async () =>
      void (await until(
        'an open command',
        () => open.size,
        (count) => count > 0,
      )),
    commandAfter: async (at) =>
      (await until(
        'a command after the fault',
        () => accepted.find((time) => time > at),
        (time) => time !== undefined,
        60_000,
      )) ?? at,
    areOutputsSafe: async () => {
      const { relays, drives } = await rig.simulator<SimulatorState>('GET', '/state');
      return Object.entries(safeOutputs).every(([name, safe]) => (typeof safe === 'boolean' ? relays : drives)[name]?.commanded === safe);
    },
    tell: () => {
      const log = rig.witness.seen.map(({ text }) => JSON.parse(text) as Entry);
      const processes = [rig.hub, ...rig.services].map((part) => {
        const process = part.now();
        return [part.name, `${process.isAlive() ? 'runs' : 'has ended'}: ${process.output().slice(-400)}`] as const;
      });
      return { holder, open: describeOpenCommands(log), newest: log.slice(-5).map(toLine), processes: Object.fromEntries(processes) };
    },
    close: () => subscription.unsubscribe(),
  };
};
