import { Fault, textReason } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoreService, toCheckpoint } from './checkpoint.ts';
import { startService, type ServiceState } from './service-state.ts';
import { neededDocuments, stepBatch, type EntryBatch } from './step-batch.ts';
import { batchOf, bundle, epoch, lease, pulse, reading, site } from './testing/entries.ts';
import { bundleHash, compileToy, siteHash, siteHash2, toyDocuments, type ToyState } from './testing/toy-plan.ts';

const documents = new Map([siteHash, siteHash2, bundleHash(20), bundleHash(25)].map((hash) => [hash, toyDocuments(hash)] as const));
const options = { nodeId: 'automation-1', compile: compileToy, documents };
const empty = startService({ epoch, lsn: 0 }, null);
const step = (batch: EntryBatch, state: ServiceState = empty, more: Partial<typeof options> = {}) =>
  stepBatch(state, batch, { ...options, ...more });
const running = step(batchOf(site(1), bundle(2, 20), lease(3, 7, 'automation-1'))).state;
const lsnsOf = (state: ServiceState): readonly number[] => (state.run as ToyState).lsns;

describe('a batch of entries', () => {
  it('is stepped once each, in order, and comes to one progress', () => {
    const { state, progress } = step(batchOf(reading(4, 15), pulse(5), reading(6, 16)), running);
    expect(lsnsOf(state).slice(-3)).toEqual([4, 5, 6]);
    expect(progress).toMatchObject({ sub: 'log', epoch, cursor: 6, term: 7, values: [{ name: 'temp', v: 16 }] });
  });

  it('[CO1] decisions become commands that name their cause and have an id made from it', () => {
    const { progress } = step(batchOf(reading(4, 15)), running);
    expect(progress.commands).toEqual([
      {
        id: expect.stringContaining(`${epoch}.4.0.room/heater`) as string,
        device: 'room/heater',
        value: true,
        op: 'set',
        cause: { epoch, lsn: 4 },
        ttlMs: 5000,
        why: textReason('below 20 °C'),
      },
    ]);
    expect(step(batchOf(reading(4, 15)), running).progress.commands).toEqual(progress.commands);
  });

  it('an alarm or value that changes within a batch leaves with its newest word', () => {
    const { progress } = step(batchOf(reading(4, -3), reading(5, -4)), running);
    expect(progress.alarms).toEqual([{ alarm: 'frost', state: 'active', priority: 'P1' }]);
    expect(progress.values).toEqual([{ name: 'temp', v: -4, q: 'good' }]);
  });

  it('[LE3] a standby computes the same and sends nothing', () => {
    const entries = batchOf(site(1), bundle(2, 20), lease(3, 7, 'automation-2'), reading(4, 15));
    const standby = step(entries);
    const leader = step(entries, empty, { nodeId: 'automation-2' });
    expect(standby.progress).toMatchObject({ term: null, commands: [] });
    expect(leader.progress.commands).toHaveLength(2);
    expect(standby.state.run).toEqual(leader.state.run);
  });

  it('[LE3] at the entry of its own grant all is decided again, and what was decided before it is left out', () => {
    const standby = step(batchOf(site(1), bundle(2, 20), lease(3, 7, 'automation-2'), reading(4, 15))).state;
    const { progress } = step(batchOf(lease(5, 7, null), reading(6, 16), lease(7, 8, 'automation-1')), standby);
    expect(progress.term).toBe(8);
    expect(progress.commands).toMatchObject([{ device: 'room/heater', value: true, cause: { lsn: 7 } }]);
    const again = step(batchOf(reading(8, 30), lease(9, 8, null), lease(10, 9, 'automation-1')), step(batchOf(pulse(7)), running).state);
    expect(again.progress.commands).toMatchObject([{ cause: { lsn: 10 } }]);
  });

  it('leaves a bundle in shadow alone, and says that it does', () => {
    const shadow = { ...bundle(4, 25), mode: 'shadow' } as ReturnType<typeof bundle>;
    const { state, shadows, switches, progress } = step(batchOf(shadow, reading(5, 22)), running);
    expect(shadows).toEqual([shadow]);
    expect(switches).toEqual([]);
    expect(state.bundle).toBe(bundleHash(20));
    // By the live bundle, 22 °C asks for nothing.
    expect(progress.commands).toEqual(step(batchOf(pulse(4), reading(5, 22)), running).progress.commands);
  });

  it('a lease of another scope is somebody else’s business', () => {
    const { state } = step(batchOf({ ...lease(4, 9, 'automation-2'), scope: 'store' } as ReturnType<typeof lease>), running);
    expect(state.term).toBe(7);
  });

  it('the same entries cut into batches anywhere come to the same state and the same commands', () => {
    const entries = [
      site(1),
      bundle(2, 20),
      lease(3, 7, 'automation-1'),
      reading(4, 15),
      pulse(5),
      reading(6, 22),
      bundle(7, 25),
      pulse(8),
      reading(9, 30),
      site(10, siteHash2),
      reading(11, 10),
    ];
    const whole = step(batchOf(...entries));
    fc.assert(
      fc.property(fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), (cuts) => {
        let state = empty;
        const ids: string[] = [];
        for (const [index, from] of [0, ...cuts].entries()) {
          const part = step(batchOf(...entries.slice(from, cuts[index])), state);
          ({ state } = part);
          ids.push(...part.progress.commands.map(({ id }) => id));
        }
        expect(state.run).toEqual(whole.state.run);
        expect(state.position).toEqual(whole.state.position);
        expect(ids).toEqual(whole.progress.commands.map(({ id }) => id));
      }),
      { seed: 20_261_123 },
    );
  });
});

describe('a checkpoint', () => {
  it('taken after any entry leads to the same state as never having stopped', () => {
    const entries = [site(1), bundle(2, 20), reading(3, 15), pulse(4), bundle(5, 25), reading(6, 22), pulse(7), reading(8, 30)];
    const whole = step(batchOf(...entries)).state;
    for (let cut = 2; cut < entries.length; cut += 1) {
      const { state } = step(batchOf(...entries.slice(0, cut)));
      const checkpoint = toCheckpoint(state);
      if (checkpoint === null) throw new Error('no plan');
      const restored = restoreService(
        JSON.parse(JSON.stringify(checkpoint)) as typeof checkpoint,
        compileToy(toyDocuments(checkpoint.bundle), null),
      );
      const after = step(batchOf(...entries.slice(cut)), restored).state;
      expect(toCheckpoint(after)).toEqual(toCheckpoint(whole));
    }
  });

  it('is not made without a plan', () => {
    expect(toCheckpoint(step(batchOf(site(1), pulse(2))).state)).toBeNull();
  });
});

describe('switching', () => {
  it('without a bundle and its site the service claims no progress', () => {
    expect(step(batchOf(pulse(1))).progress.isBare).toBe(true);
    expect(step(batchOf(bundle(1, 20))).progress.isBare).toBe(true);
    expect(step(batchOf(bundle(1, 20), site(2))).progress.isBare).toBeUndefined();
  });

  it('a first plan gets the last value of each instrument before it, and sees all that comes after its entry', () => {
    const before = step(batchOf(site(1), reading(2, 15), reading(3, 18), pulse(4))).state;
    const { state, progress } = step(batchOf(lease(5, 7, 'automation-1'), bundle(6, 20), pulse(7)), { ...before, scope: 'room' });
    expect(lsnsOf(state)).toEqual([3, 6, 7]);
    expect(progress.commands).toMatchObject([{ value: true, cause: { lsn: 6 } }]);
  });

  it('happens between two entries: the next plan goes on from what the one before it remembered', () => {
    const before = step(batchOf(reading(4, 15), pulse(5)), running).state;
    const { state, progress, switches } = step(batchOf(pulse(6), bundle(7, 25), pulse(8)), before);
    expect(lsnsOf(state)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(progress.commands).toMatchObject([{ value: true, why: textReason('below 25 °C'), cause: { lsn: 7 } }]);
    expect(switches).toMatchObject([{ lsn: 7, handOver: { carried: ['heater'] } }]);
  });

  it('decides all devices again, so that nothing which the old plan requested stays unasked', () => {
    const heating = step(batchOf(reading(4, 15)), running).state;
    expect((heating.run as ToyState).on).toBe(true);
    const { progress } = step(batchOf(bundle(5, 25)), heating);
    expect(progress.commands).toMatchObject([{ device: 'room/heater', value: true, why: textReason('below 25 °C'), cause: { lsn: 5 } }]);
  });

  it('a new site makes a new plan of the same bundle', () => {
    const { state, switches } = step(batchOf(site(4, siteHash2)), running);
    expect(state).toMatchObject({ site: siteHash2, bundle: bundleHash(20) });
    expect(switches).toMatchObject([{ lsn: 4, fault: null }]);
  });

  it('a shadow, and a bundle of another scope, change nothing', () => {
    const { state, switches } = step(batchOf(bundle(4, 25, { mode: 'shadow' }), bundle(5, 25, { scope: 'store' })), running);
    expect(state.bundle).toBe(bundleHash(20));
    expect(switches).toEqual([]);
  });

  it('a withdrawn bundle leaves nothing to command with', () => {
    const { state, progress } = step(batchOf(bundle(4, 20, { mode: 'withdrawn' }), reading(5, 1)), running);
    expect(state.plan).toBeNull();
    expect(progress).toMatchObject({ isBare: true, commands: [] });
  });

  it('a bundle that cannot be had or compiled ends the plan, and says why', () => {
    const broken = new Map(documents).set(bundleHash(25), new Fault('document/unknown', 'gone'));
    const { state, progress, switches } = step(batchOf(bundle(4, 25)), running, { documents: broken });
    expect(state.plan).toBeNull();
    expect(progress.isBare).toBe(true);
    expect(switches[0]?.fault?.code).toBe('document/unknown');
  });

  it('a bug in the compiler is not hidden', () => {
    const compile = () => {
      throw new TypeError('bug');
    };
    expect(() => step(batchOf(bundle(4, 25)), running, { compile })).toThrow(TypeError);
  });

  it('names the documents that a batch needs', () => {
    expect(neededDocuments([pulse(1), site(2), bundle(3, 20), bundle(4, 25, { mode: 'withdrawn' })])).toEqual([siteHash, bundleHash(20)]);
  });
});
