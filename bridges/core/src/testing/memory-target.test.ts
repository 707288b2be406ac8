import { createMemoryStore } from './memory-target.ts';
import { describeTargetContract } from './target-contract.ts';

describeTargetContract('in memory', async () => {
  const store = createMemoryStore();
  return {
    connect: () => store.connect(),
    places: async () => store.records.map(({ ordinal, lsn }) => `${ordinal}-${lsn}`),
    restore: async (count) => store.restore(count),
    loseNextAnswer: async () => store.plan('lose the answer'),
    blackHole: async () => store.plan('stay silent'),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
