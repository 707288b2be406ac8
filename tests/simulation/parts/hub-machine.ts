import {
  createBundleRegistry,
  checkBundle,
  createCheckpointRegistry,
  createHubClock,
  openHubStore,
  runHub,
  type CheckpointRegistry,
  type FoundRow,
  type Hub,
  type HubStore,
  type SessionNotice,
} from '@phloem/backend';
import type { DeviceId, DeviceValue, Limits } from '@phloem/protocol';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Random } from '../engine/random.ts';
import { SimProcess } from '../engine/sim-process.ts';
import type { Witness } from '../engine/witness.ts';
import { bundles, site, siteContent } from './documents.ts';
import type { Network } from './network.ts';
import type { Simulator } from './simulator.ts';
import { createFileMachineDisk } from './file-disk.ts';
import { createMemoryMachineDisk, type MachineDisk } from './machine-disk.ts';
import { createSimField, type Weather } from './sim-field.ts';
import { createWatchedDisk, type DiskWatch } from './watched-disk.ts';

/** A hub that runs, with what its HTTP side would reach. */
export type LiveHub = {
  readonly process: SimProcess;
  readonly hub: Hub;
  readonly store: HubStore;
  readonly checkpoints: CheckpointRegistry;
};

export type HubWatch = DiskWatch & {
  readonly started: (live: LiveHub) => void;
  readonly wrote: (device: DeviceId, value: DeviceValue) => void;
  readonly notice: (notice: SessionNotice) => void;
  /** A power cut has left the disk so. */
  readonly lostPower: (transactionsLeft: number) => void;
};

export type HubMachineParts = {
  readonly loop: EventLoop;
  readonly witness: Witness;
  readonly random: Random;
  readonly network: Network;
  readonly simulator: Simulator;
  readonly weather: Weather;
  readonly limits: Limits;
  readonly watch: HubWatch;
  /** In memory, which is quick, or the files of production. */
  readonly disk: DiskKind;
};

export type DiskKind = 'memory' | 'files';

/** The machine that the hub runs on: its disk and its clocks outlive the hub's process. */
export class HubMachine {
  /** How far the wall clock is from the running time. */
  wallOffset = 1_800_000_000_000;
  /** How long the disk takes to sync, at most. */
  syncMs = 8;
  /** Whether a hub that ends is started again. */
  isSupervised = false;
  live: LiveHub | null = null;
  readonly #parts: HubMachineParts;
  readonly #transactions = { transactions: 0 };
  readonly #disk: MachineDisk;
  #boot = 0;
  #bootedAt = 0;
  #run = 0;

  constructor(parts: HubMachineParts) {
    this.#parts = parts;
    const createDisk = parts.disk === 'files' ? createFileMachineDisk : createMemoryMachineDisk;
    this.#disk = createDisk(parts.random, (process) => process.pause(parts.random.between(0.5, this.syncMs)));
  }

  get process(): SimProcess | null {
    return this.live?.process ?? null;
  }

  /** Which start of the hub this is. */
  get run(): number {
    return this.#run;
  }

  /** A hub that answers: alive and not stopped. */
  get answering(): LiveHub | null {
    return this.live === null || this.live.process.isStopped ? null : this.live;
  }

  start(): void {
    if (this.live !== null) return;
    const { loop, witness, random, network, simulator, weather, limits, watch } = this.#parts;
    const process = new SimProcess('hub', loop);
    process.atEnd(() => {
      this.live = null;
      witness.note(() => 'hub: its process has ended');
      if (this.isSupervised) loop.after(50, () => this.start());
    });
    this.#run += 1;
    witness.note(() => `hub: starts, run ${this.#run}`);
    const createId = (): string =>
      Array.from({ length: 16 }, () => 'abcdefghijklmnopqrstuvwxyz012345'[Math.floor(random.next() * 32)]).join('');
    const store = openHubStore({
      disk: createWatchedDisk(this.#disk.open(process), process, watch, this.#transactions),
      clock: (past) =>
        createHubClock(
          { wall: () => loop.now + this.wallOffset, monotonic: () => loop.now, kernelUptime: loop.now - this.#bootedAt },
          past,
        ),
      random: () => random.next(),
      bootId: `boot-${this.#boot}`,
      ringBytes: random.pick([2_000, 20_000, 1_000_000]),
    });
    const hub = runHub({
      store,
      site,
      siteText: siteContent,
      field: createSimField({ process, simulator, weather, random, onWrite: watch.wrote }),
      transport: network.toHubTransport(process),
      scheduler: process,
      random: () => random.next(),
      createId,
      authenticate: ({ role }) => ({ role }),
      nodeId: 'hub',
      run: `hubrun-${String(this.#run).padStart(4, '0')}`,
      notice: (notice) => {
        if (process.isAlive) watch.notice(notice);
      },
      limits,
    });
    this.live = {
      process,
      hub,
      store,
      checkpoints: createCheckpointRegistry({ store, leases: hub.leases, at: () => loop.now + this.wallOffset }),
    };
    watch.started(this.live);
  }

  /** SIGKILL: the disk keeps what was written. */
  kill(): void {
    const { live } = this;
    if (live === null) return;
    live.process.kill();
    this.#parts.network.killed(live.process, false);
  }

  /** SIGKILL in the moment in which it would do something to the world for the `acts`th time from now. */
  killAfter(acts: number): void {
    const { process } = this;
    process?.atEnd(() => this.#parts.network.killed(process, false));
    process?.killAfter(acts);
  }

  /** The power goes: the disk keeps what was synced, and some of what was written after that. */
  cutPower(): void {
    const { network, watch, witness } = this.#parts;
    const { live } = this;
    live?.process.kill();
    if (live !== null) network.killed(live.process, true);
    network.hub = 'gone';
    const { transactions } = this.#transactions;
    const left = this.#disk.cutPower(transactions);
    witness.note(() => `hub: the power is cut; of ${transactions} transactions ${left} are left`);
    this.#transactions.transactions = left;
    watch.lostPower(left);
  }

  /** The whole log as it is read from the disk now. */
  stored(): readonly FoundRow[] {
    return this.#disk.stored();
  }

  /** The run is over: nothing of it is left. */
  remove(): void {
    this.#disk.remove();
  }

  /** The machine boots, and starts the hub. */
  boot(): void {
    if (this.live !== null) return;
    this.#boot += 1;
    this.#bootedAt = this.#parts.loop.now;
    this.start();
  }

  /** Ends in order, as at an update or by Ctrl-C. */
  async stop(outputs: 'keep' | 'safe'): Promise<void> {
    const { live } = this;
    if (live === null) return;
    await live.hub.stop({ outputs });
    if (!live.process.isAlive) return;
    live.store.close();
    live.process.kill();
    this.#parts.network.killed(live.process, false);
  }

  /** Somebody pushes a bundle. */
  promote(index: number): void {
    const { answering } = this;
    const bundle = bundles[index % bundles.length];
    if (answering === null || bundle === undefined) return;
    const { store, hub } = answering;
    void createBundleRegistry({
      store,
      view: hub.view,
      check: (content: (typeof bundle)['content']) => (content === bundle.content ? bundle : checkBundle(content, site)),
    }).promote(bundle.content, { kind: 'hub' });
  }
}
