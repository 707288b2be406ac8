import type { BusOutcome } from '../bus/bus-state.ts';
import { toExceptionKind } from '../modbus/exceptions.ts';

/** The first pause and the longest, by what the unit said; each refusal in a row doubles it. */
const pauses = { configuration: [5_000, 60_000], device: [1_000, 30_000] } as const;

/**
 * How long a poll leaves a unit alone after so many refusals in a row: a mistake of the configuration does not mend
 * itself, an ill unit may. Zero after anything else.
 */
export const toHold = (outcome: BusOutcome, refusals: number): number => {
  if (outcome.kind !== 'exception') return 0;
  const kind = toExceptionKind(outcome.code);
  if (kind !== 'configuration' && kind !== 'device') return 0;
  const [first, longest] = pauses[kind];
  return Math.min(longest, first * 2 ** Math.min(refusals, 16));
};
