import { compile, runService, type RunningService } from '@phloem/automation';
import { canonicalJson, hashDocument, type Checkpoint, type DeviceStateFrame, type Entry, type EntryDraft } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import type { Batch, LeaseStatus, Link, LinkStatus } from '@phloem/reconnect';
import { BehaviorSubject, EMPTY, of, Subject, VirtualTimeScheduler } from 'rxjs';

const epoch = 'aaaaaaaaaaaa';
const startAt = 1_800_000_000_000;

/** A log that a test writes, and automation services as they are started, killed and started again beside it. */
export const openServiceBench = (site: object) => {
  const documents = new Map<string, unknown>();
  const put = (content: object): string => {
    const hash = hashDocument(canonicalJson(content));
    documents.set(hash, content);
    return hash;
  };
  const entries: Entry[] = [];
  const commands: { readonly up: number; readonly frame: DeviceStateFrame }[] = [];
  const values = new Map<string, number | boolean | string | null>();
  const clock = new VirtualTimeScheduler();
  let checkpoints: Checkpoint[] = [];
  let up = 0;
  let term = 0;
  let revision = 0;
  let living: { readonly tell: (entry: Entry) => void; isAlive: boolean } | null = null;

  const append = (draft: EntryDraft): void => {
    const entry: Entry = { lsn: entries.length + 1, at: startAt + up, up, ...draft };
    entries.push(entry);
    living?.tell(entry);
  };

  const start = (): RunningService => {
    const batches$ = new Subject<Batch>();
    let isListening = false;
    let grantDue = false;
    let granted: number | null = null;
    const status$ = new BehaviorSubject<LinkStatus>({
      phase: 'ready',
      attempt: 1,
      sinceAt: 0,
      retryAt: null,
      why: null,
      bye: null,
      welcome: toWelcome(entries.length),
      roundTripMs: null,
      hubClock: null,
      head: null,
      durable: null,
      committed: null,
      lastReceivedAt: null,
      ignored: 0,
      ignoredEntries: 0,
    });
    const lease$ = new BehaviorSubject<LeaseStatus>({ state: 'none' });
    const deliver = (more: readonly Entry[]): void => {
      const last = more.at(-1);
      if (last !== undefined)
        batches$.next({ kind: 'entries', sub: 'log', epoch, from: (more[0]?.lsn ?? 1) - 1, last: last.lsn, entries: more });
    };
    const own = {
      isAlive: true,
      tell: (entry: Entry): void => {
        if (!own.isAlive || !isListening) return;
        deliver([entry]);
        if (!grantDue) return;
        grantDue = false;
        term += 1;
        granted = term;
        lease$.next({ state: 'held', scope: 'room', term, untilAt: Number.MAX_SAFE_INTEGER });
        append({ kind: 'lease', scope: 'room', term, holder: 'automation-1' });
      },
    };
    living = own;
    const link: Link = {
      status$,
      lease$,
      batches$: () => batches$,
      latest$: () => EMPTY,
      watch$: () => EMPTY,
      commit: (progress) => {
        if (!own.isAlive) return;
        // What is requested under a term of an earlier life has no effect.
        if (progress.term === granted) for (const frame of progress.commands) commands.push({ up, frame });
        for (const { name, v } of progress.values) values.set(name, v);
        status$.next({ ...status$.value, committed: { subscriptions: {}, scope: progress.cursor } });
      },
      subscribe: ({ cursor }) => {
        isListening = true;
        // As a hub does: after the subscription, and not within it.
        queueMicrotask(() => deliver(entries.slice(cursor?.lsn ?? 0)));
      },
      unsubscribe: () => undefined,
      sources: { answers$: EMPTY, send: () => undefined, drop: () => undefined },
      requestLease: () => void (grantDue = true),
      close: async () => undefined,
    };
    return runService({
      link,
      nodeId: 'automation-1',
      scope: null,
      clock,
      fetchDocument: (hash) => of(documents.get(hash)),
      compile,
      checkpoints: {
        list: () => of(checkpoints),
        keep: async (_scope, checkpoint) => {
          if (own.isAlive) checkpoints = [...checkpoints, checkpoint].slice(-5);
        },
        handOver: async () => undefined,
      },
      notice: () => undefined,
      crash: (error) => {
        throw error;
      },
    });
  };
  append({ kind: 'site', hash: put(site), revision: 1 });

  return {
    commands,
    values,
    append,
    start: async (): Promise<void> => {
      start();
      await settle();
    },
    /** As by SIGKILL: it does nothing any more, and has kept what it had kept. */
    kill: (): void => {
      if (living !== null) living.isAlive = false;
      living = null;
    },
    forgetCheckpoints: (): void => {
      checkpoints = [];
    },
    get checkpoints() {
      return checkpoints.length;
    },
    push: async (text: string): Promise<void> => {
      revision += 1;
      append({ kind: 'bundle', scope: 'room', hash: put(readBundle([{ path: 'bundle.yaml', text }])), revision, mode: 'live' });
      await settle();
    },
    /** Lets seconds pass, with a reading of the room's temperature and a pulse in each. */
    pass: async (seconds: number, temperature: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        up += 1000;
        clock.maxFrames = up;
        clock.flush();
        clock.frame = up;
        append({ kind: 'sensor', location: 'room', cluster: 'front', readings: { temperature: { v: temperature, q: 'good' } } });
        append({ kind: 'pulse' });
        await settle();
      }
    },
    get up() {
      return up;
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
