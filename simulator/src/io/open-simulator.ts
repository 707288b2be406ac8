import type { LedgerEntry } from '../ledger.ts';
import { checkSpeed, createSimulator } from '../simulator.ts';
import type { SimulatorClock } from '../simulator-clock.ts';
import type { ActiveFault, SimulatorFault } from '../simulator-fault.ts';
import { parseSimulatorFault } from '../parse-simulator-fault.ts';
import type { SimulatorSnapshot } from '../simulator-snapshot.ts';
import type { ForcedValues } from '../force-simulator.ts';
import { parseForcedValues } from '../forced-values.ts';
import { openControlServer } from './control-server.ts';
import { openLedgerFile } from './ledger-file.ts';
import { openModbusServer } from './modbus-server.ts';
import { systemClock } from './system-clock.ts';

/** How a simulator is opened. */
export type SimulatorOptions = {
  /** The Modbus TCP port; 0 takes any that is free. */
  readonly port: number;
  /** The HTTP port by which faults are injected, on 127.0.0.1; 0 takes any that is free. */
  readonly controlPort: number;
  /** Where the Modbus port listens: 127.0.0.1 when not said. */
  readonly host?: string;
  /** The same seed gives the same room; 1 when not said. */
  readonly seed?: number;
  /** How many times faster than time the room lives, above 0, at most 10000; 1 when not said. */
  readonly speed?: number;
  /** A file to which the ledger is also written, one line of JSON for each entry. */
  readonly ledgerPath?: string;
  /** The clocks of this machine when not said. */
  readonly clock?: SimulatorClock;
};

/** A simulator that runs. Anyone who opened it closes it, by `close` or `await using`. */
export type OpenSimulator = {
  readonly port: number;
  readonly controlPort: number;
  /** The ledger's entries after number `n`, oldest first; all that are held when not said. */
  ledger(n?: number): readonly LedgerEntry[];
  /** The simulator as it really is. */
  state(): SimulatorSnapshot;
  /**
   * Lets something go wrong; returns the id to take it away again, null for what happens once.
   *
   * @throws Fault `protocol/invalid`
   */
  inject(fault: SimulatorFault): number | null;
  faults(): readonly ActiveFault[];
  /** Takes a fault away, or all when no id is given; false when there is none of that id. */
  clear(id?: number): boolean;
  /**
   * Forces physical values, opens the door, or moves a contact manually.
   *
   * @throws Fault `protocol/invalid`
   */
  set(values: ForcedValues): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Opens simulated rooms: a Modbus TCP server with a flower room, a propagation room and a cold store behind it, and a control port.
 *
 * @throws Fault `net/port-in-use`, `store/unwritable`, or `cli/usage` for a host, port or speed that cannot be.
 */
export const openSimulator = async ({
  port,
  controlPort,
  host = '127.0.0.1',
  seed = 1,
  speed = 1,
  ledgerPath,
  clock = systemClock,
}: SimulatorOptions): Promise<OpenSimulator> => {
  checkSpeed(speed);
  await using opened = new AsyncDisposableStack();
  const file = ledgerPath === undefined ? null : opened.adopt(openLedgerFile(ledgerPath), (open) => open.close());
  const simulator = createSimulator({ clock, seed, speed, keep: (entry) => file?.keep(entry) });
  const modbus = opened.adopt(await openModbusServer(simulator, { host, port, clock }), (server) => server.close());
  const dropConnections = () => modbus.dropConnections();
  const control = opened.adopt(await openControlServer(simulator, { port: controlPort, dropConnections }), (server) => server.close());

  let cancelTick = () => {};
  const tick = () => {
    simulator.advance();
    cancelTick = clock.schedule(tickMs, tick);
  };
  tick();
  opened.defer(() => cancelTick());

  const all = opened.move();
  const close = () => all.disposeAsync();
  return {
    port: modbus.port,
    controlPort: control.port,
    ledger: (n = 0) => simulator.ledgerAfter(n),
    state: () => simulator.snapshot(),
    inject(fault) {
      const { id, dropsConnections } = simulator.inject(parseSimulatorFault(fault));
      if (dropsConnections) dropConnections();
      return id;
    },
    faults: () => simulator.faults(),
    clear: (id) => simulator.clear(id),
    set: (values) => simulator.force(parseForcedValues(values)),
    close,
    [Symbol.asyncDispose]: close,
  };
};

// The room catches up whenever somebody asks; this is for the ledger's file, and so that it never has far to go.
const tickMs = 50;
