import { isFault, type BacktestRequest, type FaultCode } from '@phloem/protocol';
import type { BacktestResult } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { createBacktestService, type BacktestOrder, type BacktestReport } from './backtest-service.ts';

const hourMs = 3_600_000;
const now = 100 * 24 * hourMs;
const moment = { lsn: 1, at: 1, up: 1 };
const toResult = (counted: BacktestResult['window']['counted']) => ({ kind: 'backtest', window: { counted } }) as BacktestResult;
const result = toResult({ first: moment, last: moment });
const request = (documents: string, period: Partial<BacktestRequest> = {}): BacktestRequest => ({ candidate: { documents }, ...period });
const fault = (code: FaultCode) => expect.toSatisfy((error) => isFault(error, code)) as Error;

/** A runner that reports what the test says. */
const open = () => {
  const runs: { readonly order: BacktestOrder; readonly report: (report: BacktestReport) => void }[] = [];
  let cancels = 0;
  const service = createBacktestService({
    runner: { run: (order, report) => void runs.push({ order, report }), cancel: () => void (cancels += 1) },
    at: () => now,
    epoch: () => 'epoch0000000',
  });
  return { service, runs, cancels: () => cancels };
};

describe('the queue of back-tests', () => {
  it('replays the day before now, and reports progress and partial results', () => {
    const { service, runs } = open();
    const { id, state } = service.start(request('a'));
    expect(state).toBe('running');
    expect(runs[0]?.order).toEqual({ candidate: { documents: 'a' }, from: now - 24 * hourMs, to: now });
    runs[0]?.report({ kind: 'progress', progress: 0.5, partial: result });
    expect(service.get(id)).toMatchObject({ state: 'running', progress: 0.5, isPartial: true, result });
    runs[0]?.report({ kind: 'done', result, elapsedMs: 7 });
    expect(service.get(id)).toMatchObject({ state: 'done', progress: 1, isPartial: false, result, elapsedMs: 7 });
  });

  it('[BT1] refuses a period longer than 31 days, and one that has not begun', () => {
    const { service, runs } = open();
    expect(() => service.start(request('a', { from: now - 32 * 24 * hourMs }))).toThrow(fault('backtest/invalid'));
    expect(() => service.start(request('a', { from: now, to: now + hourMs }))).toThrow(fault('backtest/invalid'));
    expect(runs).toEqual([]);
  });

  it('[BT2] replays the same question once, and one that failed again', () => {
    const { service, runs } = open();
    const first = service.start(request('a'));
    expect(service.start(request('a')).id).toBe(first.id);
    expect(runs).toHaveLength(1);
    expect(service.start(request('a', { from: now - hourMs })).id).not.toBe(first.id);
    runs[0]?.report({ kind: 'failed', code: 'rules/invalid', message: 'wrong' });
    expect(service.get(first.id)).toMatchObject({ state: 'failed', failure: { code: 'rules/invalid', message: 'wrong' } });
    expect(service.start(request('a'))).toMatchObject({ id: first.id, state: 'waiting' });
  });

  it('[BT2] replays a question again that counted nothing: a demonstration may have got its past since', () => {
    const { service, runs } = open();
    const { id } = service.start(request('a'));
    runs[0]?.report({ kind: 'done', result: toResult(null), elapsedMs: 1 });
    expect(service.get(id).state).toBe('done');
    expect(service.start(request('a'))).toMatchObject({ id, state: 'running' });
    runs[1]?.report({ kind: 'done', result, elapsedMs: 1 });
    expect(service.start(request('a'))).toMatchObject({ id, state: 'done' });
    expect(runs).toHaveLength(2);
  });

  it('[BT3] gives a cancelled back-test no result, and goes on with the next', () => {
    const { service, runs, cancels } = open();
    const [one, two, three] = ['a', 'b', 'c'].map((text) => service.start(request(text)).id);
    expect(service.cancel(two ?? '').state).toBe('cancelled');
    expect(cancels()).toBe(0);
    expect(service.cancel(one ?? '').state).toBe('cancelled');
    expect(cancels()).toBe(1);
    runs[0]?.report({ kind: 'done', result, elapsedMs: 1 });
    expect(service.get(one ?? '')).toMatchObject({ state: 'cancelled', result: null });
    expect(service.get(three ?? '').state).toBe('running');
    expect(runs.map(({ order }) => order.candidate)).toEqual([{ documents: 'a' }, { documents: 'c' }]);
    expect(() => service.cancel('f'.repeat(64))).toThrow(fault('backtest/unknown'));
    expect(() => service.get('f'.repeat(64))).toThrow(fault('backtest/unknown'));
  });

  it('[BT4] runs one, lets four wait, and refuses one more', () => {
    const { service, runs } = open();
    for (const text of ['a', 'b', 'c', 'd', 'e']) service.start(request(text));
    expect(runs).toHaveLength(1);
    expect(() => service.start(request('f'))).toThrow(fault('backtest/busy'));
    runs[0]?.report({ kind: 'done', result, elapsedMs: 1 });
    expect(service.start(request('f')).state).toBe('waiting');
  });

  it('forgets the oldest results', () => {
    const { service, runs } = open();
    const ids = Array.from({ length: 40 }, (_, i) => {
      const { id } = service.start(request(String(i)));
      runs.at(-1)?.report({ kind: 'done', result, elapsedMs: 1 });
      return id;
    });
    expect(service.get(ids.at(-1) ?? '').state).toBe('done');
    expect(() => service.get(ids[0] ?? '')).toThrow(fault('backtest/unknown'));
  });
});
