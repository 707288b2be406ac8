import { isFault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createFairQueue } from './fair-queue.ts';

const setUp = () => {
  const queue = createFairQueue({ maxRunning: 2, maxRunningOfOne: 1, maxWaiting: 4, maxWaitingOfOne: 2 });
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const asking = new Map<string, AbortController>();
  /** Asks for a turn by a name that begins with the person's: `anna-1`. */
  const ask = (name: string): Promise<string> => {
    const controller = new AbortController();
    asking.set(name, controller);
    return queue.enter(name.split('-')[0] ?? name, controller.signal).then(
      (end) => {
        began.push(name);
        ends.set(name, end);
        return 'began';
      },
      (error: unknown) => (isFault(error) ? error.code : 'withdrawn'),
    );
  };
  const settle = async (): Promise<readonly string[]> => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    return began.splice(0);
  };
  return { ask, settle, end: (name: string) => ends.get(name)?.(), withdraw: (name: string) => asking.get(name)?.abort() };
};

describe('a fair queue', () => {
  it('lets one person have one turn, so that slow questions of one hold up nobody else', async () => {
    const { ask, settle, end } = setUp();
    for (const name of ['anna-1', 'anna-2', 'anna-3', 'ben-1']) void ask(name);
    expect(await settle()).toEqual(['anna-1', 'ben-1']);
    void ask('carl-1');
    end('ben-1');
    expect(await settle()).toEqual(['carl-1']);
    end('anna-1');
    expect(await settle()).toEqual(['anna-2']);
  });

  it('refuses what waits beyond the limits, of one and of all', async () => {
    const { ask, settle } = setUp();
    for (const name of ['anna-1', 'ben-1', 'anna-2', 'anna-3']) void ask(name);
    expect(await ask('anna-4')).toBe('why/busy');
    for (const name of ['ben-2', 'carl-1']) void ask(name);
    expect(await ask('dora-1')).toBe('why/busy');
    expect(await settle()).toEqual(['anna-1', 'ben-1']);
  });

  it('forgets a person who has gone, waiting or not yet', async () => {
    const { ask, settle, end, withdraw } = setUp();
    const asked = ['anna-1', 'ben-1', 'carl-1', 'dora-1'].map(ask);
    withdraw('carl-1');
    expect(await asked[2]).toBe('withdrawn');
    expect(await settle()).toEqual(['anna-1', 'ben-1']);
    end('anna-1');
    expect(await settle()).toEqual(['dora-1']);
  });
});
