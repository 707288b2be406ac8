import { millis, type PointId } from '@phloem/protocol';
import { defer, expand, from, map, merge, mergeMap, of, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { BusOutcome, Priority } from '../bus/bus-state.ts';
import { toExceptionKind } from '../modbus/exceptions.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { toHold } from './hold.ts';
import { halveBlock, toItemInterval, type BlockItem, type PollBlock } from './block-plan.ts';
import { toRank } from './bus-plans.ts';
import { toNextSlot, toPhase, toSlotTime, type Slots } from './slots.ts';

/**
 * A block that was asked for, with how that ended; `skipped` slots before it could not be met. `due` are its items whose own
 * interval has passed: the others were read by the way, and are not told.
 */
export type Polled = {
  readonly block: PollBlock;
  readonly due: readonly BlockItem[];
  readonly outcome: BusOutcome;
  readonly skipped: number;
};

type Ask = (
  request: BusRequest,
  options: { readonly priority: Priority; readonly waitMs: ReturnType<typeof millis> },
) => Promise<BusOutcome>;

type Rank = (block: PollBlock) => Priority;

const nobody: ReadonlySet<PointId> = new Set();
const longestWait = 5_000;

/** A request that was refused because of an address in it may still hold good registers: it is cut in two from then on. */
const isCuttable = ({ block, outcome }: Pick<Polled, 'block' | 'outcome'>): boolean =>
  outcome.kind === 'exception' && outcome.code === 2 && toExceptionKind(outcome.code) === 'configuration' && halveBlock(block).length > 1;

/** By interval, the slot in which the items of it were told last. */
type Told = ReadonlyMap<number, number>;

/** Claims that the item's own interval has passed since it was told; one that is no multiple of the slots comes a little early. */
const isDue = (item: BlockItem, slot: number, { every }: Slots, told: Told): boolean => {
  const last = told.get(toItemInterval(item));
  return last === undefined || slot - last >= Math.max(1, Math.floor(toItemInterval(item) / every));
};

/** One block in its slots, for ever. While a request runs the slots pass by: the running one wins, nothing piles up. */
const pollBlock = (block: PollBlock, slots: Slots, ask: Ask, scheduler: SchedulerLike, rank: Rank): Observable<Polled> => {
  type Turn = {
    readonly slot: number;
    readonly refusals: number;
    readonly holdMs: number;
    readonly told: Told;
    readonly polled: Polled;
  };
  const waitMs = millis(Math.min(block.intervalMs, longestWait));
  const poll = (last: number, refusals: number, holdMs: number, told: Told): Observable<Turn> =>
    defer(() => {
      const now = scheduler.now();
      const { skipped } = toNextSlot(slots, last, now);
      // Slots that are left out on purpose are not counted as those that could not be met.
      const { slot } = toNextSlot(slots, last, now + holdMs);
      return timer(Math.max(0, toSlotTime(slots, slot) - now), scheduler).pipe(
        mergeMap(() =>
          from(
            ask(
              { function: block.function, unit: block.unit, address: block.address, count: block.count },
              { priority: rank(block), waitMs },
            ),
          ),
        ),
        map((outcome): Turn => {
          const hold = toHold(outcome, refusals);
          const due = block.items.filter((item) => isDue(item, slot, slots, told));
          return {
            slot,
            refusals: hold === 0 ? 0 : refusals + 1,
            holdMs: hold,
            told: new Map([...told, ...due.map((item) => [toItemInterval(item), slot] as const)]),
            polled: { block, due, outcome, skipped },
          };
        }),
      );
    });
  return poll(-1, 0, 0, new Map()).pipe(
    expand(({ slot, refusals, holdMs, told, polled }) => (isCuttable(polled) ? of() : poll(slot, refusals, holdMs, told))),
    mergeMap(({ polled }): Observable<Polled> => {
      if (!isCuttable(polled)) return of(polled);
      return merge(
        ...halveBlock(block).map((half) => pollBlock(half, { phase: slots.phase, every: half.intervalMs }, ask, scheduler, rank)),
      );
    }),
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
): Observable<Polled> =>
  defer(() => {
    const start = scheduler.now();
    const byInterval = Map.groupBy(blocks, (block) => block.intervalMs);
    return merge(
      ...[...byInterval].flatMap(([every, group]) =>
        group.map((block, index) => pollBlock(block, { phase: toPhase(start, index, group.length, every), every }, ask, scheduler, rank)),
      ),
    );
  });
