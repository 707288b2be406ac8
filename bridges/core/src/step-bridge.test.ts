import type { Entry, Lsn } from '@phloem/protocol';
import type { Batch as HubBatch } from '@phloem/reconnect';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgePut } from './judge-put.ts';
import { comparePlaces, type Batch, type BridgeRecord, type Place } from './record.ts';
import {
  batchSize,
  restingBridge,
  stepBridge,
  type BridgeEffect,
  type BridgeError,
  type BridgeEvent,
  type BridgePolicy,
  type BridgeState,
} from './step-bridge.ts';
import { HubSide } from './testing/hub-side.ts';
import { sampleEntry } from './testing/sample-records.ts';

const policy: BridgePolicy = { fill: 'first', pauseAfter: (failures) => failures * 100 };
const epoch = 'epochAepochA';
const place = (lsn: Lsn, ordinal = 1): Place => ({ ordinal, epoch, lsn });
const entries = (from: Lsn, last: Lsn): HubBatch => ({
  kind: 'entries',
  sub: 'bridge',
  epoch,
  from,
  last,
  entries: Array.from({ length: last - from }, (_, index) => sampleEntry(1, from + index + 1)),
});
const refused: BridgeError = { code: 'bridge/refused', message: 'full' };

const run = (state: BridgeState, events: readonly BridgeEvent[], how = policy): { state: BridgeState; effects: BridgeEffect[] } =>
  events.reduce<{ state: BridgeState; effects: BridgeEffect[] }>(
    (done, event) => {
      const step = stepBridge(done.state, event, how);
      return { state: step.state, effects: [...done.effects, ...step.effects] };
    },
    { state, effects: [] },
  );
const flowing = (position: Place | null = place(5), how = policy): BridgeState =>
  run(restingBridge, [{ kind: 'rested' }, { kind: 'opened', position, hubNow: 1_800_000_100_000 }], how).state;
const puts = (effects: readonly BridgeEffect[]): readonly Batch[] =>
  effects.flatMap((effect) => (effect.do === 'put' ? [effect.batch] : []));

describe('the machine of a bridge', () => {
  it('dials, asks the target where it ends, and goes on there', () => {
    const { state, effects } = run(restingBridge, [{ kind: 'rested' }, { kind: 'opened', position: place(5), hubNow: 0 }]);
    expect(effects).toEqual([{ do: 'dial' }, { do: 'subscribe', cursor: { epoch, lsn: 5 } }]);
    expect(state.phase).toBe('flowing');
  });

  it.each([
    ['head', null],
    ['first', { epoch: '000000000000', lsn: 0 }],
    ['24h', { epoch: '000000000000', lsn: 0 }],
  ] as const)('fills an empty target from %s', (fill, cursor) => {
    const { effects } = run(restingBridge, [{ kind: 'rested' }, { kind: 'opened', position: null, hubNow: 0 }], { ...policy, fill });
    expect(effects.at(-1)).toEqual({ do: 'subscribe', cursor });
  });

  it('leaves out what is older than 24 hours when it fills from there', () => {
    const how: BridgePolicy = { ...policy, fill: '24h' };
    const opened = { kind: 'opened', position: null, hubNow: 1_800_000_004_000 + 24 * 3_600_000 } as const;
    const { effects } = run(restingBridge, [{ kind: 'rested' }, opened, { kind: 'received', batch: entries(0, 6) }], how);
    expect(puts(effects).flatMap(({ records }) => records.map(({ lsn, prev }) => [lsn, prev]))).toEqual([
      [4, 3],
      [5, 4],
      [6, 5],
    ]);
  });

  it('has one batch of 64 on its way, and commits what has arrived', () => {
    const { state, effects } = run(flowing(), [{ kind: 'received', batch: entries(5, 200) }]);
    expect(puts(effects).map(({ records }) => records.length)).toEqual([batchSize]);
    const next = run(state, [{ kind: 'put' }]);
    expect(next.effects[0]).toEqual({ do: 'commit', cursor: { epoch, lsn: 5 + batchSize } });
    expect(puts(next.effects)[0]?.after?.lsn).toBe(5 + batchSize);
  });

  it('commits what the filter held back without troubling the target', () => {
    const { effects } = run(flowing(), [{ kind: 'received', batch: { ...entries(5, 5), last: 40 } as HubBatch }]);
    expect(effects).toEqual([{ do: 'commit', cursor: { epoch, lsn: 40 } }]);
  });

  it('names the record before over what the filter held back', () => {
    const batch = { ...entries(5, 9), entries: [sampleEntry(1, 7), sampleEntry(1, 9)] } as HubBatch;
    const { effects } = run(flowing(), [{ kind: 'received', batch }]);
    expect(puts(effects)[0]?.records.map(({ lsn, prev }) => [lsn, prev])).toEqual([
      [7, 5],
      [9, 7],
    ]);
  });

  it('rests after a failure, longer each time, and asks again where the target ends', () => {
    const { state, effects } = run(flowing(), [{ kind: 'failed', error: refused }, { kind: 'rested' }, { kind: 'failed', error: refused }]);
    expect(effects).toEqual([{ do: 'leave' }, { do: 'rest', ms: 100 }, { do: 'dial' }, { do: 'leave' }, { do: 'rest', ms: 200 }]);
    expect(state).toMatchObject({ phase: 'resting', error: refused, held: [], attempt: 2 });
    expect(run(state, [{ kind: 'received', batch: entries(5, 9) }]).state.held).toEqual([]);
  });

  it('rests for as long as the target asks, and no shorter than without that', () => {
    const rests = (retryAfterMs: number) =>
      run(flowing(), [{ kind: 'failed', error: { ...refused, retryAfterMs } }]).effects.filter((effect) => effect.do === 'rest');
    expect(rests(60_000)).toEqual([{ do: 'rest', ms: 60_000 }]);
    expect(rests(1)).toEqual([{ do: 'rest', ms: 100 }]);
  });

  it('stops for good when the target wants nothing more', () => {
    const { state, effects } = run(flowing(), [{ kind: 'failed', error: { code: 'bridge/gone', message: '410' } }, { kind: 'rested' }]);
    expect([state.phase, effects]).toEqual(['closed', [{ do: 'leave' }]]);
  });

  it('sends no more at once than the target is to take', () => {
    const { effects } = run(flowing(), [{ kind: 'received', batch: entries(5, 9) }, { kind: 'put' }], { ...policy, batchSize: 1 });
    expect(puts(effects).map(({ records }) => records.map(({ lsn }) => lsn))).toEqual([[6], [7]]);
  });

  it('stops for good when another writer has gone on', () => {
    const fenced: BridgeEvent = { kind: 'failed', error: { code: 'bridge/fenced', message: 'another bridge' } };
    const once = run(flowing(), [fenced]);
    // Once can be a batch of an earlier connection that came late.
    expect(once.state.phase).toBe('resting');
    const { state, effects } = run(once.state, [{ kind: 'rested' }, fenced, { kind: 'rested' }]);
    expect(state.phase).toBe('fenced');
    expect(effects).toEqual([{ do: 'dial' }, { do: 'leave' }]);
  });

  it('stops when its target has gone on with the log of another hub since it wrote to it', () => {
    const written = run(flowing(), [{ kind: 'received', batch: entries(5, 9) }, { kind: 'put' }]).state;
    const lost: HubBatch = { kind: 'lost', sub: 'bridge', epoch, from: 0, lost: [1, 5], why: 'unknown-epoch' };
    const { state, effects } = run(written, [
      { kind: 'failed', error: refused },
      { kind: 'rested' },
      { kind: 'opened', position: { ordinal: 2, epoch: 'epochZepochZ', lsn: 5 }, hubNow: 0 },
      { kind: 'received', batch: lost },
    ]);
    expect(state).toMatchObject({ phase: 'fenced', error: { code: 'bridge/fenced' } });
    expect(effects.at(-1)).toEqual({ do: 'leave' });
  });

  it('reports what the log no longer holds', () => {
    const lost: HubBatch = { kind: 'lost', sub: 'bridge', epoch, from: 20, lost: [6, 20], why: 'expired' };
    const { effects } = run(flowing(), [{ kind: 'received', batch: lost }]);
    expect(puts(effects)[0]?.records).toEqual([{ kind: 'gap', ordinal: 1, epoch, lsn: 20, prev: 5, from: 6 }]);
  });

  it('reports a new epoch, and from where on the old one is void', () => {
    const lost: HubBatch = { kind: 'lost', sub: 'bridge', epoch, from: 3, lost: [4, 5], why: 'truncated' };
    const next: HubBatch = { kind: 'epoch', sub: 'bridge', epoch: 'epochBepochB', from: 3 };
    const { effects } = run(flowing(), [
      { kind: 'received', batch: lost },
      { kind: 'received', batch: next },
    ]);
    expect(puts(effects)[0]).toEqual({
      after: place(5),
      records: [{ kind: 'epoch', ordinal: 2, epoch: 'epochBepochB', lsn: 3, prev: 5, isEndKnown: true }],
    });
  });

  it('goes on with another log after the one that the target knows, and says that its end is not known', () => {
    const lost: HubBatch = { kind: 'lost', sub: 'bridge', epoch: 'epochZepochZ', from: 0, lost: [1, 5], why: 'unknown-epoch' };
    const { effects } = run(flowing(), [{ kind: 'received', batch: lost }]);
    expect(puts(effects)[0]?.records).toEqual([{ kind: 'epoch', ordinal: 2, epoch: 'epochZepochZ', lsn: 0, prev: 5, isEndKnown: false }]);
  });

  it('an empty target lacks nothing of what is gone', () => {
    const lost: HubBatch = { kind: 'lost', sub: 'bridge', epoch, from: 20, lost: [1, 20], why: 'unknown-epoch' };
    const { effects } = run(flowing(null), [
      { kind: 'received', batch: lost },
      { kind: 'received', batch: entries(20, 22) },
    ]);
    expect(puts(effects)[0]?.records.map(({ kind, lsn }) => `${kind} ${lsn}`)).toEqual(['entry 21', 'entry 22']);
  });

  it.each(['resting', 'fenced', 'closed'] as const)('does nothing in the phase %s but what it must', (phase) => {
    const state: BridgeState = { ...restingBridge, phase };
    const events: readonly BridgeEvent[] = [
      { kind: 'opened', position: null, hubNow: 0 },
      { kind: 'received', batch: entries(0, 3) },
      { kind: 'put' },
      { kind: 'failed', error: refused },
    ];
    expect(run(state, events)).toEqual({ state, effects: [] });
  });
});

type Happening =
  | { readonly what: 'append'; readonly count: number }
  | { readonly what: 'send'; readonly size: number }
  | { readonly what: 'sync' | 'put' | 'put, answer lost' | 'refuse' | 'rest' | 'power cut' }
  | { readonly what: 'restore'; readonly share: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('append' as const), count: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('send' as const), size: fc.integer({ min: 1, max: 80 }) }) },
  { weight: 12, arbitrary: fc.constantFrom('sync', 'put', 'rest').map((what) => ({ what })) },
  { weight: 3, arbitrary: fc.constantFrom('put, answer lost', 'refuse', 'power cut').map((what) => ({ what })) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('restore' as const), share: fc.integer({ min: 0, max: 9 }) }) },
);

/** The log as a reader of the target makes it out. */
const readTarget = (top: readonly BridgeRecord[]): readonly Entry[] =>
  top.reduce<readonly Entry[]>((copy, record) => {
    if (record.kind === 'entry') return [...copy, record.entry];
    return record.kind === 'epoch' && record.isEndKnown ? copy.filter(({ lsn }) => lsn <= record.lsn) : copy;
  }, []);

/** A hub, a target, and the machine between them. */
const setUp = (how: BridgePolicy, upTo: 'durable' | 'immediate') => {
  let top: readonly BridgeRecord[] = [];
  let pending: Batch | null = null;
  let state = restingBridge;
  const wrong: string[] = [];
  const topPlace = (): Place | null => top.at(-1) ?? null;
  const hub = new HubSide(upTo, (batch) => happen({ kind: 'received', batch }));

  const happen = (event: BridgeEvent): void => {
    const step = stepBridge(state, event, how);
    ({ state } = step);
    if (state.held.length > 400) wrong.push(`${state.held.length} held`);
    for (const effect of step.effects) {
      if (effect.do === 'leave') {
        hub.leave();
        pending = null;
      }
      if (effect.do === 'put') pending = effect.batch;
      if (effect.do === 'dial') happen({ kind: 'opened', position: topPlace(), hubNow: 0 });
      if (effect.do === 'subscribe') hub.subscribe(effect.cursor ?? hub.head);
    }
  };
  const put = (isAnswered: boolean): void => {
    if (pending === null) return;
    const batch = pending;
    pending = null;
    try {
      top = [...top, ...judgePut(topPlace(), batch)];
    } catch (error) {
      return happen({ kind: 'failed', error: error as BridgeError });
    }
    happen(isAnswered ? { kind: 'put' } : { kind: 'failed', error: { code: 'bridge/unreachable', message: 'lost' } });
  };
  const acts: { readonly [What in Happening['what']]: (event: Extract<Happening, { readonly what: What }>) => void } = {
    append: ({ count }) => hub.append(count),
    send: ({ size }) => {
      if (state.held.length <= 200) hub.send(size);
    },
    sync: () => hub.sync(),
    put: () => put(true),
    'put, answer lost': () => put(false),
    refuse: () => {
      pending = null;
      happen({ kind: 'failed', error: refused });
    },
    rest: () => happen({ kind: 'rested' }),
    'power cut': () => hub.powerCut(),
    restore: ({ share }) => {
      top = top.slice(0, Math.floor((top.length * share) / 10));
    },
  };
  const occur = (event: Happening): void => (acts[event.what] as (event: Happening) => void)(event);
  const heal = (): void => {
    // A hub appends a pulse as soon as it runs; a new epoch is reported with its first entry.
    occur({ what: 'append', count: 1 });
    const calm: readonly Happening[] = [{ what: 'rest' }, { what: 'sync' }, { what: 'send', size: 80 }, { what: 'put' }];
    for (let turn = 0; turn < 300; turn += 1) for (const event of calm) occur(event);
  };
  return { occur, heal, read: () => readTarget(top), wrong, log: () => hub.entries, top: () => top, phase: () => state.phase };
};

describe('a bridge to a target that cannot say what it holds', () => {
  const opened: BridgeEvent = { kind: 'opened', position: 'unknown', hubNow: 0 };
  const resumed = (): BridgeState => run(restingBridge, [{ kind: 'rested' }, opened]).state;
  const records = (batch: HubBatch): readonly BridgeRecord[] =>
    puts(run(resumed(), [{ kind: 'received', batch }]).effects).flatMap((put) => put.records);

  it('begins at the cursor of the hub', () => {
    expect(run(restingBridge, [{ kind: 'rested' }, opened]).effects.at(-1)).toEqual({ do: 'subscribe', cursor: null });
    expect(records(entries(7, 9)).map(({ kind, lsn, prev }) => [kind, lsn, prev])).toEqual([
      ['entry', 8, 7],
      ['entry', 9, 8],
    ]);
  });

  it('goes on after what was acknowledged to it, though the hub may not know yet', () => {
    const { state } = run(resumed(), [{ kind: 'received', batch: entries(7, 9) }, { kind: 'put' }]);
    const again = run(state, [{ kind: 'failed', error: refused }, { kind: 'rested' }, opened]);
    expect(again.effects.at(-1)).toEqual({ do: 'subscribe', cursor: { epoch, lsn: 9 } });
  });

  it('reports what the log has lost, and a new epoch', () => {
    const lost: HubBatch = { kind: 'lost', sub: 'bridge', epoch, from: 20, lost: [6, 20], why: 'expired' };
    expect(records(lost)).toEqual([{ kind: 'gap', ordinal: 1, epoch, lsn: 20, prev: 5, from: 6 }]);
    const next: HubBatch = { kind: 'epoch', sub: 'bridge', epoch: 'epochBepochB', from: 3 };
    expect(records(next)).toEqual([{ kind: 'epoch', ordinal: 2, epoch: 'epochBepochB', lsn: 3, prev: 3, isEndKnown: true }]);
  });

  it('follows another log of its hub, which nobody but the hub can have written', () => {
    const { state } = run(resumed(), [{ kind: 'received', batch: entries(7, 9) }, { kind: 'put' }]);
    const lost: HubBatch = { kind: 'lost', sub: 'bridge', epoch: 'epochZepochZ', from: 0, lost: [1, 9], why: 'unknown-epoch' };
    const again = run(state, [{ kind: 'failed', error: refused }, { kind: 'rested' }, opened, { kind: 'received', batch: lost }]);
    expect(again.state.phase).toBe('flowing');
    expect(puts(again.effects).at(-1)?.records).toMatchObject([{ kind: 'epoch', epoch: 'epochZepochZ', isEndKnown: false }]);
  });
});

describe('a bridge to a target on which everything goes wrong', () => {
  it.each(['durable', 'immediate'] as const)('keeps each entry once and in order, up to %s', (upTo) => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 150 }), (happenings) => {
        const rig = setUp(policy, upTo);
        for (const event of happenings) rig.occur(event);
        rig.heal();
        expect(rig.phase()).toBe('flowing');
        expect(rig.wrong).toEqual([]);
        expect(rig.read()).toEqual(rig.log());
        const top = rig.top();
        expect(top.filter((record, index) => index > 0 && comparePlaces(top[index - 1] ?? record, record) >= 0)).toEqual([]);
        expect(top.filter((record, index) => index > 0 && record.prev !== top[index - 1]?.lsn)).toEqual([]);
      }),
      { seed: 20_261_130, numRuns: 200 },
    );
  });
});
