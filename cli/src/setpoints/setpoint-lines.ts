import { toPersonText, Fault, quantities, type OffsetStatus, type SetpointAhead } from '@phloem/protocol';
import { dimensionOf, formatOffset, hintForName, parseOffset } from '@phloem/rules';
import type { ToMoment } from '../operator/operator-lines.ts';

type Setpoint = Pick<SetpointAhead, 'name' | 'quantity' | 'now' | 'base' | 'offset' | 'reach'>;

/** The set-points of several locations, each once, by name. */
export const toSetpoints = <S extends Setpoint>(locations: readonly { readonly setpoints: readonly S[] }[]): readonly S[] =>
  [...new Map(locations.flatMap(({ setpoints }) => setpoints.map((each) => [each.name, each] as const))).values()].toSorted((a, b) =>
    a.name.localeCompare(b.name),
  );

/**
 * The set-point of a name.
 *
 * @throws Fault `cli/usage` that says which name may have been meant.
 */
export const findSetpoint = <S extends Setpoint>(setpoints: readonly S[], name: string): S => {
  const found = setpoints.find((each) => each.name === name);
  if (found !== undefined) return found;
  const known = setpoints.map((each) => each.name);
  throw new Fault(
    'cli/usage',
    `the live rules have no set-point ${name}. ${hintForName(name, known) || 'phloem setpoint list shows them'}`,
  );
};

/**
 * What is typed as an offset, in the unit of the set-point's differences: `+1.5 K`, `-100 ppm`.
 *
 * @throws Fault `cli/usage` that says how it is written.
 */
export const toDelta = (text: string, { name, quantity }: Setpoint): number => {
  const delta = parseOffset(text.replaceAll('−', '-'), dimensionOf(quantity));
  if (typeof delta === 'number') return delta;
  throw new Fault('cli/usage', `${text} is not an offset of ${name}, which differs by ${delta.expected}: ${delta.hint}`);
};

/** Set-points as lines for a terminal: what is wanted now, what operators add to it, and how far they may. */
export const toSetpointLines = (setpoints: readonly Setpoint[], toMoment: ToMoment): readonly string[] => {
  if (setpoints.length === 0) return ['no live rules, and therefore no set-points; phloem push activates rules'];
  const names = Math.max(...setpoints.map(({ name }) => name.length));
  const values = setpoints.map((each) => toValue(each.now, each));
  const width = Math.max(...values.map((value) => value.length));
  return setpoints.map((each, i) => {
    const { name, offset, reach, quantity } = each;
    const far = reach === null ? 'cannot be moved' : `may be moved by ${formatOffset(reach, dimensionOf(quantity)).replace('+', '±')}`;
    const moved = offset === null ? far : `${toValue(each.base, each)} ${describeOffset(offset, each, toMoment)}`;
    return `${name.padEnd(names)}  ${(values[i] ?? '').padStart(width)}  ${moved}`;
  });
};

/** An offset as lines for a terminal. */
export const toOffsetLines = (status: OffsetStatus, setpoint: Setpoint, toMoment: ToMoment): readonly string[] => {
  const { name } = setpoint;
  if (status.isReleased) return [`${name} follows its schedule again`];
  return [`${name} is moved by ${describeOffset(status, setpoint, toMoment)}`];
};

const describeOffset = ({ delta, by, until, reason }: OffsetStatus, { quantity }: Setpoint, toMoment: ToMoment): string =>
  `${formatOffset(delta, dimensionOf(quantity))} until ${toMoment(until)}, ${toPersonText(by)}: ${reason}`;

const toValue = (value: number | null, { quantity }: Setpoint): string => {
  const { unit, decimals } = quantities[quantity];
  return value === null ? 'unknown' : `${value.toFixed(decimals)}${unit === '' ? '' : ` ${unit}`}`;
};
