import type { Commands } from './checks/commands.ts';
import type { DeviceKinds } from './checks/device-kinds.ts';
import type { Delivery } from './checks/delivery.ts';
import type { Leases } from './checks/leases.ts';
import type { LogTruth } from './checks/log-truth.ts';
import type { Outputs } from './checks/outputs.ts';
import type { Overrides } from './checks/overrides.ts';
import type { Sessions } from './checks/sessions.ts';
import type { Witness } from './engine/witness.ts';
import type { HubMachineParts } from './parts/hub-machine.ts';
import type { NetworkWatch } from './parts/network.ts';
import type { ServiceMachineParts } from './parts/service-machine.ts';

/** What checks a run. Some of it is made after the parts that it watches. */
export type Checks = {
  readonly witness: Witness;
  readonly truth: LogTruth;
  readonly delivery: Delivery;
  readonly leases: Leases;
  readonly commands: Commands;
  readonly overrides: Overrides;
  readonly kinds: DeviceKinds;
  readonly outputs: Outputs;
};

export const everything = {};

/** Shows the checks what is sent and received. */
export const watchNetwork = (world: Checks, sessions: () => Sessions): NetworkWatch => ({
  sent: (wire, message) => {
    world.truth.sent(message);
    sessions().sent(wire, message);
    world.leases.sent(wire, message);
  },
  received: (wire, message) => {
    sessions().received(wire, message);
    world.leases.received(wire, message);
    world.commands.received(wire, message);
  },
  ended: (wire) => sessions().ended(wire),
});

/** Shows the checks what the hub stores, writes and reports. */
export const watchHub = (world: Checks): HubMachineParts['watch'] => ({
  written: (transaction, written) => {
    if (written.run !== null) world.leases.hubBegins();
    const entries = world.truth.written(transaction, written);
    for (const entry of entries) world.leases.entry(transaction, entry);
    world.commands.written(transaction, written, entries);
  },
  synced: (transaction) => {
    world.leases.synced(transaction);
    world.commands.synced(transaction);
  },
  started: () => undefined,
  wrote: (device, value) => {
    // The relays of an actuator are no devices: no command names them, and never may both be on.
    if (device.includes('#')) return world.outputs.wroteRelay(device, value);
    const record = world.commands.wrote(device, value, world.kinds);
    world.kinds.wrote(device, value, record);
    world.overrides.wrote(device, value, record);
  },
  notice: (notice) => {
    if (notice.kind === 'bug')
      world.witness.fail('bug', notice.error instanceof Error ? (notice.error.stack ?? notice.error.message) : String(notice.error));
    if (notice.kind === 'refused') {
      world.witness.count(`refused: ${notice.code}`);
      if (notice.code === 'protocol' || notice.code === 'unauthorised')
        world.witness.fail('bug', `${notice.nodeId} was refused: ${notice.message}`);
    }
  },
  lostPower: (left) => {
    world.truth.lostPower(left);
    world.leases.lostPower(left);
    world.commands.lostPower(left);
  },
});

/** Shows the checks what the services begin and receive. */
export const watchServices = (world: Checks): ServiceMachineParts['watch'] => ({
  begun: ({ title }, position, known) => {
    world.delivery.begun(title, position, known);
    world.commands.engineBegun();
  },
  batch: ({ title }, batch) => world.delivery.batch(title, everything, batch),
  crashed: ({ title }, error) =>
    world.witness.fail('bug', `${title} crashed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
});
