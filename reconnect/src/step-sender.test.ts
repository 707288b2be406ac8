import type { Attached, IngestOutcome } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { idleSender, stepSender, type SenderEffect, type SenderEvent, type SenderState } from './step-sender.ts';

const frames = [{ readings: { 'shed/front/temperature': { v: 20 } } }];
const outcome: IngestOutcome = { lsn: 5, live: 1, late: 0, refusedCount: 0, refused: [] };
const put = (key: number): SenderEvent => ({ kind: 'put', key, frames, position: `p${key}` });
const attached = (seq: number, more: Partial<Attached> = {}): SenderEvent => ({
  kind: 'attached',
  answer: { source: 'shed', seq, position: seq === 0 ? null : `p${seq}`, window: 2, fault: null, ...more },
});
const taken = (seq: number): SenderEvent => ({ kind: 'ingested', answer: { source: 'shed', seq, outcome, fault: null } });
const refused = (seq: number, code: string, retry: boolean, expected: number): SenderEvent => ({
  kind: 'ingested',
  answer: { source: 'shed', seq, outcome: null, fault: { code, message: code, retry, expected } },
});

const run = (events: readonly SenderEvent[], from: SenderState = idleSender) => {
  let state = from;
  const effects: SenderEffect[] = [];
  for (const event of events) {
    const step = stepSender(state, event);
    ({ state } = step);
    effects.push(...step.effects);
  }
  return { state, effects, sent: effects.flatMap((effect) => (effect.do === 'send' ? [[effect.message.key, effect.message.seq]] : [])) };
};

describe('the sender of a source', () => {
  it('[IG3] numbers messages from where the hub is, and sends no more than the window', () => {
    const { sent, state } = run([put(1), put(2), put(3), attached(7)]);
    expect(sent).toEqual([
      [1, 8],
      [2, 9],
    ]);
    expect(run([taken(8)], state).sent).toEqual([[3, 10]]);
  });

  it('[IG4] sends what was not answered again after a cut, under the same numbers', () => {
    const before = run([attached(0), put(1), put(2), { kind: 'cut' }]);
    // The hub had taken the first of them.
    const after = run([attached(1)], before.state);
    expect(after.sent).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const { effects } = run([taken(1), taken(2)], after.state);
    expect(effects).toEqual([
      { do: 'resolve', key: 1, outcome },
      { do: 'resolve', key: 2, outcome },
    ]);
  });

  it('[IG4] goes on under new numbers where the hub has lost what it had answered, and says what', () => {
    const before = run([attached(0), put(1), taken(1), put(2), taken(2), put(3), { kind: 'cut' }]);
    const after = run([attached(1, { position: 'p1' })], before.state);
    expect(after.effects[0]).toEqual({ do: 'tell', seq: 1, position: 'p1', lost: [2, 2] });
    expect(after.sent).toEqual([[3, 2]]);
  });

  it('[IG6] waits where the hub is busy, and keeps the order', () => {
    const before = run([attached(0), put(1), put(2), refused(1, 'ingest/busy', true, 1), refused(2, 'ingest/order', false, 1)]);
    expect(before.effects.filter(({ do: what }) => what !== 'send' && what !== 'tell')).toEqual([{ do: 'rest' }]);
    expect(run([{ kind: 'rested' }], before.state).sent).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('[IG5] fails all that waits where another program sends for the source, and asks again', () => {
    const { effects } = run([attached(0), put(1), put(2), refused(1, 'ingest/conflict', false, 4)]);
    expect(effects.slice(-2)).toEqual([
      { do: 'reject', keys: [1, 2], fault: expect.objectContaining({ code: 'ingest/conflict' }) },
      { do: 'ask' },
    ]);
    const behind = run([attached(0), put(1), { kind: 'cut' }, attached(4)]);
    expect(behind.effects).toContainEqual({ do: 'reject', keys: [1], fault: expect.objectContaining({ code: 'ingest/conflict' }) });
    expect(run([put(9)], behind.state).sent).toEqual([[9, 5]]);
  });

  it('[IG2] rejects what is sent for a source that is not its own, until the next connection', () => {
    const fault = { code: 'source/unknown', message: 'none', retry: false, expected: null };
    const { state, effects } = run([put(1), attached(0, { fault }), put(2)]);
    expect(effects).toEqual([
      { do: 'reject', keys: [1], fault },
      { do: 'reject', keys: [2], fault },
    ]);
    expect(run([{ kind: 'cut' }, put(3), attached(0)], state).sent).toEqual([[3, 1]]);
  });

  it('answers to what is not under way change nothing', () => {
    const { state } = run([attached(0), put(1)]);
    for (const event of [taken(9), refused(9, 'ingest/order', false, 1)]) expect(stepSender(state, event)).toEqual({ state, effects: [] });
  });
});
