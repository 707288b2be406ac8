import type { Checkpoint, Fault, ScopeId, Term } from '@phloem/protocol';
import { of, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createDocuments } from './documents.ts';
import { findStart } from './find-start.ts';
import { runService, type RunOptions, type ServiceNotice } from './run-service.ts';
import { toCheckpoint } from './checkpoint.ts';
import { startService } from './service-state.ts';
import { stepBatch } from './step-batch.ts';
import { batchOf, bundle, epoch, lease, pulse, reading, site } from './testing/entries.ts';
import { createFakeLink, logOf, welcomeOf } from './testing/fake-link.ts';
import { bundleHash, compileToy, siteHash, toyDocuments, type ToyState } from './testing/toy-plan.ts';

const held = { state: 'held', scope: 'room', term: 7, untilAt: 1e9 } as const;
const committed = (scope: number) => ({ committed: { subscriptions: {}, scope } });

/** A service on a link whose hub is the test; the store is a list. */
const setUp = (log = logOf(), more: Partial<RunOptions> & { readonly stored?: readonly Checkpoint[] } = {}) => {
  const timers = new VirtualTimeScheduler();
  const fake = createFakeLink(log);
  const kept: { scope: ScopeId; checkpoint: Checkpoint }[] = [];
  const handed: { term: Term; checkpoint: Checkpoint }[] = [];
  const notices: ServiceNotice[] = [];
  const crashes: unknown[] = [];
  const service = runService({
    link: fake.link,
    nodeId: 'automation-1',
    scope: null,
    clock: timers,
    fetchDocument: (hash) => of(toyDocuments(hash)),
    compile: compileToy,
    checkpoints: {
      list: () => of([...(more.stored ?? []), ...kept.map(({ checkpoint }) => checkpoint)]),
      keep: async (scope, checkpoint) => void kept.push({ scope, checkpoint }),
      handOver: async (_scope, term, checkpoint) => void handed.push({ term, checkpoint }),
    },
    notice: (notice) => notices.push(notice),
    crash: (error) => crashes.push(error),
    ...more,
  });
  const pass = async (ms: number): Promise<void> => {
    const until = timers.frame + ms;
    timers.maxFrames = until;
    timers.flush();
    timers.frame = until;
    // What the store was asked to do has been done once its promises have run.
    await Promise.resolve().then(() => Promise.resolve());
  };
  return { ...fake, fake, kept, handed, notices, crashes, service, pass };
};

const first = batchOf(site(1), bundle(2, 20), lease(3, 7, 'automation-1'));
/** A checkpoint as a service keeps it after these entries. */
const checkpointAfter = (...batches: readonly ReturnType<typeof batchOf>[]): Checkpoint => {
  const documents = new Map([siteHash, bundleHash(20)].map((hash) => [hash, toyDocuments(hash)] as const));
  const options = { nodeId: 'automation-1', compile: compileToy, documents };
  const state = batches.reduce((before, batch) => stepBatch(before, batch, options).state, startService({ epoch, lsn: 0 }, null));
  const checkpoint = toCheckpoint(state);
  if (checkpoint === null) throw new Error('no plan');
  return checkpoint;
};

describe('a first start', () => {
  it('reads the log from its first entry, and asks for the lease when it has met its bundle', () => {
    const { fake, requests, scopes, commits } = setUp(logOf({ first: 41, head: 90 }));
    expect(requests).toEqual([]);
    fake.say({ phase: 'ready' });
    expect(requests).toEqual([{ sub: 'log', mode: 'every', filter: {}, cursor: { epoch, lsn: 40 } }]);
    expect(scopes).toEqual([]);
    fake.deliver(first);
    expect(scopes).toEqual(['room']);
    expect(commits.map(({ cursor }) => cursor)).toEqual([3]);
  });

  it('goes on as it is over a cut of the link', () => {
    const { fake, requests } = setUp();
    fake.say({ phase: 'ready' });
    fake.say({ phase: 'dialing' });
    fake.say({ phase: 'ready' });
    expect(requests).toHaveLength(1);
  });
});

describe('checkpoints', () => {
  it('[LE3] are kept only once the scope’s committed cursor covers them', async () => {
    const { fake, kept, pass } = setUp();
    fake.say({ phase: 'ready' });
    fake.deliver(first);
    fake.deliver(batchOf(reading(4, 15)));
    await pass(10_000);
    fake.say(committed(3));
    await pass(0);
    expect(kept).toEqual([]);
    fake.say(committed(4));
    await pass(0);
    expect(kept).toMatchObject([{ scope: 'room', checkpoint: { cursor: 4, bundle: bundleHash(20), site: siteHash } }]);
  });

  it('[CH1] go to the hub at a switch and then hourly, under the term that is held, and to the own disk every 10 s', async () => {
    const { fake, kept, handed, pass } = setUp();
    fake.say({ phase: 'ready', ...committed(1000) });
    fake.grant(held);
    fake.deliver(first);
    await pass(0);
    expect(handed).toMatchObject([{ term: 7, checkpoint: { cursor: 3 } }]);
    await pass(3_590_000);
    expect(handed).toHaveLength(1);
    expect(kept).toHaveLength(360);
    await pass(10_000);
    expect(handed).toHaveLength(2);
  });

  it('[CH1] a standby hands over nothing', async () => {
    const { fake, kept, handed, pass } = setUp();
    fake.say({ phase: 'ready', ...committed(1000) });
    fake.deliver(first);
    await pass(10_000);
    expect(handed).toEqual([]);
    expect(kept).not.toEqual([]);
  });
});

describe('a restart', () => {
  it('goes on at the newest checkpoint, in the state in which it was', () => {
    const stored = [checkpointAfter(first), checkpointAfter(first, batchOf(reading(4, 15), pulse(5)))];
    const { fake, requests, scopes, commits, notices } = setUp(logOf({ head: 9 }), { stored });
    fake.say({ phase: 'ready' });
    expect(requests[0]?.cursor).toEqual({ epoch, lsn: 5 });
    expect(scopes).toEqual(['room']);
    expect(stateOf(notices[0])).toMatchObject({ lsns: [2, 3, 4, 5], on: true });
    fake.deliver(batchOf(lease(6, 8, 'automation-1')));
    expect(commits.at(-1)?.commands).toMatchObject([{ device: 'room/heater', value: true, cause: { lsn: 6 } }]);
  });

  it('[EV6] goes back before the end of an epoch of which entries are gone', () => {
    const stored = [checkpointAfter(first), checkpointAfter(first, batchOf(reading(4, 15), pulse(5)))];
    const { fake, requests } = setUp(logOf({ epoch: 'epochBepochB', head: 9, lineage: [{ epoch, end: 4 }] }), { stored });
    fake.say({ phase: 'ready' });
    expect(requests[0]?.cursor).toEqual({ epoch, lsn: 3 });
  });

  it.each([
    ['was altered', (checkpoint: Checkpoint) => ({ ...checkpoint, state: checkpoint.state.replace('true', 'false') })],
    ['is of another engine', (checkpoint: Checkpoint) => ({ ...checkpoint, engine: 'toy/2' })],
    ['is ahead of the log', (checkpoint: Checkpoint) => ({ ...checkpoint, cursor: 99 })],
  ])('leaves aside a checkpoint that %s', (_, spoil) => {
    const good = checkpointAfter(first);
    const newer = spoil(checkpointAfter(first, batchOf(reading(4, 15))));
    const { fake, requests } = setUp(logOf({ head: 9 }), { stored: [good, newer] });
    fake.say({ phase: 'ready' });
    expect(requests[0]?.cursor?.lsn).toBe(3);
  });

  it('leaves aside a checkpoint whose following entries the log has no more', () => {
    const { fake, requests } = setUp(logOf({ first: 50, head: 90 }), { stored: [checkpointAfter(first)] });
    fake.say({ phase: 'ready' });
    expect(requests[0]?.cursor?.lsn).toBe(49);
  });

  it('takes only checkpoints of the scope that it was given', () => {
    const faults: Fault[] = [];
    let found: number | null = null;
    findStart({
      log: logOf({ head: 9 }),
      checkpoints: [checkpointAfter(first)],
      scope: 'store',
      documents: createDocuments((hash) => of(toyDocuments(hash)), new VirtualTimeScheduler()),
      compile: compileToy,
      onUnusable: (_checkpoint, fault) => faults.push(fault),
    }).subscribe(({ position }) => (found = position.lsn));
    expect(found).toBe(0);
  });
});

describe('entries that are lost', () => {
  it('[EV5] make it start again at the newest checkpoint from which the log goes on', async () => {
    const { fake, requests, commits, pass } = setUp();
    fake.say({ phase: 'ready', ...committed(1000) });
    fake.deliver(first);
    await pass(10_000);
    fake.deliver(batchOf(reading(4, 15)));
    fake.say({ welcome: welcomeOf(logOf({ epoch: 'epochBepochB', head: 3, lineage: [{ epoch, end: 3 }] })) });
    fake.deliver({ kind: 'lost', sub: 'log', epoch, from: 3, lost: [4, 4], why: 'truncated' });
    expect(requests.map(({ cursor }) => cursor?.lsn)).toEqual([0, 3]);
    fake.deliver(batchOf(reading(4, 30)));
    expect(commits.at(-1)).toMatchObject({ cursor: 4, values: [{ name: 'temp', v: 30 }] });
  });
});

describe('entries that were cut from the log meanwhile', () => {
  it('[EV5] are known to be gone when it starts again, though the welcome was older', () => {
    const stored = [checkpointAfter(first)];
    const { fake, requests } = setUp(logOf({ head: 90 }), { stored });
    fake.say({ phase: 'ready' });
    fake.deliver({ kind: 'lost', sub: 'log', epoch, from: 40, lost: [4, 40], why: 'expired' });
    expect(requests.map(({ cursor }) => cursor?.lsn)).toEqual([3, 40]);
  });
});

describe('the end', () => {
  it('[DR1] keeps and hands over a checkpoint of what was committed, then ends the link', async () => {
    const { fake, kept, handed, service, commits, pass } = setUp();
    fake.say({ phase: 'ready' });
    fake.grant(held);
    fake.deliver(first);
    fake.deliver(batchOf(reading(4, 15)));
    const stopped = service.stop();
    fake.deliver(batchOf(reading(5, 30)));
    expect(commits.at(-1)?.cursor).toBe(4);
    expect(fake.isClosed).toBe(false);
    fake.say(committed(4));
    await stopped;
    expect(handed).toMatchObject([{ term: 7, checkpoint: { cursor: 4 } }]);
    expect(kept).toMatchObject([{ checkpoint: { cursor: 4 } }]);
    expect(fake.isClosed).toBe(true);
    await pass(60_000);
    expect(kept).toHaveLength(1);
  });

  it('[DR1] ends without a checkpoint when the hub does not confirm in time', async () => {
    const { fake, kept, service, pass } = setUp();
    fake.say({ phase: 'ready' });
    fake.deliver(first);
    const stopped = service.stop();
    await pass(1500);
    await stopped;
    expect(kept).toEqual([]);
    expect(fake.isClosed).toBe(true);
  });

  it('reports a bug in the engine as a bug', () => {
    const compile = () => ({
      ...compileToy(toyDocuments(bundleHash(20)), null),
      step: (): never => {
        throw new TypeError('bug');
      },
    });
    const { fake, crashes } = setUp(logOf(), { compile });
    fake.say({ phase: 'ready' });
    fake.deliver(first);
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toBeInstanceOf(TypeError);
  });
});

const stateOf = (notice: ServiceNotice | undefined): ToyState | null =>
  notice?.kind === 'started' ? (notice.state.run as ToyState) : null;
