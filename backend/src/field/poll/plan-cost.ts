import type { BusTransport } from '../../site/site.ts';
import { toAnswerLength } from '../modbus/check-answer.ts';
import type { PollBlock } from './block-plan.ts';

/** What a plan of polls costs its bus before it runs. */
export type PlanCost = {
  readonly requestsPerSecond: number;
  /** How long one round of all blocks takes, in milliseconds. */
  readonly roundMs: number;
  /** The share of the bus that the plan takes: above 1 it cannot be met. */
  readonly load: number;
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

/** What the blocks of one bus cost. */
export const toPlanCost = (blocks: readonly PollBlock[], transport: BusTransport): PlanCost => {
  let requestsPerSecond = 0;
  let roundMs = 0;
  let load = 0;
  for (const block of blocks) {
    const exchange = toExchange(block, transport);
    requestsPerSecond += 1000 / block.intervalMs;
    roundMs += exchange;
    load += exchange / block.intervalMs;
  }
  return { requestsPerSecond, roundMs, load };
};

/** The cost in words: `this plan needs 112 % of 9600 baud`. */
export const toCostWords = ({ load, requestsPerSecond }: PlanCost, transport: BusTransport): string => {
  const share = `${Math.round(load * 100)} %`;
  return transport.kind === 'rtu'
    ? `this plan needs ${share} of ${transport.baudRate} baud`
    : `this plan makes ${Math.round(requestsPerSecond * 10) / 10} requests a second: ${share} of the bus at ${turnaroundMs} ms each`;
};
