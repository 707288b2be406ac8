import { isUnknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** How devices share the work. */
export type LeadLagParams = {
  readonly devices: readonly string[];
  /** The device that has the least of it starts next, the one that has the most stops first. */
  readonly by: 'hours' | 'starts';
  /** A device that has worked for so long hands over to one that has less; `Infinity` for never. */
  readonly swapAfterMs: number;
  /** Between two starts. */
  readonly betweenMs: number;
  /** A device that does not run so long after it was requested is replaced. */
  readonly withinMs: number;
  /** After this it may be tried again. */
  readonly retryMs: number;
  /** Time between two steps that lie farther apart is not counted as running. */
  readonly maxGapMs: number;
};

/** What is known of one device. */
export type LeadLagDevice = {
  /** Whether it runs, as the hub last said; unknown where nobody has said anything yet. */
  readonly isRunning: Maybe<boolean>;
  /** On or off by an override; null without one. */
  readonly hand: boolean | null;
  /** Its own condition keeps it out. */
  readonly isBarred: boolean;
};
/** How many devices have to run, and what each does. */
export type LeadLagInput = { readonly needed: Maybe<number>; readonly devices: readonly LeadLagDevice[] };

/** One device: what it has done, whether it is chosen and since when, and since when and until when it is out. */
export type LeadLagUnit = {
  readonly runMs: number;
  readonly starts: number;
  readonly isRunning: boolean;
  readonly chosenUp: number | null;
  /** Since when it has not run although it is chosen. */
  readonly idleUp: number | null;
  /** It did not run when it was requested: until then it is not tried again. */
  readonly outUntilUp: number | null;
};
/** By the id of the device. */
export type LeadLagState = {
  readonly v: 1;
  readonly units: Readonly<Record<string, LeadLagUnit>>;
  readonly needed: number;
  readonly startedUp: number | null;
  readonly up: number | null;
};

/** Whether each device is chosen; `value` is how many are. */
export type LeadLagOutput = NodeOutput<number> & { readonly chosen: readonly boolean[] };

/**
 * Devices that take turns: of those that can, as many run as are needed. Who runs goes on running; the next to start has
 * the least behind it, the first to stop the most. Where a device does not run when it is requested, is barred, or is
 * held off manually, another one stands in for it. Equal ones go by their place in the list, so that nothing is left to chance.
 */
export const createLeadLag = (params: LeadLagParams): Node<LeadLagState, LeadLagInput, LeadLagOutput> => ({
  type: `lead-lag ${params.by}`,
  version: 1,
  isTimed: true,
  init: () => ({ v: 1, units: {}, needed: 0, startedUp: null, up: null }),
  step: (state, input, { up }) => {
    const sinceMs = state.up === null || up - state.up > params.maxGapMs ? 0 : Math.max(0, up - state.up);
    const units = params.devices.map((id, i) => watch(state, params, { id, device: input.devices[i] ?? absent, sinceMs, up }));
    const needed = isUnknown(input.needed) ? state.needed : Math.max(0, Math.ceil(input.needed - 1e-9));
    const byHand = input.devices.filter(({ hand }) => hand === true).length;
    const [chosen, startedUp] = choose(params, units, { wanted: needed - byHand, startedUp: state.startedUp, up, input });
    const next = Object.fromEntries(params.devices.map((id, i) => [id, settle(units[i] ?? fresh, chosen[i] === true, up)]));
    const value = chosen.filter(Boolean).length;
    return [
      { v: 1, units: next, needed, startedUp, up },
      { value, chosen },
    ];
  },
});

const absent: LeadLagDevice = { isRunning: false, hand: null, isBarred: true };
const fresh: LeadLagUnit = { runMs: 0, starts: 0, isRunning: false, chosenUp: null, idleUp: null, outUntilUp: null };

type Watched = { readonly id: string; readonly device: LeadLagDevice; readonly sinceMs: number; readonly up: number };

/** Counts what a device has done since the last step, and finds out whether it follows. */
const watch = (state: LeadLagState, { withinMs, retryMs }: LeadLagParams, { id, device, sinceMs, up }: Watched): LeadLagUnit => {
  const known = Object.hasOwn(state.units, id) ? state.units[id] : undefined;
  const unit = known ?? fresh;
  // Where nobody says what it does, it is believed to do what it is asked.
  const isRunning = isUnknown(device.isRunning) ? unit.chosenUp !== null : device.isRunning;
  // What runs when the rule is new is the rule's from then on.
  const chosenUp = known === undefined && isRunning && device.hand === null ? up : unit.chosenUp;
  const isIdle = chosenUp !== null && !isRunning && device.hand === null;
  const idleUp = isIdle ? (unit.idleUp ?? up) : null;
  const isOver = unit.outUntilUp !== null && up >= unit.outUntilUp;
  const outUntilUp = idleUp !== null && up - idleUp >= withinMs ? up + retryMs : isOver ? null : unit.outUntilUp;
  return {
    runMs: unit.runMs + (unit.isRunning ? sinceMs : 0),
    starts: unit.starts + (isRunning && !unit.isRunning && known !== undefined ? 1 : 0),
    isRunning,
    chosenUp,
    idleUp,
    outUntilUp,
  };
};

type Choice = { readonly wanted: number; readonly startedUp: number | null; readonly up: number; readonly input: LeadLagInput };

const choose = (
  { by, betweenMs, swapAfterMs }: LeadLagParams,
  units: readonly LeadLagUnit[],
  { wanted, startedUp, up, input }: Choice,
): readonly [chosen: readonly boolean[], startedUp: number | null] => {
  const canRun = units.map(({ outUntilUp }, i) => outUntilUp === null && input.devices[i]?.hand === null && !input.devices[i].isBarred);
  const chosen = units.map(({ chosenUp }, i) => chosenUp !== null && canRun[i] === true);
  const key = (i: number): number => (by === 'hours' ? units[i]?.runMs : units[i]?.starts) ?? 0;
  const places = units.map((_, i) => i);
  const next = (): number | undefined =>
    places.filter((i) => canRun[i] === true && chosen[i] === false).toSorted((a, b) => key(a) - key(b) || a - b)[0];
  const most = (): number | undefined => places.filter((i) => chosen[i] === true).toSorted((a, b) => key(b) - key(a) || b - a)[0];
  const count = (): number => chosen.filter(Boolean).length;
  const mayStart = (): boolean => betweenMs === 0 || lastUp === null || up - lastUp >= betweenMs;
  let lastUp = startedUp;
  while (count() > Math.max(0, wanted)) chosen[most() ?? 0] = false;
  while (count() < wanted && mayStart()) {
    const place = next();
    if (place === undefined) break;
    chosen[place] = true;
    lastUp = up;
  }
  const [tired] = places
    .filter((i) => chosen[i] === true && up - (units[i]?.chosenUp ?? up) >= swapAfterMs)
    .toSorted((a, b) => key(b) - key(a) || b - a);
  const rested = next();
  if (tired !== undefined && rested !== undefined && key(rested) < key(tired) && mayStart()) {
    [chosen[tired], chosen[rested]] = [false, true];
    lastUp = up;
  }
  return [chosen, lastUp];
};

/** What is kept of a device for the next step. */
const settle = (unit: LeadLagUnit, isChosen: boolean, up: number): LeadLagUnit => ({
  ...unit,
  chosenUp: isChosen ? (unit.chosenUp ?? up) : null,
  idleUp: isChosen ? unit.idleUp : null,
});
