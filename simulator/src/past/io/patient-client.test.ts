import { Fault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { askPatiently, createPatientClient } from './patient-client.ts';

const unreachable = (): Fault => new Fault('net/unreachable', 'no hub answers');

/** Fails as listed, then answers; notes how long it was waited for. */
const opened = (failures: readonly Error[], pausesMs: readonly number[]) => {
  const waited: number[] = [];
  let asked = 0;
  const ask = (): Promise<string> => {
    const failure = failures[asked];
    asked += 1;
    return failure === undefined ? Promise.resolve('answer') : Promise.reject(failure);
  };
  const pause = (ms: number): Promise<void> => {
    waited.push(ms);
    return Promise.resolve();
  };
  return { ask, waited, asked: () => asked, patience: { pausesMs, pause } };
};

describe('asking a hub that may be starting again', () => {
  it('asks again after each pause until there is an answer', async () => {
    const { ask, waited, patience } = opened([unreachable(), unreachable()], [100, 200, 500]);
    expect(await askPatiently(ask, patience)).toBe('answer');
    expect(waited).toEqual([100, 200]);
  });

  it('gives up with the last fault when the pauses are used up', async () => {
    const { ask, waited, asked, patience } = opened([unreachable(), unreachable(), new Fault('history/unavailable', 'starting')], [1, 2]);
    await expect(askPatiently(ask, patience)).rejects.toMatchObject({ code: 'history/unavailable' });
    expect([waited, asked()]).toEqual([[1, 2], 3]);
  });

  it.each([
    ['a fault that is not to be repeated', new Fault('history/lived', 'no demonstration')],
    ['a bug', new TypeError('undefined')],
  ])('%s ends it at once', async (_what, failure) => {
    const { ask, waited, patience } = opened([failure], [1, 2]);
    await expect(askPatiently(ask, patience)).rejects.toBe(failure);
    expect(waited).toEqual([]);
  });

  it('a client made patient repeats the request as it was', async () => {
    const { ask, patience } = opened([unreachable()], [1]);
    const posted: unknown[] = [];
    const post = async <T>(path: string, body: unknown): Promise<T> => {
      posted.push([path, body]);
      return (await ask()) as T;
    };
    const client = createPatientClient({ get: async <T>() => (await ask()) as T, post }, patience);
    expect(await client.post('/x', { a: 1 })).toBe('answer');
    expect(posted).toEqual([
      ['/x', { a: 1 }],
      ['/x', { a: 1 }],
    ]);
  });
});
