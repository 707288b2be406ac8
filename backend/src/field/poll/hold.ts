import type { BusOutcome } from '../bus/bus-outcome.ts';
import { toExceptionKind } from '../modbus/exceptions.ts';

/**
 * What the end of a read says of the registers: `unreadable` so (exceptions 1 to 3), the unit is `ill` (4, 8 and codes of its
 * own), `silent` (no answer, or none that fits), or `none`: nothing, since it never left or the unit is not ready.
 */
export type Reply = 'good' | 'unreadable' | 'ill' | 'silent' | 'none';

/** A gateway reports a time-out in the same way for one register and for a whole unit. */
const noAnswerBehindGateway = 0x0b;

/** Sorts the end of a read. */
export const classify = (outcome: BusOutcome): Reply => {
  switch (outcome.kind) {
    case 'bits':
    case 'words':
      return 'good';
    case 'exception': {
      const kind = toExceptionKind(outcome.code);
      if (kind === 'configuration') return 'unreadable';
      if (kind === 'device') return 'ill';
      return outcome.code === noAnswerBehindGateway ? 'silent' : 'none';
    }
    case 'failed':
      return outcome.isSent && outcome.code !== 'modbus/link' ? 'silent' : 'none';
    default:
      return 'none';
  }
};

/** The first pause and the longest, by what the unit said; each refusal in a row doubles it. */
const pauses = { configuration: [5_000, 60_000], device: [1_000, 30_000] } as const;

/**
 * How long a poll leaves a unit alone after so many refusals in a row: a mistake of the configuration does not fix
 * itself, an ill unit may. Zero after anything else.
 */
export const toHold = (outcome: BusOutcome, refusals: number): number => {
  if (outcome.kind !== 'exception') return 0;
  const kind = toExceptionKind(outcome.code);
  if (kind !== 'configuration' && kind !== 'device') return 0;
  const [first, longest] = pauses[kind];
  return Math.min(longest, first * 2 ** Math.min(refusals, 16));
};

const holePauses = { unreadable: [60_000, 3_600_000], ill: [30_000, 600_000], silent: [5_000, 600_000] } as const;

/** How long registers are left alone that are a hole among good ones, after so many tries in a row. */
export const toHolePause = (outcome: BusOutcome, tries: number): number => {
  const reply = classify(outcome);
  if (reply === 'good' || reply === 'none') return 0;
  const [first, longest] = holePauses[reply];
  return Math.min(longest, first * 2 ** Math.min(tries, 16));
};
