import type { PointId } from '@phloem/protocol';
import type { BusSpec, Site } from '../../site/site.ts';
import { planBlocks, type BlockLimits, type PollBlock } from './block-plan.ts';
import { toCostWords, toExchange, toPlanCost, type PlanCost } from './plan-cost.ts';

/** What is polled on a bus, and what it costs. */
export type BusPlan = {
  readonly bus: string;
  readonly blocks: readonly PollBlock[];
  readonly cost: PlanCost;
  readonly words: string;
};

/** How a line ranks the poll of a block: what a device reports first, then what a rule reads, then the rest (FB2). */
export const toRank = ({ items }: PollBlock, favoured: ReadonlySet<PointId>): 'read-back' | 'control' | 'poll' => {
  if (items.some((item) => item.kind === 'device')) return 'read-back';
  return items.some((item) => item.kind === 'point' && favoured.has(item.point.id)) ? 'control' : 'poll';
};

/** Behind a host there may be a serial line: what is reckoned with its time holds for it as well. */
const behindHost = { kind: 'rtu', path: '', baudRate: 19_200, parity: 'even', stopBits: 1 } as const;

/** Over TCP what lies between two values costs next to nothing; at 9600 baud 25 registers cost as much as a request. */
const toLimits = ({ transport }: BusSpec): BlockLimits => ({
  maxGap: transport.kind === 'tcp' ? 124 : 25,
  maxCount: 2000,
  toCost: (block) => toExchange(block, transport.kind === 'rtu' ? transport : behindHost),
});

/** The plan of each bus of a site, in the site's order. */
export const toBusPlans = (site: Pick<Site, 'buses' | 'points' | 'devices' | 'quirks'>): readonly BusPlan[] =>
  site.buses.map((spec) => {
    const blocks = planBlocks(site, toLimits(spec)).filter((block) => block.bus === spec.id);
    const cost = toPlanCost(blocks, spec.transport, { lineGapMs: spec.requestGapMs ?? 0 });
    return { bus: spec.id, blocks, cost, words: toCostWords(cost, spec.transport) };
  });
