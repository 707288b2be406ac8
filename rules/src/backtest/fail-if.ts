import { Fault } from '@phloem/protocol';
import { parseDuration } from '../units/units.ts';
import { addClaims, toBounds, type Claim } from './claim.ts';
import type { BacktestResult } from './result.ts';

const metrics = ['starts', 'switches', 'on-time', 'travel', 'alarms', 'differences'] as const;
type Metric = (typeof metrics)[number];

/** A condition on a result under which a check fails, such as `switches > +20 %`. */
export type FailCondition = {
  readonly text: string;
  readonly metric: Metric;
  /** The one device that counts; null: all. */
  readonly device: string | null;
  readonly isAbove: boolean;
  /** `share`: the change as a share of the baseline. `change`: the change itself. `value`: the candidate itself. */
  readonly kind: 'share' | 'change' | 'value';
  readonly amount: number;
};

/** Whether a condition holds. `undetermined`: the past does not show it. */
export type FailVerdict = 'holds' | 'holds-not' | 'undetermined';

const pattern = /^([a-z-]+)(?:\(([a-z0-9_]+\/[a-z0-9_]+)\))?\s*([<>])\s*([+-]?)\s*(\d+(?:\.\d+)?)\s*(%|[a-z]+)?$/;

/**
 * Reads a condition.
 *
 * @throws Fault `cli/usage` with what a condition looks like.
 */
export const parseFailCondition = (text: string): FailCondition => {
  const [, name, device = null, relation, sign, digits = '', unit] = pattern.exec(text.trim()) ?? [];
  const metric = metrics.find((each) => each === name);
  const length = metric === 'on-time' && unit !== '%' && unit !== undefined ? parseDuration(`${digits}${unit}`) : undefined;
  const isUnit = unit === undefined || unit === '%' || length !== undefined;
  if (metric === undefined || !isUnit || (unit === '%' && sign === '')) {
    throw new Fault(
      'cli/usage',
      `--fail-if "${text}": write a metric (${metrics.join(', ')}), > or <, and an amount: "switches > +20 %", "starts(room/heater) > 40", "on-time > +30min"`,
    );
  }
  const size = length ?? Number(digits) / (unit === '%' ? 100 : 1);
  return {
    text: text.trim(),
    metric,
    device,
    isAbove: relation === '>',
    kind: unit === '%' ? 'share' : sign === '' ? 'value' : 'change',
    amount: sign === '-' ? -size : size,
  };
};

/**
 * Judges a condition by bounds: it holds where every value within them fulfils it, and holds not where none does.
 *
 * @throws Fault `cli/usage` when it names a device that neither bundle commands.
 */
export const judgeFailCondition = (condition: FailCondition, result: BacktestResult): FailVerdict => {
  const { isAbove, kind, amount } = condition;
  // What does not replay as it was recorded says nothing.
  if (result.window.counted === null || (result.reconciliation !== null && result.reconciliation.mismatches.length > 0))
    return 'undetermined';
  const [was, is] = [toBounds(toClaim(condition, result, 'baseline')), toBounds(toClaim(condition, result, 'candidate'))];
  const limits = { min: toLimit(was.min, kind, amount), max: toLimit(was.max, kind, amount) };
  const [isCertain, isExcluded] = isAbove ? [is.min > limits.max, is.max <= limits.min] : [is.max < limits.min, is.min >= limits.max];
  return isCertain ? 'holds' : isExcluded ? 'holds-not' : 'undetermined';
};

const toLimit = (baseline: number, kind: FailCondition['kind'], amount: number): number =>
  kind === 'value' ? amount : kind === 'change' ? baseline + amount : baseline * (1 + amount);

const keys = { starts: 'starts', switches: 'switches', 'on-time': 'onMs', travel: 'travel' } as const;

const toClaim = ({ metric, device }: FailCondition, result: BacktestResult, side: 'baseline' | 'candidate'): Claim => {
  if (metric === 'alarms') return addClaims(result.alarms.map((alarm) => alarm[side]));
  const devices = result.devices.filter((each) => device === null || each.device === device);
  if (device !== null && devices.length === 0) {
    const known = result.devices.map((each) => each.device).join(', ');
    throw new Fault('cli/usage', `--fail-if names ${device}, which neither bundle commands; they command ${known}`);
  }
  if (metric !== 'differences') return addClaims(devices.map((each) => each[side][keys[metric]]));
  if (side === 'baseline') return { kind: 'known', value: 0 };
  return addClaims(
    devices.map(({ apart, candidate: { horizon } }): Claim => {
      if (horizon === null) return { kind: 'known', value: apart.length };
      return { kind: 'undetermined', atLeast: apart.filter(({ from }) => from.lsn <= horizon.lsn).length, since: horizon };
    }),
  );
};
