import { toLocation, toLocations, type DeviceId, type Entry } from '@phloem/protocol';
import type { Taken } from '../replay/create-replay.ts';
import type { FollowContext, Follower, FollowState, Program } from '../replay/follow-log.ts';
import { idleDevice, type ModelDevice } from '../replay/model-gate.ts';
import type { Moment } from './claim.ts';
import { noDivergence, noteDifference, type Divergence } from './horizon.ts';
import { createInfluence, type Influence, type Moves } from './influence.ts';
import { countDevice, countTime, startTally, type Counts, type Tally } from './tally.ts';

export type Devices = ReadonlyMap<DeviceId, ModelDevice>;

/** A stretch over which a side had a device in another state than it was. `to` is null where that still holds at the end. */
export type Apart = {
  readonly device: DeviceId;
  readonly from: Moment;
  readonly to: Moment | null;
  readonly live: ModelDevice['applied'];
  readonly side: ModelDevice['applied'];
};

/** One bundle in a back-test: what runs, what its devices do, and what was counted of them. */
export type Side = {
  readonly follower: Follower;
  state: FollowState;
  readonly tallies: Map<DeviceId, Tally>;
  divergence: Divergence;
  /** What had been counted of each device when its horizon began. */
  readonly untilHorizon: Map<DeviceId, Counts>;
  readonly apart: Map<DeviceId, Apart>;
  readonly moments: Apart[];
  /** How often each alarm was raised in the window, and whether it is active. */
  readonly alarms: Map<string, { readonly raised: number; readonly isActive: boolean }>;
  influence: { readonly program: Program; readonly of: Influence } | null;
};

const maxMoments = 1000;

export const createSide = (follower: Follower): Side => ({
  follower,
  state: follower.start(),
  tallies: new Map(),
  divergence: noDivergence,
  untilHorizon: new Map(),
  apart: new Map(),
  moments: [],
  alarms: new Map(),
  influence: null,
});

/** Steps a side, and counts the alarms that it raises. */
export const stepSide = (side: Side, entry: Entry, context: FollowContext, isCounting: boolean): void => {
  const step = side.follower.step(side.state, entry, context);
  side.state = step.state;
  noteAlarms(side, step.taken, isCounting);
};

export const noteAlarms = (side: Side, taken: readonly Taken[], isCounting: boolean): void => {
  for (const { result, guarded } of taken) {
    if (result.alarms.length === 0 && (guarded === null || guarded.alarms.length === 0)) continue;
    for (const { alarm, state } of [...result.alarms, ...(guarded?.alarms ?? [])]) {
      const known = side.alarms.get(alarm) ?? { raised: 0, isActive: false };
      const isActive = state === 'active';
      side.alarms.set(alarm, { isActive, raised: known.raised + (isCounting && isActive && !known.isActive ? 1 : 0) });
    }
  }
};

/** The devices that a side commands. */
export const toCommanded = ({ state }: Side): readonly DeviceId[] => {
  if (state.running === null) return [];
  const { plan, site } = state.running.program;
  const places = new Set(toLocations(plan.scope));
  return site.devices.flatMap(({ id }) => (places.has(toLocation(id)) ? [id] : []));
};

/** Counts the devices of a side as they are now. */
export const countSide = (side: Side, devices: readonly DeviceId[], states: Devices, knownMs: number, moment: Moment): void => {
  const models = side.state.running?.program.site.devices ?? [];
  for (const device of devices) {
    const state = states.get(device) ?? idleDevice;
    const before = side.tallies.get(device);
    if (before === undefined) {
      side.tallies.set(device, startTally(state));
      continue;
    }
    if (before.value === state.applied && before.pulses === state.switches) continue;
    const isMomentary = models.find(({ id }) => id === device)?.kind === 'momentary';
    side.tallies.set(device, countDevice(before, state, { isMomentary, knownMs, moment }));
  }
};

/** Brings the on-times of a side up to a moment. */
export const countSideTime = (side: Side, knownMs: number): void => {
  for (const [device, tally] of side.tallies) side.tallies.set(device, countTime(tally, knownMs));
};

type Comparing = { readonly knownMs: number; readonly moment: Moment; readonly moves: Moves };

/** Compares a side's devices with what they were, and notes where that begins and ends to differ. */
export const compareSide = (side: Side, live: Devices, { knownMs, moment, moves }: Comparing): void => {
  const { running } = side.state;
  if (running === null) return;
  const own = running.state.devices;
  for (const device of toCommanded(side)) {
    const [is, was] = [own.get(device) ?? idleDevice, live.get(device) ?? idleDevice];
    const open = side.apart.get(device);
    const isApart = is.applied !== was.applied || pulsesOf(side, device, is) !== pulsesOf(side, device, was);
    if (!isApart) {
      if (open === undefined) continue;
      side.apart.delete(device);
      if (side.moments.length < maxMoments) side.moments.push({ ...open, to: moment });
      continue;
    }
    if (open !== undefined) continue;
    side.apart.set(device, { device, from: moment, to: null, live: was.applied, side: is.applied });
    side.divergence = noteDifference(side.divergence, device, moment, toInfluence(side, running.program, moves));
    for (const moved of side.divergence.horizons.keys()) {
      const tally = side.tallies.get(moved);
      if (tally !== undefined && !side.untilHorizon.has(moved)) side.untilHorizon.set(moved, countTime(tally, knownMs));
    }
  }
};

const pulsesOf = ({ state }: Side, device: DeviceId, { switches }: ModelDevice): number =>
  state.running?.program.site.devices.find(({ id }) => id === device)?.kind === 'momentary' ? switches : 0;

const toInfluence = (side: Side, program: Program, moves: Moves): Influence => {
  if (side.influence?.program === program) return side.influence.of;
  const { plan, site, interlocks } = program;
  const originsOf = (device: DeviceId) => {
    const all = [plan.originsOf(device), ...(interlocks === undefined ? [] : [interlocks.originsOf(device)])];
    return { points: all.flatMap(({ points }) => points), devices: all.flatMap(({ devices }) => devices) };
  };
  const of = createInfluence(site, originsOf, moves);
  side.influence = { program, of };
  return of;
};
