import {
  isFault,
  type DeviceId,
  type DeviceValue,
  type Limits,
  type OffsetStatus,
  type SetpointName,
  type SubscriptionRequest,
} from '@phloem/protocol';
import { Commands } from './checks/commands.ts';
import { DeviceKinds } from './checks/device-kinds.ts';
import { Delivery } from './checks/delivery.ts';
import { Leases } from './checks/leases.ts';
import { LogTruth } from './checks/log-truth.ts';
import { Outputs } from './checks/outputs.ts';
import { Offsets } from './checks/offsets.ts';
import { Overrides } from './checks/overrides.ts';
import { Sessions } from './checks/sessions.ts';
import { ViewFold } from './checks/view-fold.ts';
import { EventLoop } from './engine/event-loop.ts';
import { createRandom, type Random } from './engine/random.ts';
import type { SimProcess } from './engine/sim-process.ts';
import { Witness } from './engine/witness.ts';
import { BellRinger } from './parts/bell-ringer.ts';
import { HubMachine, type DiskKind, type LiveHub } from './parts/hub-machine.ts';
import { Network, type Wire } from './parts/network.ts';
import { Simulator } from './parts/simulator.ts';
import { ServiceMachine, type ServiceMachineParts } from './parts/service-machine.ts';
import type { Weather } from './parts/sim-field.ts';
import { Viewer, type ViewerParts } from './parts/viewer.ts';
import { everything, watchHub, watchNetwork, watchServices } from './watch-parts.ts';

const watching: readonly SubscriptionRequest[] = [{ sub: 'all', mode: 'every', filter: everything, cursor: null }];
const panel: readonly SubscriptionRequest[] = [
  { sub: 'view', mode: 'latest', filter: {}, cursor: null },
  { sub: 'news', mode: 'every', filter: { kinds: ['alarm', 'device'], locations: ['room'] }, cursor: null },
];

/** Everything of one run, put together: a hub, two services, viewers, a raw client, and who watches them. */
export class World {
  readonly loop = new EventLoop();
  readonly witness: Witness;
  readonly network: Network;
  readonly simulator: Simulator;
  readonly hub: HubMachine;
  readonly services: readonly ServiceMachine[];
  readonly viewers: readonly Viewer[];
  readonly ringer: BellRinger;
  readonly weather: Weather;
  readonly truth: LogTruth;
  readonly delivery: Delivery;
  readonly leases: Leases;
  readonly commands: Commands;
  readonly kinds: DeviceKinds;
  readonly outputs: Outputs;
  readonly overrides: Overrides;
  readonly offsets: Offsets;
  readonly views: ViewFold;
  readonly limits: Limits;
  #twin: ServiceMachine | null = null;
  #bundle = 0;
  #silentUntil = 0;
  #isOver = false;
  readonly #serviceParts: ServiceMachineParts;

  constructor(seed: number, tell: ((line: string) => void) | null, disk: DiskKind = 'memory') {
    const { loop } = this;
    const random = (name: string): Random => createRandom(seed, name);
    const shape = random('shape');
    this.witness = new Witness(loop, tell);
    const { witness } = this;
    // The smallest are filled by any one message: where that is lost, both sides wait for each other.
    const windowEntries = Math.floor(shape.chance(0.2) ? shape.between(1, 4) : shape.between(4, 48));
    this.limits = shape.chance(0.5)
      ? { messageBytes: 131_072, windowEntries, windowBytes: Math.floor(shape.between(2000, 16_000)) }
      : { messageBytes: 131_072, windowEntries: 2048, windowBytes: 262_144 };
    this.weather = { isCalm: false, frameEveryMs: shape.between(300, 800) };
    this.truth = new LogTruth(witness);
    this.delivery = new Delivery(witness, this.truth);
    this.leases = new Leases(witness, loop);
    this.commands = new Commands(witness, this.leases);
    this.overrides = new Overrides(witness, this.truth);
    this.offsets = new Offsets(witness, this.truth);
    this.views = new ViewFold(witness);
    this.simulator = new Simulator(loop, random('simulator'));
    this.network = new Network({
      loop,
      random: random('network'),
      witness,
      watch: watchNetwork(this, () => sessions),
    });
    const sessions = new Sessions(witness, this.limits, this.network.kernelBytes);
    this.hub = new HubMachine({
      loop,
      witness,
      random: random('hub'),
      network: this.network,
      simulator: this.simulator,
      weather: this.weather,
      limits: this.limits,
      disk,
      watch: watchHub(this),
    });
    const { simulator, hub, leases, overrides } = this;
    this.kinds = new DeviceKinds({ witness, loop, simulator, overrides, run: () => hub.run });
    this.outputs = new Outputs({ witness, loop, simulator, leases, hub, overrides, kinds: this.kinds });
    this.#serviceParts = {
      loop,
      witness,
      random: random('services'),
      network: this.network,
      hub: this.hub,
      checkpointEveryMs: shape.between(700, 4000),
      watch: watchServices(this),
    };
    this.services = [
      new ServiceMachine('a', 'automation-1', this.#serviceParts),
      new ServiceMachine('b', 'automation-2', this.#serviceParts),
    ];
    const viewerParts: ViewerParts = {
      loop,
      random: random('viewers'),
      network: this.network,
      batch: ({ title }, { sub, filter }, batch) => this.delivery.batch(`${title} ${sub}`, filter, batch),
      view: ({ title }, view) => this.views.take(title, view),
    };
    this.viewers = [new Viewer('relay-1', 'relay', watching, viewerParts), new Viewer('panel-1', 'viewer', panel, viewerParts)];
    this.ringer = new BellRinger({ loop, random: random('ringer'), network: this.network });
  }

  start(): void {
    this.hub.boot();
    this.hub.promote(0);
    const nodes = [...this.services, ...this.viewers, this.ringer];
    nodes.forEach((node, index) => this.loop.after(index * 30, () => node.start()));
    this.#checkOutputs();
  }

  /** One of the connections that somebody still believes in. */
  someWire(draw: number): Wire | undefined {
    const wires = this.network.wires().filter(({ isNodeOpen, isHubOpen }) => isNodeOpen && isHubOpen);
    return wires[Math.floor(draw * wires.length)];
  }

  killHub(acts: number | null, downMs: number): void {
    if (acts === null) this.hub.kill();
    else this.hub.killAfter(acts);
    this.#later(downMs, () => {
      this.hub.kill();
      this.hub.start();
    });
  }

  cutPower(acts: number | null, downMs: number): void {
    // Killed in the middle of something, and the power goes before anybody has started it again.
    if (acts !== null) this.hub.killAfter(acts);
    this.loop.after(acts === null ? 0 : Math.min(150, downMs / 2), () => this.hub.cutPower());
    this.#later(downMs, () => this.hub.boot());
  }

  /** One machine for all of them: nobody's kernel says anything to anybody. */
  cutAllPower(downMs: number): void {
    for (const service of this.services) service.kill(true);
    this.ringer.kill();
    this.hub.cutPower();
    this.#later(downMs, () => {
      this.hub.boot();
      for (const node of [...this.services, this.ringer]) this.#begin(node);
    });
  }

  freezeHub(ms: number): void {
    const { process } = this.hub;
    process?.stop();
    this.#later(ms, () => process?.go());
  }

  restartHub(outputs: 'keep' | 'safe', downMs: number): void {
    this.hub.stop(outputs).catch((error: unknown) => this.witness.fail('bug', `the hub cannot end: ${String(error)}`));
    this.#later(5000 + downMs, () => {
      // It ends within 5 s, or somebody kills it.
      this.hub.kill();
      this.hub.start();
    });
  }

  killService(draw: number, acts: number | null, downMs: number): void {
    const service = this.#someService(draw);
    if (acts === null) service.kill();
    else service.killAfter(acts);
    this.#later(downMs, () => {
      service.kill();
      this.#begin(service);
    });
  }

  /** Nobody commands anything, whatever else is healed meanwhile. */
  silence(ms: number): void {
    this.#silentUntil = Math.max(this.#silentUntil, this.loop.now + ms);
    for (const node of [...this.services, this.ringer]) node.kill();
    this.#later(ms, () => {
      for (const node of [...this.services, this.ringer]) this.#begin(node);
    });
  }

  freezeService(draw: number, ms: number): void {
    const process = this.#someService(draw).run?.process;
    process?.stop();
    this.#later(ms, () => process?.go());
  }

  stickService(draw: number, ms: number): void {
    const service = this.#someService(draw);
    service.stick(ms);
    this.#later(ms, () => service.unstick());
  }

  restartService(draw: number, downMs: number): void {
    const service = this.#someService(draw);
    service.stop().catch((error: unknown) => this.witness.fail('bug', `a service cannot end: ${String(error)}`));
    this.#later(2500 + downMs, () => {
      service.kill();
      this.#begin(service);
    });
  }

  severNode(draw: number, ms: number): void {
    const processes = this.#nodes();
    const process = processes[Math.floor(draw * processes.length)];
    if (process === undefined) return;
    this.network.sever(process);
    this.#later(ms, () => this.network.mend());
  }

  jumpWall(ms: number): void {
    this.hub.wallOffset += ms;
  }

  slowDisk(syncMs: number, ms: number): void {
    this.hub.syncMs = syncMs;
    this.#later(ms, () => (this.hub.syncMs = 8));
  }

  duplicate(draw: number, ms: number): void {
    if (this.#twin !== null) return;
    const { nodeId } = this.#someService(draw);
    const twin = new ServiceMachine('twin', nodeId, this.#serviceParts);
    twin.isSupervised = false;
    this.#twin = twin;
    twin.start();
    this.#later(ms, () => {
      twin.kill();
      this.#twin = null;
    });
  }

  promoteNext(): void {
    this.#bundle += 1;
    this.hub.promote(this.#bundle);
  }

  killRinger(downMs: number): void {
    this.ringer.kill();
    this.#later(downMs, () => this.#begin(this.ringer));
  }

  /** Somebody overrides a device; they learn when it is on disk. */
  override(device: DeviceId, value: DeviceValue, forMs: number): void {
    const { answering } = this.hub;
    if (answering === null) return;
    try {
      answering.hub.gate.override(device, { value, forMs, reason: 'to see' }, { kind: 'user', id: 'anna' });
    } catch (error) {
      if (!isFault(error, 'command/draining')) throw error;
      return;
    }
    void answering.store.sync().then(() => {
      if (answering.process.isAlive) this.overrides.acknowledged(device);
    });
  }

  release(device: DeviceId): void {
    const { answering } = this.hub;
    if (answering === null || this.overrides.standing(device) === null) return;
    try {
      answering.hub.gate.release(device, { kind: 'user', id: 'anna' }, null);
    } catch (error) {
      if (!isFault(error)) throw error;
    }
  }

  /** Somebody moves a set-point; they learn when it is on disk. */
  move(setpoint: SetpointName, delta: number, forMs: number): void {
    this.#tell(({ offsets }) => offsets.move(setpoint, { delta, forMs, reason: 'to see' }, { kind: 'user', id: 'anna' }));
  }

  letGo(setpoint: SetpointName): void {
    this.#tell(({ offsets }) => offsets.release(setpoint, { by: { kind: 'user', id: 'anna' }, reason: null }));
  }

  #tell(say: (hub: LiveHub['hub']) => OffsetStatus): void {
    const { answering } = this.hub;
    if (answering === null) return;
    let status: OffsetStatus;
    try {
      status = say(answering.hub);
    } catch (error) {
      if (!isFault(error)) throw error;
      return;
    }
    void answering.store.sync().then(() => {
      if (answering.process.isAlive) this.offsets.acknowledged(status);
    });
  }

  killViewer(draw: number, downMs: number): void {
    const viewer = this.viewers[Math.floor(draw * this.viewers.length)];
    viewer?.kill();
    this.#later(downMs, () => viewer?.start());
  }

  freezeViewer(draw: number, ms: number): void {
    const process = this.viewers[Math.floor(draw * this.viewers.length)]?.run?.process;
    process?.stop();
    this.#later(ms, () => process?.go());
  }

  /** Everything is made good: what is down starts, what is stopped goes on, what is broken works again. */
  heal(): void {
    this.#isOver = true;
    this.#twin?.kill();
    this.simulator.heal();
    this.hub.syncMs = 8;
    this.hub.isSupervised = true;
    this.hub.process?.go();
    // A kill that was drawn and has not come yet does not come any more.
    this.hub.process?.spare();
    for (const viewer of this.viewers) viewer.run?.process.go();
    for (const service of this.services) {
      service.run?.process.go();
      service.run?.process.spare();
      service.unstick(true);
    }
    this.network.mend();
    this.hub.boot();
    for (const node of [...this.services, ...this.viewers, this.ringer]) node.start();
  }

  /** Nothing changes any more: what is under way comes to its end. */
  calm(): void {
    this.weather.isCalm = true;
    this.ringer.isCalm = true;
  }

  #someService(draw: number): ServiceMachine {
    const holder = this.truth.entries().findLast((entry) => entry.kind === 'lease' && entry.scope === 'room');
    const name = holder?.kind === 'lease' ? holder.holder : null;
    // Faults of the one that commands are worth more.
    const leader = this.services.find(({ nodeId }) => nodeId === name);
    const [first, second] = this.services;
    if (first === undefined || second === undefined) throw new Error('there are two services');
    if (leader !== undefined && draw < 0.7) return leader;
    return draw < 0.85 ? first : second;
  }

  #begin(node: { start(): void }): void {
    if (this.loop.now >= this.#silentUntil) node.start();
  }

  #nodes(): readonly SimProcess[] {
    return [...this.services.map(({ run }) => run?.process), ...this.viewers.map(({ run }) => run?.process), this.ringer.process].flatMap(
      (process) => (process === null || process === undefined ? [] : [process]),
    );
  }

  /** Heals a fault in its time; everything is healed at once when the time for faults is over. */
  #later(ms: number, work: () => void): void {
    this.loop.after(ms, () => {
      if (!this.#isOver) work();
    });
  }

  #checkOutputs(): void {
    this.outputs.look();
    this.loop.after(250, () => this.#checkOutputs());
  }
}
