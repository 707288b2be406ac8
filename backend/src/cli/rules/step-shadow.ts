import type { DeviceId, DeviceValue, Entry, Epoch } from '@phloem/protocol';
import {
  idleDevice,
  stepModelGate,
  takeByHand,
  type EngineState,
  type InterlockPlan,
  type InterlockState,
  type ModelDevice,
  type Plan,
  type SiteModel,
} from '@phloem/protocol/rules';

/** What one side wishes for a device, and why. */
export type Wished = { readonly value: DeviceValue; readonly why: string };

/** A device for which the candidate wishes something else, from this entry on; or, with `isOver`, no longer does. */
export type Difference = {
  readonly device: DeviceId;
  readonly at: number;
  readonly lsn: number;
  readonly isOver: boolean;
  /** Null where that side has no business with the device. */
  readonly live: Wished | null;
  readonly candidate: Wished | null;
};

/** Both bundles between two entries. */
export type ShadowState = {
  readonly live: EngineState;
  readonly candidate: EngineState;
  /** The interlocks of the site over what the candidate's devices do; null where the site has none. */
  readonly guard: InterlockState | null;
  /** The candidate's own devices: they do what it wishes, within their limits, and nothing is written anywhere. */
  readonly devices: ReadonlyMap<DeviceId, ModelDevice>;
  readonly liveWishes: ReadonlyMap<DeviceId, DeviceValue>;
  readonly candidateWishes: ReadonlyMap<DeviceId, DeviceValue>;
};

export type Shadow = {
  readonly start: () => ShadowState;
  /** Pure. */
  readonly step: (
    state: ShadowState,
    entry: Entry,
    epoch: Epoch,
  ) => { readonly state: ShadowState; readonly differences: readonly Difference[] };
};

/** Two bundles over the same entries: the live one as it is, and a candidate with devices of its own. */
export const createShadow = ({
  live,
  candidate,
  site,
  interlocks,
}: {
  readonly live: Plan;
  readonly candidate: Plan;
  readonly site: SiteModel;
  readonly interlocks?: InterlockPlan;
}): Shadow => {
  const known = new Set(site.devices.map(({ id }) => id));
  return {
    start: () => ({
      live: live.start(),
      candidate: candidate.start(),
      guard: interlocks?.start() ?? null,
      devices: new Map(site.devices.map(({ id }) => [id, idleDevice])),
      liveWishes: toFallbacks(live, site),
      candidateWishes: toFallbacks(candidate, site),
    }),
    step: (state, entry, epoch) => {
      const liveStep = live.step(state.live, entry, { epoch });
      const liveWishes = new Map(state.liveWishes);
      for (const { device, value } of liveStep.decisions) liveWishes.set(device, value);

      let run = state.candidate;
      let { guard } = state;
      const restrict = (device: DeviceId, wish: DeviceValue) =>
        interlocks === undefined || guard === null ? leaveAlone(device, wish) : interlocks.restrict(guard, device, wish);
      const devices = new Map(state.devices);
      const candidateWishes = new Map(state.candidateWishes);
      // What the real devices did came of the live bundle; the candidate hears of its own.
      const queue: Entry[] = entry.kind === 'device' && known.has(entry.device) ? [] : [entry];
      // Somebody's hand is on both.
      if (entry.kind === 'override') devices.set(entry.device, takeByHand(devices.get(entry.device) ?? idleDevice, entry));
      const { lsn, at, up } = entry;
      for (let rounds = 0; rounds < 100; rounds++) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const stepped = candidate.step(run, next, { epoch });
          run = stepped.state;
          // What the hub says of its own interlocks came of the live bundle; what a person lets go holds for both.
          const isEcho = next.kind === 'interlock' && next.state !== 'clear';
          if (interlocks !== undefined && guard !== null && !isEcho) guard = interlocks.step(guard, next).state;
          for (const { device, value } of stepped.decisions) {
            candidateWishes.set(device, value);
            devices.set(device, { ...(devices.get(device) ?? idleDevice), wish: value });
          }
        }
        for (const device of site.devices) {
          const stepped = stepModelGate(devices.get(device.id) ?? idleDevice, device, restrict, up);
          devices.set(device.id, stepped.state);
          queue.push(...stepped.reports.map((report) => ({ ...report, lsn, at, up })));
        }
        if (queue.length === 0) break;
      }
      const differences = [...known].flatMap((device): Difference[] => {
        const [wasLive, wasCandidate] = [state.liveWishes.get(device), state.candidateWishes.get(device)];
        const [isLive, isCandidate] = [liveWishes.get(device), candidateWishes.get(device)];
        if (isLive === wasLive && isCandidate === wasCandidate) return [];
        const isOver = isLive === isCandidate;
        if (isOver && wasLive === wasCandidate) return [];
        return [{ device, at, lsn, isOver, live: explain(live, liveStep.state, device), candidate: explain(candidate, run, device) }];
      });
      return { state: { live: liveStep.state, candidate: run, guard, devices, liveWishes, candidateWishes }, differences };
    },
  };
};

/** Before anything is decided a device is wished into its safe state. */
const toFallbacks = (plan: Plan, site: SiteModel): ReadonlyMap<DeviceId, DeviceValue> => {
  const start = plan.start();
  return new Map(site.devices.filter(({ id }) => plan.explain(start, id) !== undefined).map(({ id, fallback }) => [id, fallback]));
};

const explain = (plan: Plan, state: EngineState, device: DeviceId): Wished | null => {
  const explanation = plan.explain(state, device);
  return explanation === undefined ? null : { value: explanation.value, why: explanation.because };
};

const leaveAlone = (_device: DeviceId, value: DeviceValue) => ({ value, by: [], why: '', isContradicted: false });
