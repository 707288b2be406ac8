import { isUnknown, toKnown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** The tuning of a controller. */
export type PidParams = {
  /** It acts once in each multiple of this in `up`, at the first step that falls into it. */
  readonly everyMs: number;
  /** Output units for one unit of error; negative where more output lowers the measurement. */
  readonly kp: number;
  /** `Infinity` for a controller without integral, which needs `spWeight` 1. */
  readonly tiMs: number;
  /** 0 for none. */
  readonly tdMs: number;
  /** N: the derivative is smoothed with `tdMs / N`. */
  readonly derivativeFilter: number;
  /** b: how much of a set-point step the proportional part sees, 0 to 1. */
  readonly spWeight: number;
  /** An error no larger than this counts as none; a larger one counts by what it exceeds. */
  readonly deadband: number;
  readonly min: number;
  readonly max: number;
  /** Output units per second, `Infinity` for no limit. */
  readonly slewPerS: number;
  /** Tt: how fast the integral follows what was really applied. */
  readonly trackingMs: number;
};

/** What a controller sees. */
export type PidInput = {
  readonly pv: Maybe<number>;
  readonly sp: Maybe<number>;
  /**
   * What the device really got since the last step, in units of the output: the output itself where nothing held it
   * back, the other value under an override, a minimum off-time or an interlock. Unknown counts as the output itself.
   */
  readonly applied: Maybe<number>;
  /**
   * `follow`: somebody else has the device (manual), so the output follows `applied` and takes over from there. `side`: an
   * override holds one of several devices, so the controller goes on for the others, and takes over from `applied` at the end.
   */
  readonly tracking: 'none' | 'follow' | 'side';
  /** Claims that nobody knows what the device has: the integral stands still. */
  readonly isLost: boolean;
};

type Terms = { readonly p: number; readonly i: number; readonly d: number; readonly error: number };

/** What holds the output back. */
export type PidLimit = 'none' | 'low' | 'high' | 'slew' | 'tracking' | 'side';

/** What a controller remembers between two acts. */
export type PidState = Terms & {
  readonly v: 2;
  /** The last output; before the first act what the device did, `null` if nobody said. */
  readonly output: number | null;
  /** p + i + d, before the limits; `null` before the first act. */
  readonly wanted: number | null;
  readonly limit: PidLimit;
  /** The measurement of the last act, `null` when it was unknown. */
  readonly pv: number | null;
  readonly kp: number;
  readonly spWeight: number;
  readonly up: number | null;
};

/** `output` is the last output also while the answer is unknown; `null` before there was one. The terms are for the trace. */
export type PidOutput = NodeOutput<number> & Terms & { readonly output: number | null; readonly limit: PidLimit };

/**
 * A PID controller in the ideal form of ISA: `u = kp (b·sp − pv + 1/ti ∫(sp − pv) dt − td dpv/dt)`.
 *
 * The derivative is taken of the measurement and smoothed. The integral is kept in units of the output, so that new
 * gains make no bump, and follows what was really applied (back-calculation), so that nothing winds it up. It starts
 * from what the device does. While `pv` or `sp` is unknown the answer is unknown, the output and the integral stand; a
 * pause counts for three times `everyMs` at most.
 *
 * Source: K. J. Åström, T. Hägglund, Advanced PID Control (ISA, 2006), chapters 3 and 13.
 *
 * @throws RangeError for parameters that make no controller: the compiler checks them with the document.
 */
export const createPid = (params: PidParams): Node<PidState, PidInput, PidOutput> => {
  check(params);
  return {
    type: 'pid',
    version: 2,
    isTimed: true,
    init: (actual) => {
      const output = actual === undefined ? null : clamp(Number(actual), params.min, params.max);
      const rest = { wanted: null, limit: 'none', p: 0, i: 0, d: 0, error: 0, pv: null, up: null } as const;
      return { ...rest, v: 2, output, kp: params.kp, spWeight: params.spWeight };
    },
    step: (state, input, { up }) => {
      const pv = toKnown(input.pv);
      const sp = toKnown(input.sp);
      const applied = toKnown(input.applied);
      const isDue = state.up === null || Math.floor(up / params.everyMs) !== Math.floor(state.up / params.everyMs);
      const isBlind = isUnknown(pv) || isUnknown(sp);
      if (!isDue) return [state, answer(params, state, isBlind)];
      const isTaking = input.tracking === 'follow' || (input.tracking === 'none' && state.limit === 'side');
      const taken = !isTaking ? null : isUnknown(applied) ? state.output : clamp(applied, params.min, params.max);
      const blind: PidState = { ...state, pv: null, up, ...(taken === null ? {} : { output: taken, wanted: null, limit: 'tracking' }) };
      const next = isBlind
        ? blind
        : act(params, state, { pv, sp, applied, taken, isAside: input.tracking === 'side', isLost: input.isLost, up });
      return Number.isFinite(next.wanted ?? 0) ? [next, answer(params, next, isBlind)] : [blind, answer(params, blind, true)];
    },
  };
};

type Act = {
  readonly pv: number;
  readonly sp: number;
  readonly applied: Maybe<number>;
  readonly taken: number | null;
  readonly isAside: boolean;
  readonly isLost: boolean;
  readonly up: number;
};

const act = (params: PidParams, state: PidState, { pv, sp, applied, taken, isAside, isLost, up }: Act): PidState => {
  const { kp, spWeight, min, max } = params;
  const realMs = Math.max(0, up - (state.up ?? up));
  const error = withoutDeadband(sp - pv, params.deadband);
  const p = kp * (spWeight * sp - (sp - error)) + 0;
  const d = derivative(params, state, pv, realMs);
  const countedMs = Math.min(realMs, 3 * params.everyMs);
  const i = integral(params, state, { p, d, error, sp, applied, taken, isLost, countedMs });
  const wanted = p + i + d;
  const limited = clamp(wanted, min, max);
  const output = taken ?? slew(clamp(state.output ?? limited, min, max), limited, params.slewPerS, countedMs);
  const held = output !== limited ? 'slew' : wanted > max ? 'high' : wanted < min ? 'low' : 'none';
  return { v: 2, p, i, d, error, output, wanted, limit: isAside ? 'side' : taken !== null ? 'tracking' : held, pv, kp, spWeight, up };
};

/** Backward difference of the filtered derivative; a first measurement, and one after a blind time, makes no kick. */
const derivative = ({ kp, tdMs, derivativeFilter }: PidParams, state: PidState, pv: number, realMs: number): number => {
  const smoothMs = tdMs / derivativeFilter;
  if (tdMs === 0 || realMs === 0) return tdMs === 0 ? 0 : state.d;
  return (smoothMs * state.d - kp * tdMs * (pv - (state.pv ?? pv))) / (smoothMs + realMs) + 0;
};

type Balance = Pick<Act, 'sp' | 'applied' | 'taken' | 'isLost'> & {
  readonly p: number;
  readonly d: number;
  readonly error: number;
  readonly countedMs: number;
};

const integral = (params: PidParams, state: PidState, { p, d, error, sp, applied, taken, isLost, countedMs }: Balance): number => {
  const { kp, tiMs, spWeight, trackingMs } = params;
  const rest = kp * (1 - spWeight) * sp + 0;
  if (tiMs === Infinity) return rest;
  if (taken !== null) return taken - p - d;
  if (state.wanted === null) return state.output === null ? rest : state.output - p - d;
  const sameProportional = (state.kp * state.spWeight - kp * spWeight) * sp - (state.kp - kp) * (sp - error);
  if (isLost) return state.i + sameProportional;
  const got = isUnknown(applied) ? (state.output ?? state.wanted) : applied;
  const back = (got - state.wanted) * Math.min(1, countedMs / trackingMs);
  return state.i + sameProportional + (kp * error * countedMs) / tiMs + back;
};

/** Within the limits of today, also where the state is that of a controller with wider ones. */
const answer = ({ min, max }: PidParams, state: PidState, isBlind: boolean): PidOutput => {
  const { p, i, d, error, limit } = state;
  const output = state.output === null ? null : clamp(state.output, min, max);
  return { value: isBlind || state.wanted === null || output === null ? unknown : output, output, p, i, d, error, limit };
};

const withoutDeadband = (error: number, deadband: number): number =>
  Math.abs(error) <= deadband ? 0 : error - Math.sign(error) * deadband;

const slew = (from: number, to: number, perSecond: number, ms: number): number =>
  perSecond === Infinity ? to : clamp(to, from - (perSecond * ms) / 1000, from + (perSecond * ms) / 1000);

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value)) + 0;

const check = (params: PidParams): void => {
  const { everyMs, kp, tiMs, tdMs, derivativeFilter, spWeight, deadband, min, max, slewPerS, trackingMs } = params;
  const isSound =
    [everyMs, derivativeFilter, slewPerS, tiMs, trackingMs].every((number) => number > 0) &&
    [everyMs, kp, tdMs, derivativeFilter, spWeight, deadband, min, max].every(Number.isFinite) &&
    kp !== 0 &&
    tdMs >= 0 &&
    deadband >= 0 &&
    spWeight >= 0 &&
    spWeight <= 1 &&
    (tiMs !== Infinity || spWeight === 1) &&
    min < max;
  if (!isSound) throw new RangeError('these parameters make no controller');
};
