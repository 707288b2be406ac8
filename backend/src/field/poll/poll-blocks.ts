import { millis, type Millis, type PointId } from '@phloem/protocol';
import { concat, defer, EMPTY, expand, filter, from, map, merge, mergeMap, of, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Priority } from '../bus/bus-state.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { isSplit, type FamilyAsk } from './block-family.ts';
import type { PollBlock } from './block-plan.ts';
import { toItemInterval, type BlockItem } from './block-item.ts';
import { createBlockRegistry, type BlockRegistry } from './block-registry.ts';
import { toRank } from './bus-plans.ts';
import { toNextSlot, toPhase, toSlotTime, type Slots } from './slots.ts';

/**
 * A request that was made, with how that ended; `skipped` slots before it could not be met. `due` are its items whose own
 * interval has passed: the others were read by the way, and are not reported. While it is `searching`, what was refused may still
 * turn out to be readable in another way. `isHole`: other registers of the same block are read.
 */
export type Polled = {
  readonly block: PollBlock;
  readonly due: readonly BlockItem[];
  readonly outcome: BusOutcome;
  readonly skipped: number;
  readonly verdict: 'final' | 'searching';
  /** How often in a row it was not read; 0 for an answer. */
  readonly times: number;
  readonly isHole: boolean;
};

type Ask = (
  request: BusRequest,
  options: { readonly priority: Priority; readonly waitMs: Millis; readonly restMs: Millis },
) => Promise<BusOutcome>;

type Rank = (block: PollBlock) => Priority;

const nobody: ReadonlySet<PointId> = new Set();
const longestWait = 5_000;

/** By interval, the slot in which the items of it were reported last. */
type Told = ReadonlyMap<number, number>;

/** Claims that the item's own interval has passed since it was reported; one that is no multiple of the slots comes a little early. */
const isDue = (item: BlockItem, slot: number, { every }: Slots, told: Told): boolean => {
  const last = told.get(toItemInterval(item));
  return last === undefined || slot - last >= Math.max(1, Math.floor(toItemInterval(item) / every));
};

type PollContext = {
  readonly ask: Ask;
  readonly scheduler: SchedulerLike;
  readonly rank: Rank;
  readonly registry: BlockRegistry;
};

/** The end of a round, from which the next one goes on; or what one of its requests brought. */
type Step = { readonly kind: 'round'; readonly slot: number; readonly told: Told } | { readonly kind: 'polled'; readonly polled: Polled };

/** How long a request may wait for its turn: a unit that is to be left alone between polls is waited for. */
const toWait = ({ intervalMs, quirks }: PollBlock): Millis =>
  millis(quirks?.pollDistanceMs === undefined ? Math.min(intervalMs, longestWait) : intervalMs);

/** One block in its slots, for ever. While a round runs the slots pass by: the running one wins, nothing piles up. */
const pollBlock = (block: PollBlock, slots: Slots, { ask, scheduler, rank, registry }: PollContext): Observable<Polled> => {
  const poll = (one: FamilyAsk, due: readonly BlockItem[], skipped: number): Observable<Step> =>
    defer(() => {
      const { function: code, unit, address, count } = one.block;
      return from(
        ask(
          { function: code, unit, address, count },
          { priority: rank(block), waitMs: millis(toWait(block) + one.restMs), restMs: one.restMs },
        ),
      );
    }).pipe(
      map((outcome): Step => {
        const told = registry.step(block, one, outcome, scheduler.now());
        const isHole = isSplit(registry.family(block));
        // What is reported of the whole block concerns every item of it.
        const items = told.block === one.block ? due : told.block.items;
        return { kind: 'polled', polled: { ...told, due: items, skipped, isHole } };
      }),
    );
  const round = (last: number, told: Told): Observable<Step> =>
    defer(() => {
      const now = scheduler.now();
      const { skipped } = toNextSlot(slots, last, now);
      // Slots that are left out on purpose are not counted as those that could not be met.
      const { slot } = toNextSlot(slots, last, now + registry.holdMs(block, now));
      const toDue = ({ items }: PollBlock): readonly BlockItem[] => items.filter((item) => isDue(item, slot, slots, told));
      return timer(Math.max(0, toSlotTime(slots, slot) - now), scheduler).pipe(
        mergeMap(() => {
          const asks = registry.asks(block, scheduler.now(), (own) => own.items.length === 0 || toDue(own).length > 0);
          const next = new Map([...told, ...asks.flatMap((one) => toDue(one.block)).map((item) => [toItemInterval(item), slot] as const)]);
          return concat(
            ...asks.map((one, index) => poll(one, toDue(one.block), index === 0 ? skipped : 0)),
            of({ kind: 'round' as const, slot, told: next }),
          );
        }),
      );
    });
  return round(-1, new Map()).pipe(
    expand((step) => (step.kind === 'round' ? round(step.slot, step.told) : EMPTY)),
    filter((step) => step.kind === 'polled'),
    map(({ polled }) => polled),
  );
};

/**
 * All blocks of a bus, spread over their intervals. `rank` is asked at each poll, since rules come and go. Cold; runs
 * until it is unsubscribed.
 */
export const pollBlocks = (
  blocks: readonly PollBlock[],
  ask: Ask,
  scheduler: SchedulerLike,
  rank: Rank = (block) => toRank(block, nobody),
  registry: BlockRegistry = createBlockRegistry(blocks),
): Observable<Polled> =>
  defer(() => {
    const start = scheduler.now();
    const byInterval = Map.groupBy(blocks, (block) => block.intervalMs);
    return merge(
      ...[...byInterval].flatMap(([every, group]) =>
        group.map((block, index) =>
          pollBlock(block, { phase: toPhase(start, index, group.length, every), every }, { ask, scheduler, rank, registry }),
        ),
      ),
    );
  });
