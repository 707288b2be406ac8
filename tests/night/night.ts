import {
  createBundleRegistry,
  createCheckpointRegistry,
  createHubClock,
  createMemoryDisk,
  createTcpDial,
  openField,
  openHubStore,
  runHub,
  type CheckpointRegistry,
  type Hub,
  type HubStore,
} from '@phloem/backend';
import { createSimulator, createSimulatorGateway, type Simulator, type SimulatorGateway } from '@phloem/simulator';
import { drained, EventLoop } from '../simulation/engine/event-loop.ts';
import { createRandom } from '../simulation/engine/random.ts';
import { SimProcess } from '../simulation/engine/sim-process.ts';
import { Witness } from '../simulation/engine/witness.ts';
import { Network } from '../simulation/parts/network.ts';
import { ServiceMachine } from '../simulation/parts/service-machine.ts';
import { bundle, site, siteContent } from './night-documents.ts';

/** A hub, its automation service and a simulator behind two gateways, in virtual time. */
export type Night = {
  readonly hub: Hub;
  readonly store: HubStore;
  readonly simulator: Simulator;
  readonly gateways: { readonly simulator: SimulatorGateway; readonly cold: SimulatorGateway };
  /** Wall time, in milliseconds since 1970. */
  now(): number;
  /** Lets time pass until then. */
  runTo(wallMs: number): Promise<void>;
  stop(): Promise<void>;
};

type Live = { readonly process: SimProcess; readonly hub: Hub; readonly store: HubStore; readonly checkpoints: CheckpointRegistry };

/** Opens a night at this wall time. Only sockets, disk and clocks are exchanged; the rest is what runs in production. */
export const openNight = async (startMs: number, seed: number): Promise<Night> => {
  const loop = new EventLoop();
  const witness = new Witness(loop, null);
  const network = new Network({
    loop,
    random: createRandom(seed, 'network'),
    witness,
    watch: { sent: () => undefined, received: () => undefined, ended: () => undefined },
  });
  const now = (): number => startMs + loop.now;
  const simulator = createSimulator({
    clock: { monotonicMs: () => loop.now, wallMs: now },
    seed,
    speed: 1,
    keep: () => undefined,
    stepMs: 1000,
  });
  const live = startHub({ loop, network, simulator, now, seed });
  const { gateways, ...running } = live;
  const service = new ServiceMachine('automation', 'automation-1', {
    loop,
    witness,
    random: createRandom(seed, 'service'),
    network,
    hub: { answering: running },
    watch: {
      begun: () => undefined,
      batch: () => undefined,
      crashed: (_, error) => witness.fail('bug', String(error)),
    },
    checkpointEveryMs: 60_000,
  });
  const runTo = async (wallMs: number): Promise<void> => {
    while (loop.step(wallMs - startMs)) {
      await drained();
      if (witness.violation !== null) throw new Error(witness.violation.text);
    }
  };
  const { hub, store } = running;
  void createBundleRegistry<typeof bundle.content>({ store, view: hub.view, check: () => bundle }).promote(bundle.content, { kind: 'hub' });
  service.start();
  await runTo(startMs + 1);
  return {
    hub,
    store,
    simulator,
    gateways,
    now,
    runTo,
    stop: async () => {
      service.kill();
      await Promise.race([hub.stop({ outputs: 'keep' }), runTo(now() + 10_000)]);
      store.close();
    },
  };
};

const startHub = ({
  loop,
  network,
  simulator,
  now,
  seed,
}: {
  readonly loop: EventLoop;
  readonly network: Network;
  readonly simulator: Simulator;
  readonly now: () => number;
  readonly seed: number;
}): Live & { readonly gateways: Night['gateways'] } => {
  const process = new SimProcess('hub', loop);
  const random = createRandom(seed, 'hub');
  const clock = {
    schedule: (delayMs: number, work: () => void) => {
      const timer = process.schedule(work, delayMs);
      return () => timer.unsubscribe();
    },
  };
  const gateways = { simulator: createSimulatorGateway(simulator, clock), cold: createSimulatorGateway(simulator, clock) };
  const store = openHubStore({
    disk: createMemoryDisk(),
    clock: (past) => createHubClock({ wall: now, monotonic: () => loop.now, kernelUptime: 0 }, past),
    random: () => random.next(),
    bootId: 'night',
  });
  const hub = runHub({
    store,
    site,
    siteText: siteContent,
    field: openField(site, {
      scheduler: process,
      random: () => random.next(),
      wall: now,
      dial: (bus, scheduler, units = []) =>
        createTcpDial(bus, units, gateways[bus.id === 'cold' ? 'cold' : 'simulator'].openWire, scheduler),
    }),
    transport: network.toHubTransport(process),
    scheduler: process,
    random: () => random.next(),
    createId: () => Array.from({ length: 16 }, () => 'abcdefghijklmnopqrstuvwxyz012345'[Math.floor(random.next() * 32)]).join(''),
    authenticate: ({ role }) => ({ role }),
    nodeId: 'hub',
    run: 'hubrun-0001',
    notice: (notice) => {
      if (notice.kind === 'bug') throw notice.error;
    },
  });
  return { process, hub, store, checkpoints: createCheckpointRegistry({ store, leases: hub.leases, at: now }), gateways };
};
