import { compile, runService, type RunningService } from '@phloem/automation';
import { canonicalJson, hashDocument, type Checkpoint, type DeviceStateFrame, type Entry, type EntryDraft } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import type { Batch, LeaseStatus, Link, LinkStatus } from '@phloem/reconnect';
import { BehaviorSubject, EMPTY, of, Subject, VirtualTimeScheduler } from 'rxjs';

const epoch = 'aaaaaaaaaaaa';
const startAt = 1_800_000_000_000;

type Command = { readonly up: number; readonly frame: DeviceStateFrame };

/** What outlives a service: the log, its documents, and what services have done. */
class BenchHub {
  readonly documents = new Map<string, unknown>();
  readonly entries: Entry[] = [];
  readonly commands: Command[] = [];
  readonly values = new Map<string, number | boolean | string | null>();
  checkpoints: Checkpoint[] = [];
  up = 0;
  living: BenchLink | null = null;
  #term = 0;

  put(content: object): string {
    const hash = hashDocument(canonicalJson(content));
    this.documents.set(hash, content);
    return hash;
  }

  append(draft: EntryDraft): void {
    const entry: Entry = { lsn: this.entries.length + 1, at: startAt + this.up, up: this.up, ...draft };
    this.entries.push(entry);
    this.living?.tell(entry);
  }

  nextTerm(): number {
    return (this.#term += 1);
  }
}

/** The link of one service, from its start until it is killed. */
class BenchLink {
  readonly #hub: BenchHub;
  readonly #batches$ = new Subject<Batch>();
  readonly #status$: BehaviorSubject<LinkStatus>;
  readonly #lease$ = new BehaviorSubject<LeaseStatus>({ state: 'none' });
  isAlive = true;
  #isListening = false;
  #grantDue = false;
  #granted: number | null = null;

  constructor(hub: BenchHub) {
    this.#hub = hub;
    this.#status$ = new BehaviorSubject(toReady(hub.entries.length));
  }

  tell(entry: Entry): void {
    if (!this.isAlive || !this.#isListening) return;
    this.#deliver([entry]);
    if (this.#grantDue) this.#grant();
  }

  toLink(): Link {
    return {
      status$: this.#status$,
      lease$: this.#lease$,
      batches$: () => this.#batches$,
      latest$: () => EMPTY,
      watch$: () => EMPTY,
      commit: (progress) => this.#commit(progress),
      subscribe: ({ cursor }) => {
        this.#isListening = true;
        // As a hub does: after the subscription, and not within it.
        queueMicrotask(() => this.#deliver(this.#hub.entries.slice(cursor?.lsn ?? 0)));
      },
      unsubscribe: () => undefined,
      sources: { answers$: EMPTY, send: () => undefined, drop: () => undefined },
      requestLease: () => void (this.#grantDue = true),
      close: async () => undefined,
    };
  }

  #deliver(more: readonly Entry[]): void {
    const last = more.at(-1);
    if (last === undefined) return;
    this.#batches$.next({ kind: 'entries', sub: 'log', epoch, from: (more[0]?.lsn ?? 1) - 1, last: last.lsn, entries: more });
  }

  #grant(): void {
    this.#grantDue = false;
    const term = this.#hub.nextTerm();
    this.#granted = term;
    this.#lease$.next({ state: 'held', scope: 'room', term, untilAt: Number.MAX_SAFE_INTEGER });
    this.#hub.append({ kind: 'lease', scope: 'room', term, holder: 'automation-1' });
  }

  #commit(progress: Parameters<Link['commit']>[0]): void {
    const { commands, values, up } = this.#hub;
    if (!this.isAlive) return;
    // What is requested under a term of an earlier life has no effect.
    if (progress.term === this.#granted) for (const frame of progress.commands) commands.push({ up, frame });
    for (const { name, v } of progress.values) values.set(name, v);
    this.#status$.next({ ...this.#status$.value, committed: { subscriptions: {}, scope: progress.cursor } });
  }
}

const startService = (hub: BenchHub, clock: VirtualTimeScheduler): RunningService => {
  const own = new BenchLink(hub);
  hub.living = own;
  return runService({
    link: own.toLink(),
    nodeId: 'automation-1',
    scope: null,
    clock,
    fetchDocument: (hash) => of(hub.documents.get(hash)),
    compile,
    checkpoints: {
      list: () => of(hub.checkpoints),
      keep: async (_scope, checkpoint) => {
        if (own.isAlive) hub.checkpoints = [...hub.checkpoints, checkpoint].slice(-5);
      },
      handOver: async () => undefined,
    },
    notice: () => undefined,
    crash: (error) => {
      throw error;
    },
  });
};

/** A log that a test writes, and automation services as they are started, killed and started again beside it. */
export const openServiceBench = (site: object) => {
  const hub = new BenchHub();
  const clock = new VirtualTimeScheduler();
  let revision = 0;
  const append = (draft: EntryDraft): void => hub.append(draft);
  append({ kind: 'site', hash: hub.put(site), revision: 1 });

  return {
    commands: hub.commands as readonly Command[],
    values: hub.values,
    append,
    start: async (): Promise<void> => {
      startService(hub, clock);
      await settle();
    },
    /** As by SIGKILL: it does nothing any more, and has kept what it had kept. */
    kill: (): void => {
      if (hub.living !== null) hub.living.isAlive = false;
      hub.living = null;
    },
    forgetCheckpoints: (): void => {
      hub.checkpoints = [];
    },
    get checkpoints() {
      return hub.checkpoints.length;
    },
    push: async (text: string): Promise<void> => {
      revision += 1;
      append({ kind: 'bundle', scope: 'room', hash: hub.put(readBundle([{ path: 'bundle.yaml', text }])), revision, mode: 'live' });
      await settle();
    },
    /** Lets seconds pass, with a reading of the room's temperature and a pulse in each. */
    pass: async (seconds: number, temperature: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        hub.up += 1000;
        clock.maxFrames = hub.up;
        clock.flush();
        clock.frame = hub.up;
        append({ kind: 'sensor', location: 'room', cluster: 'front', readings: { temperature: { v: temperature, q: 'good' } } });
        append({ kind: 'pulse' });
        await settle();
      }
    },
    get up() {
      return hub.up;
    },
  };
};

/** What the service asked of its documents and its store has been answered. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
};

const toWelcome = (head: number): NonNullable<LinkStatus['welcome']> => ({
  protocol: { major: 1, minor: 0 },
  hub: { nodeId: 'hub', run: 'hubrun-0001' },
  session: 'session-0001',
  log: { epoch, first: 1, head, lineage: [] },
  subscriptions: [],
  committed: { subscriptions: {}, scope: null },
  durable: head,
  lease: null,
  limits: { messageBytes: 131_072, windowEntries: 2048, windowBytes: 262_144 },
  heartbeat: { everyMs: 500, deadMs: 2000, leaseMs: 3000 },
  at: startAt,
  up: 1000,
});

const toReady = (head: number): LinkStatus => ({
  phase: 'ready',
  attempt: 1,
  sinceAt: 0,
  retryAt: null,
  why: null,
  bye: null,
  welcome: toWelcome(head),
  roundTripMs: null,
  hubClock: null,
  head: null,
  durable: null,
  committed: null,
  lastReceivedAt: null,
  ignored: 0,
  ignoredEntries: 0,
});
