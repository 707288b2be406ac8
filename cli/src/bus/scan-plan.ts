import { Fault, toSigned, type BusHealthAnswer, type BusReadAnswer, type LineSettings } from '@phloem/protocol';

/** What was found at one address of a bus; `line` is the speed at which, null for the line's own. */
export type Found = {
  readonly unit: number;
  readonly line: LineSettings | null;
  readonly words: string;
  readonly tookMs: number | null;
  readonly names: readonly string[];
};

/**
 * The units that a person means by `1-20,30`.
 *
 * @throws Fault `cli/usage` for what are no units.
 */
export const parseUnits = (text: string): readonly number[] => {
  const units = text.split(',').flatMap((part) => {
    const [, first, last] = /^\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last ?? first)];
    if (first === undefined || from < 0 || to > 255 || to < from) {
      throw new Fault('cli/usage', `"${part.trim()}" is not a list of units; use 0-255, or 1-16,20`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return [...new Set(units)];
};

/** After an answer that did not come a line of RTU is left alone for twice as long again. */
const toMissing = ({ transport, answerTimeoutMs }: Pick<BusHealthAnswer, 'transport' | 'answerTimeoutMs'>): number =>
  answerTimeoutMs * (transport.startsWith('RTU') ? 3 : 1);

/** How long a read at the line's own speed kept everybody else from it. */
export const toTaken = (bus: Pick<BusHealthAnswer, 'transport' | 'answerTimeoutMs'>, answer: BusReadAnswer): number =>
  answer.tookMs !== null && answer.outcome === 'timeout' ? toMissing(bus) : (answer.tookMs ?? 0);

/** How long to leave the bus alone after a read, so that the scan takes no more than this share of it. */
export const toPause = (tookMs: number, share: number): number => tookMs * (1 / share - 1);

/** What a scan may cost, before it runs. */
export const toCostText = (bus: BusHealthAnswer, units: readonly number[], share: number): string => {
  const missing = units.filter(
    (unit) => !bus.units.some((known) => known.unit === unit && known.silentMs === 0 && known.requests > 0),
  ).length;
  const missingMs = toMissing(bus);
  const longest = Math.ceil((missing * missingMs) / share / 1000);
  return (
    `scans ${units.length} unit${units.length === 1 ? '' : 's'} of ${bus.bus} (${bus.transport}) with one read each, after everything else on the bus. ` +
    `A missing unit blocks the line for ${missingMs} ms, and polls wait that long; ` +
    `the scan takes at most ${Math.round(share * 100)} % of the line: up to ${longest >= 120 ? `${Math.round(longest / 60)} min` : `${longest} s`}. ` +
    `At present the bus is busy ${(bus.load * 100).toFixed(1)} % of the time. Ctrl-C ends it.`
  );
};

/** What the answer to a scan's read says of the unit; null when nobody is there. */
export const toFound = (unit: number, answer: BusReadAnswer, names: readonly string[], line: LineSettings | null = null): Found | null => {
  const { outcome, exception, values, tookMs, why } = answer;
  if (outcome === 'answered') {
    const [word = 0] = values;
    return { unit, line, words: `answers; 40001 holds ${word} (signed ${toSigned(word)})`, tookMs, names };
  }
  if (outcome === 'exception' && exception !== null && exception !== 0x0a && exception !== 0x0b) {
    return { unit, line, words: `is present; refuses 40001 (${exception.toString(16).padStart(2, '0')})`, tookMs, names };
  }
  // At another speed than its own everything is noise, and noise is nobody.
  if (outcome === 'mismatch' && line === null)
    return {
      unit,
      line,
      words: `an invalid answer: ${why}; two units with one address, or the wrong speed?`,
      tookMs,
      names,
    };
  return null;
};

/** What is said in the end. */
export const toSummary = (found: readonly Found[], asked: number, wanted: number, seconds: number): string =>
  `${found.length === 0 ? 'nobody' : `${found.length} unit${found.length === 1 ? '' : 's'}`} found at ${asked} of ${wanted} addresses in ${Math.round(seconds)} s${
    asked < wanted ? '; it was stopped before the rest' : ''
  }`;
