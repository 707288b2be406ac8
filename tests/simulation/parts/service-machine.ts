import { runService, type CheckpointStore, type RunningService } from '@phloem/automation';
import { Fault, isFault, type Checkpoint, type NodeId, type Position } from '@phloem/protocol';
import { openLink, type Batch, type Link } from '@phloem/reconnect';
import { defer, from, Observable } from 'rxjs';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Random } from '../engine/random.ts';
import { SimProcess } from '../engine/sim-process.ts';
import type { Witness } from '../engine/witness.ts';
import type { HubMachine } from './hub-machine.ts';
import type { Network } from './network.ts';
import { createRunCompile, type EngineRun } from './engine-run.ts';

/** Who learns what a service's engine is given. `run` is one process of the service. */
export type ServiceWatch = {
  readonly begun: (run: ServiceRun, position: Position, known: readonly Checkpoint[]) => void;
  readonly batch: (run: ServiceRun, batch: Batch) => void;
  readonly crashed: (run: ServiceRun, error: unknown) => void;
};

/** One process of a service. */
export type ServiceRun = {
  readonly title: string;
  readonly nodeId: NodeId;
  readonly process: SimProcess;
  readonly link: Link;
  readonly engine: EngineRun;
  readonly service: RunningService;
};

export type ServiceMachineParts = {
  readonly loop: EventLoop;
  readonly witness: Witness;
  readonly random: Random;
  readonly network: Network;
  /** The hub whose HTTP side answers. */
  readonly hub: Pick<HubMachine, 'answering'>;
  readonly watch: ServiceWatch;
  readonly checkpointEveryMs: number;
};

/** How many own checkpoints a service keeps. */
const kept = 3;
/** How soon what has ended by itself is started again. */
const restartMs = 700;

/** The machine of one automation service: its checkpoint files outlive its process. It starts again what ends by itself. */
export class ServiceMachine {
  readonly nodeId: NodeId;
  run: ServiceRun | null = null;
  /** Whether what ends by itself is started again. */
  isSupervised = true;
  readonly #parts: ServiceMachineParts;
  readonly #files = new Map<number, Checkpoint>();
  readonly #title: string;
  #unstick: (() => void)[] = [];
  #stuckUntil = 0;
  #runs = 0;

  constructor(title: string, nodeId: NodeId, parts: ServiceMachineParts) {
    this.#title = title;
    this.nodeId = nodeId;
    this.#parts = parts;
  }

  start(): void {
    if (this.run !== null) return;
    const { loop, witness, random, network, watch, checkpointEveryMs } = this.#parts;
    const { nodeId } = this;
    this.#runs += 1;
    const title = `${this.#title}/${this.#runs}`;
    const process = new SimProcess(title, loop);
    process.atEnd(() => {
      this.run = null;
      witness.note(() => `${title}: its process has ended`);
    });
    witness.note(() => `${title}: starts`);
    const link = openLink({
      transport: network.toTransport(process),
      clock: process,
      random: () => random.next(),
      nodeId,
      run: `${this.#title.replace(/[^A-Za-z0-9]/g, '')}-${String(this.#runs).padStart(8, '0')}`,
      role: 'automation',
      software: 'simulation',
      subscriptions: [],
    });
    const engine = createRunCompile();
    let known: readonly Checkpoint[] = [];
    const service = runService({
      link: { ...link, batches$: (sub) => this.#throughEngine(link.batches$(sub), (batch) => watch.batch(run, batch)) },
      nodeId,
      scope: null,
      clock: process,
      fetchDocument: (hash) => this.#fetch(process, hash),
      compile: engine.compile,
      checkpoints: this.#toStore(process, (checkpoints) => (known = checkpoints)),
      notice: (notice) => {
        witness.note(
          () =>
            `${title}: ${notice.kind}${'state' in notice ? ` at ${notice.state.position.epoch.slice(0, 3)}:${notice.state.position.lsn}` : ''}`,
        );
        if (notice.kind === 'started') watch.begun(run, notice.state.position, known);
        // A bundle that a power cut took away before it was fetched; without a plan in the end it would not converge.
        if (notice.kind === 'no-plan') witness.count('no plan for a while');
        if (notice.kind === 'unusable-checkpoint')
          witness.fail('CH1', `${title} cannot use its checkpoint at ${notice.cursor}: ${notice.fault.message}`);
      },
      crash: (error) => {
        if (process.isAlive) watch.crashed(run, error);
      },
      checkpointEveryMs,
      handOverEveryMs: 5 * checkpointEveryMs,
    });
    const run: ServiceRun = { title, nodeId, process, link, engine, service };
    this.run = run;
    link.status$.subscribe(({ phase, why }) => {
      if (phase === 'closed' && process.isAlive) this.#ended(process, why ?? 'closed');
    });
  }

  kill(isSilent = false): void {
    const { run } = this;
    if (run === null) return;
    run.process.kill();
    this.#parts.network.killed(run.process, isSilent);
  }

  killAfter(acts: number): void {
    const process = this.run?.process;
    process?.atEnd(() => this.#parts.network.killed(process, false));
    process?.killAfter(acts);
  }

  /** Ends in order, as at an update. */
  async stop(): Promise<void> {
    const { run } = this;
    if (run === null) return;
    await run.service.stop();
    if (run.process.isAlive) this.#end(run.process);
  }

  /** Connected, but what comes in is not worked off. */
  stick(ms: number): void {
    this.#stuckUntil = Math.max(this.#stuckUntil, this.#parts.loop.now + ms);
  }

  /** Goes on, if its time has come; in any case when `isHealed`. */
  unstick(isHealed = false): void {
    if (isHealed) this.#stuckUntil = 0;
    if (this.#parts.loop.now < this.#stuckUntil) return;
    const waiting = this.#unstick;
    this.#unstick = [];
    for (const go of waiting) go();
  }

  #ended(process: SimProcess, why: string): void {
    this.#parts.witness.note(() => `${process.name}: ends by itself, ${why}`);
    this.#end(process);
    if (this.isSupervised) this.#parts.loop.after(restartMs, () => this.start());
  }

  #end(process: SimProcess): void {
    process.kill();
    this.#parts.network.killed(process, false);
  }

  /** What the link delivers, as far as the engine takes it. */
  #throughEngine(batches$: Observable<Batch>, note: (batch: Batch) => void): Observable<Batch> {
    return new Observable((engine) => {
      const queue: Batch[] = [];
      const hand = (): void => {
        for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
          note(batch);
          engine.next(batch);
        }
      };
      return batches$.subscribe({
        next: (batch) => {
          queue.push(batch);
          if (this.#parts.loop.now >= this.#stuckUntil && queue.length === 1) hand();
          else if (queue.length === 1) this.#unstick.push(hand);
        },
        error: (error: unknown) => engine.error(error),
        complete: () => engine.complete(),
      });
    });
  }

  #fetch(process: SimProcess, hash: string): Observable<unknown> {
    const { random, hub } = this.#parts;
    return defer(async () => {
      await process.pause(random.between(1, 40));
      const { answering } = hub;
      if (answering === null) throw new Fault('net/unreachable', 'the hub does not answer');
      const text = answering.store.documents.get(hash);
      if (text === null) throw new Fault('document/unknown', `there is no document ${hash}`);
      return JSON.parse(text) as unknown;
    });
  }

  #toStore(process: SimProcess, listed: (checkpoints: readonly Checkpoint[]) => void): CheckpointStore {
    const { random, hub, witness } = this.#parts;
    return {
      list: (scope) =>
        from(
          (async () => {
            await process.pause(random.between(1, 30));
            const own = [...this.#files.values()];
            const held = hub.answering?.store.checkpoints.newest(scope ?? 'room') ?? null;
            const all = [...own, ...(held === null ? [] : [toCheckpoint(held)])];
            listed(all);
            return all;
          })(),
        ),
      keep: async (_, checkpoint) => {
        await process.pause(random.between(1, 60));
        if (!process.act()) return;
        this.#files.set(checkpoint.cursor, checkpoint);
        const old = [...this.#files.keys()].toSorted((a, b) => b - a).slice(kept);
        for (const cursor of old) this.#files.delete(cursor);
        witness.count('checkpoints');
      },
      handOver: async (scope, term, checkpoint) => {
        await process.pause(random.between(1, 40));
        try {
          if (process.act()) hub.answering?.checkpoints.put(scope, { term, checkpoint }, this.nodeId);
          witness.count('checkpoints handed over');
        } catch (error) {
          // A lease that is over, a hub that goes down: a checkpoint is a cache.
          if (!isFault(error)) throw error;
        }
      },
    };
  }
}

const toCheckpoint = ({ epoch, cursor, bundle, site, engine, hash, state }: Checkpoint): Checkpoint => ({
  epoch,
  cursor,
  bundle,
  site,
  engine,
  hash,
  state,
});
