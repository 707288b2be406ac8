import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agenda } from './agenda.ts';
import type { PlanStep, Run } from './run.ts';

/** Steps that note that they ran, and touch the slot of their own number. */
const toSteps = (count: number, agenda: Agenda, ran: number[]): readonly PlanStep[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    reads: [],
    writes: [i],
    isTimed: false,
    run: () => {
      ran.push(i);
      agenda.touch(i);
    },
  }));
const nobody = undefined as unknown as Run;

describe('an agenda', () => {
  it('runs what is called and all that comes of it, each once, in the sorted order', () => {
    const graph = fc.integer({ min: 1, max: 200 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 300 }),
        called: fc.array(fc.nat(count - 1), { maxLength: 20 }),
      }),
    );
    fc.assert(
      fc.property(graph, ({ count, edges, called }) => {
        // A reader stands behind what it reads.
        const readers = Array.from({ length: count }, (_, from) => edges.filter(([a, b]) => a === from && b > from).map(([, b]) => b));
        const agenda = new Agenda(readers, count);
        const ran: number[] = [];
        for (const step of called) agenda.call(step);
        agenda.work(toSteps(count, agenda, ran), nobody);
        const reached = new Set(called);
        for (const step of reached) for (const reader of readers[step] ?? []) reached.add(reader);
        expect(ran).toEqual([...reached].toSorted((a, b) => a - b));
        agenda.work(toSteps(count, agenda, ran), nobody);
        expect(ran.length).toBe(reached.size);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('forgets what was due when it is cleared', () => {
    const agenda = new Agenda([[]], 40);
    const ran: number[] = [];
    agenda.callAll(40);
    agenda.clear();
    agenda.work(toSteps(40, agenda, ran), nobody);
    expect(ran).toEqual([]);
  });
});
