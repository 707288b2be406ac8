import { Fault, type BusHealthAnswer, type LineSettings } from '@phloem/protocol';
import type { Found } from './scan-plan.ts';

/** The speeds at which instruments leave their makers, the commonest first. */
export const usualBauds: readonly number[] = [9600, 19_200, 4800, 38_400, 115_200, 57_600, 2400];
const parities = ['none', 'even', 'odd'] as const;
type Parity = LineSettings['parity'];

/** One question of a scan; `line` null is the line's own speed. */
export type ScanProbe = { readonly unit: number; readonly line: LineSettings | null };

/**
 * The speeds that a person means by `9600,19200`, or by `usual`.
 *
 * @throws Fault `cli/usage` for what are none.
 */
export const parseBauds = (text: string): readonly number[] => {
  if (text.trim() === 'usual') return usualBauds;
  const bauds = text.split(',').map((part) => {
    const baud = Number(part);
    if (!/^\s*\d+\s*$/.test(part) || baud < 300 || baud > 921_600) {
      throw new Fault('cli/usage', `"${part.trim()}" is not a speed; use 9600,19200, or usual (${usualBauds.join(', ')})`);
    }
    return baud;
  });
  return [...new Set(bauds)];
};

/**
 * The parities that a person means by `none,even`, or by `all`.
 *
 * @throws Fault `cli/usage` for what are none.
 */
export const parseParities = (text: string): readonly Parity[] => {
  if (text.trim() === 'all') return parities;
  const named = text.split(',').map((part) => {
    const parity = parities.find((one) => one === part.trim());
    if (parity === undefined) throw new Fault('cli/usage', `"${part.trim()}" is not a parity; use none, even, odd, or all`);
    return parity;
  });
  return [...new Set(named)];
};

/**
 * The settings that are tried beside the line's own; what was not named stays as the line has it. With the usual speeds go the
 * usual parities: none, as most instruments are sold, and even, as the standard has it. None when nothing was named.
 */
export const toOtherLines = (
  own: LineSettings,
  bauds: readonly number[] | undefined,
  named: readonly Parity[] | undefined,
): readonly LineSettings[] => {
  if (bauds === undefined && named === undefined) return [];
  const usual = bauds === usualBauds ? [...new Set([own.parity, 'none', 'even'] as const)] : [own.parity];
  return (bauds ?? [own.baudRate]).flatMap((baudRate) =>
    (named ?? usual).flatMap((parity) => (baudRate === own.baudRate && parity === own.parity ? [] : [{ baudRate, parity }])),
  );
};

/**
 * What is asked at other speeds, of the units that were not heard at the line's own: first, at every speed, those that the
 * site has there and 1, as which instruments are sold; then the others, speed by speed.
 */
export const toOtherProbes = (
  units: readonly number[],
  lines: readonly LineSettings[],
  known: readonly number[],
  heard: readonly number[],
): readonly ScanProbe[] => {
  const missing = units.filter((unit) => !heard.includes(unit));
  const likely = [...missing.filter((unit) => known.includes(unit)), ...missing.filter((unit) => unit === 1 && !known.includes(1))];
  const rest = missing.filter((unit) => !likely.includes(unit));
  return [
    ...likely.flatMap((unit) => lines.map((line) => ({ unit, line }))),
    ...lines.flatMap((line) => rest.map((unit) => ({ unit, line }))),
  ];
};

/** A line's settings as people say them. */
export const toLineText = ({ baudRate, parity }: LineSettings): string => `${baudRate} baud, parity ${parity}`;

/** A read of one register and its answer, in bits, and what opening the line twice takes. */
const exchangeBits = 15 * 11;
const openingMs = 40;

/** The longest that a probe at another speed takes the line: the request on its way, and twice the time for an answer. */
export const toProbeMs = ({ answerTimeoutMs }: Pick<BusHealthAnswer, 'answerTimeoutMs'>, { baudRate }: LineSettings): number =>
  Math.round(2 * answerTimeoutMs + (exchangeBits * 1000) / baudRate + openingMs);

/** What trying other speeds does to the line, before it is done. */
export const toWarning = (
  bus: Pick<BusHealthAnswer, 'bus' | 'answerTimeoutMs'>,
  probes: readonly ScanProbe[],
  lines: readonly LineSettings[],
  share: number,
): string => {
  const longest = Math.max(0, ...lines.map((line) => toProbeMs(bus, line)));
  const count = new Set(probes.map(({ unit }) => unit)).size;
  const all = probes.reduce((sum, { line }) => sum + (line === null ? 0 : toProbeMs(bus, line)), 0);
  return (
    `then probes ${count === 1 ? 'one unit that was' : `${count} units that were`} not heard at ${lines.map(toLineText).join('; ')}. ` +
    `Each of these ${probes.length} probes occupies the line for up to ${longest} ms: polls and writes wait until it ends. ` +
    `Instruments on the line see another speed as noise. They should ignore it, but do not try this while something depends on the line. ` +
    `The whole scan takes up to ${toTimeText(all / share)}. Ctrl-C ends it after the current probe, with the line at its own speed.`
  );
};

/** A length of time for people who wait. */
export const toTimeText = (ms: number): string => (ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.ceil(ms / 1000)} s`);

/** What to do about units that were found at another speed than the line's. */
export const toSpeedAdvice = (own: LineSettings, found: readonly Found[]): string | null => {
  const others = found.filter(({ line }) => line !== null);
  if (others.length === 0) return null;
  return (
    `${others.map(({ unit, line }) => `unit ${unit} listens at ${line === null ? '' : toLineText(line)}`).join(', ')}; the line is at ${toLineText(own)}. ` +
    'All units of a line need one speed: set the instrument, or baudRate and parity of the bus in the site.'
  );
};
