import type { BusTransport } from '../../site/site.ts';
import { toAnswerLength } from '../modbus/check-answer.ts';
import type { PollBlock } from './block-plan.ts';

/** What a plan of polls costs its bus before it runs. */
export type PlanCost = {
  readonly requestsPerSecond: number;
  /** How long one round of all blocks takes, with the pauses that line and units are given, in milliseconds. */
  readonly roundMs: number;
  /** The share of the bus that the plan takes: above 1 it cannot be met. */
  readonly load: number;
  /** The unit that takes more of its own time than the whole plan of the line's; null where none does. */
  readonly pausing: { readonly unit: number; readonly load: number } | null;
};

const requestBytes = 8;
const crcBytes = 2;
const bitsPerCharacter = 11;
/** What units usually take to answer; the standard sets no figure. */
const turnaroundMs = 5;

/** The time on the wire of one exchange. Over TCP it is the round trip alone, taken as that of a local network. */
export const toExchange = (block: Omit<PollBlock, 'items' | 'bus' | 'intervalMs'>, transport: BusTransport): number => {
  if (transport.kind !== 'rtu') return turnaroundMs;
  const characters = requestBytes + toAnswerLength(block) + crcBytes;
  const characterMs = (bitsPerCharacter * 1000) / transport.baudRate;
  const gapMs = transport.baudRate > 19_200 ? 1.75 : 3.5 * characterMs;
  return characters * characterMs + 2 * gapMs + turnaroundMs;
};

/** What the blocks of one bus cost; `gapMs` is the pause that a unit needs, `lineGapMs` that of the whole line. */
export const toPlanCost = (
  blocks: readonly PollBlock[],
  transport: BusTransport,
  { lineGapMs = 0, gapMs = ({ quirks }) => quirks?.requestGapMs ?? 0 }: { lineGapMs?: number; gapMs?: (block: PollBlock) => number } = {},
): PlanCost => {
  let requestsPerSecond = 0;
  let lineMs = 0;
  let load = 0;
  const units = new Map<number, { readonly roundMs: number; readonly load: number }>();
  for (const block of blocks) {
    const exchange = toExchange(block, transport) + lineGapMs;
    // While a unit has its pause, others are served; the unit itself has no more than all of the time.
    const ownMs = Math.max(exchange + Math.max(0, gapMs(block) - lineGapMs), block.quirks?.pollDistanceMs ?? 0);
    const before = units.get(block.unit) ?? { roundMs: 0, load: 0 };
    units.set(block.unit, { roundMs: before.roundMs + ownMs, load: before.load + ownMs / block.intervalMs });
    requestsPerSecond += 1000 / block.intervalMs;
    lineMs += exchange;
    load += exchange / block.intervalMs;
  }
  const [busiest] = [...units].toSorted(([, a], [, b]) => b.load - a.load);
  const unit = busiest === undefined || busiest[1].load <= load ? null : { unit: busiest[0], load: busiest[1].load };
  const roundMs = Math.max(lineMs, ...[...units.values()].map((one) => one.roundMs));
  return { requestsPerSecond, roundMs, load: Math.max(load, unit?.load ?? 0), pausing: unit };
};

/** The cost in words: `this plan needs 112 % of 9600 baud`. */
export const toCostWords = ({ load, requestsPerSecond, pausing }: PlanCost, transport: BusTransport): string => {
  const share = `${Math.round(load * 100)} %`;
  if (pausing !== null) return `this plan takes ${share} of the time of unit ${pausing.unit}, which needs a pause between requests`;
  return transport.kind === 'rtu'
    ? `this plan needs ${share} of ${transport.baudRate} baud`
    : `this plan makes ${Math.round(requestsPerSecond * 10) / 10} requests a second: ${share} of the bus at ${turnaroundMs} ms each`;
};
