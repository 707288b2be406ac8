import type { DeviceId, DeviceValue, Entry, Epoch } from '@phloem/protocol';
import {
  createReplay,
  type EngineState,
  type InterlockPlan,
  type Plan,
  type ReplayState,
  type ReplayStep,
  type SiteModel,
} from '@phloem/rules';

/** What one side requests for a device, and why. */
export type Requested = { readonly value: DeviceValue; readonly why: string };

/** A device for which the candidate requests something else, from this entry on; or, with `isOver`, no longer does. */
export type Difference = {
  readonly device: DeviceId;
  readonly at: number;
  readonly lsn: number;
  readonly isOver: boolean;
  /** Null where that side has no business with the device. */
  readonly live: Requested | null;
  readonly candidate: Requested | null;
};

/** Both bundles between two entries. */
export type ShadowState = {
  readonly live: ReplayState;
  /** With devices of its own: they do what it requests, within their limits, and nothing is written anywhere. */
  readonly candidate: ReplayState;
  readonly liveRequests: ReadonlyMap<DeviceId, DeviceValue>;
  readonly candidateRequests: ReadonlyMap<DeviceId, DeviceValue>;
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

/** Two bundles over the same entries: the live one with the recorded devices, and a candidate with modelled ones. */
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
  const recorded = createReplay({ plan: live, site, gate: 'recorded' });
  const modelled = createReplay({ plan: candidate, site, gate: 'modelled', ...(interlocks === undefined ? {} : { interlocks }) });
  return {
    start: () => ({
      live: recorded.start(),
      candidate: modelled.start(),
      liveRequests: toFallbacks(live, site),
      candidateRequests: toFallbacks(candidate, site),
    }),
    step: (state, entry, epoch) => {
      const { at, lsn } = entry;
      const liveStep = recorded.step(state.live, entry, epoch);
      const candidateStep = modelled.step(state.candidate, entry, epoch);
      const liveRequests = noteRequests(state.liveRequests, liveStep);
      const candidateRequests = noteRequests(state.candidateRequests, candidateStep);
      const differences = [...known].flatMap((device): Difference[] => {
        const [wasLive, wasCandidate] = [state.liveRequests.get(device), state.candidateRequests.get(device)];
        const [isLive, isCandidate] = [liveRequests.get(device), candidateRequests.get(device)];
        if (isLive === wasLive && isCandidate === wasCandidate) return [];
        const isOver = isLive === isCandidate;
        if (isOver && wasLive === wasCandidate) return [];
        return [
          {
            device,
            at,
            lsn,
            isOver,
            live: explain(live, liveStep.state.run, device),
            candidate: explain(candidate, candidateStep.state.run, device),
          },
        ];
      });
      return { state: { live: liveStep.state, candidate: candidateStep.state, liveRequests, candidateRequests }, differences };
    },
  };
};

/** Before anything is decided a device is requested into its safe state. */
const toFallbacks = (plan: Plan, site: SiteModel): ReadonlyMap<DeviceId, DeviceValue> => {
  const start = plan.start();
  return new Map(site.devices.filter(({ id }) => plan.explain(start, id) !== undefined).map(({ id, fallback }) => [id, fallback]));
};

const explain = (plan: Plan, state: EngineState, device: DeviceId): Requested | null => {
  const explanation = plan.explain(state, device);
  return explanation === undefined ? null : { value: explanation.value, why: explanation.because };
};

const noteRequests = (before: ReadonlyMap<DeviceId, DeviceValue>, { taken }: ReplayStep): ReadonlyMap<DeviceId, DeviceValue> => {
  const decisions = taken.flatMap(({ result }) => result.decisions);
  return decisions.length === 0 ? before : new Map([...before, ...decisions.map(({ device, value }) => [device, value] as const)]);
};
