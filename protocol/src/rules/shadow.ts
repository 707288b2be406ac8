import type { DeviceValue, Entry } from '../entry.ts';
import type { DeviceId, Epoch, Lsn } from '../names.ts';
import type { EngineState } from './plan/memory.ts';
import type { Plan } from './plan/plan.ts';

/** What one of two plans wishes for a device, and why. */
export type ShadowWish = { readonly value: DeviceValue; readonly because: string };

/** A moment at which the two began to wish different things for a device, or came to agree again. */
export type ShadowDifference = {
  readonly device: DeviceId;
  readonly lsn: Lsn;
  readonly at: number;
  readonly kind: 'apart' | 'agreed';
  /** Undefined where the device is not that plan's business. */
  readonly active: ShadowWish | undefined;
  readonly candidate: ShadowWish | undefined;
};

export type ShadowState = {
  readonly active: EngineState;
  readonly candidate: EngineState;
  /** The devices that are wished differently now. */
  readonly apart: ReadonlySet<DeviceId>;
};

/** Two plans over the same entries. */
export type Shadow = {
  readonly start: () => ShadowState;
  readonly step: (
    state: ShadowState,
    entry: Entry,
    position: { readonly epoch: Epoch },
  ) => { readonly state: ShadowState; readonly differences: readonly ShadowDifference[] };
};

/**
 * Runs a candidate beside what is active, over the same entries, and tells each difference with both reasons. It decides
 * nothing: a shadow can tell what it would do, not how the room would answer.
 */
export const createShadow = (active: Plan, candidate: Plan, devices: readonly DeviceId[]): Shadow => {
  const wishOf = (plan: Plan, state: EngineState, device: DeviceId): ShadowWish | undefined => {
    const explanation = plan.explain(state, device);
    return explanation === undefined ? undefined : { value: explanation.value, because: explanation.because };
  };
  return {
    start: () => ({ active: active.start(), candidate: candidate.start(), apart: new Set() }),
    step: (state, entry, position) => {
      const [ours, theirs] = [active.step(state.active, entry, position), candidate.step(state.candidate, entry, position)];
      const next = { active: ours.state, candidate: theirs.state };
      // Only what one of the two has just decided can have come apart or together.
      const decided = new Set([...ours.decisions, ...theirs.decisions].map((decision) => decision.device));
      const apart = new Set(state.apart);
      const differences: ShadowDifference[] = [];
      for (const device of devices) {
        if (!decided.has(device)) continue;
        const [a, b] = [wishOf(active, next.active, device), wishOf(candidate, next.candidate, device)];
        const isApart = a?.value !== b?.value;
        if (isApart === state.apart.has(device)) continue;
        if (isApart) apart.add(device);
        else apart.delete(device);
        differences.push({ device, lsn: entry.lsn, at: entry.at, kind: isApart ? 'apart' : 'agreed', active: a, candidate: b });
      }
      return { state: { ...next, apart }, differences };
    },
  };
};
