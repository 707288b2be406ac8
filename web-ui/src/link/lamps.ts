import type { AutomationStatus, BusStatus, DeviceLayout } from '@phloem/protocol';
import { toCountText } from '../words/duration.ts';

/** How one of the links behind the hub stands, as far as it is known here. */
export type LampView = { readonly state: 'ok' | 'partial' | 'down' | 'unknown'; readonly text: string };

const unknown = (name: string): LampView => ({ state: 'unknown', text: `${name} not known` });

/** Hub to instruments. Without a hub that is heard nobody knows. */
export const toBusLamp = (buses: readonly BusStatus[], isHeard: boolean): LampView => {
  if (!isHeard || buses.length === 0) return unknown('bus');
  const down = buses.find(({ state }) => state === 'down');
  if (down !== undefined) return { state: 'down', text: `${toBusName(down)} no answer` };
  const partial = buses.find(({ state }) => state === 'partial');
  if (partial !== undefined) {
    const units = partial.silentUnits;
    const named = `${units.length === 1 ? 'unit' : 'units'} ${units.join(', ')}`;
    return { state: 'partial', text: `${toBusName(partial)} ${units.length === 0 ? 'in part' : `${named} silent`}` };
  }
  const [only, ...others] = buses;
  if (only === undefined || others.length > 0) return { state: 'ok', text: `${buses.length} buses ok` };
  return { state: 'ok', text: `${toBusName(only)} ${only.cycleMs === null ? 'ok' : `${Math.round(only.cycleMs)} ms`}` };
};

const toBusName = ({ bus }: BusStatus): string => (bus.startsWith('bus') ? bus.replaceAll('_', ' ') : `bus ${bus}`);

/** Hub to automation: who is in command, or for how long nobody has been and what the devices do about it. */
export const toAutomationLamp = (
  automation: readonly AutomationStatus[],
  devices: readonly DeviceLayout[],
  isHeard: boolean,
  at: number,
): LampView => {
  if (!isHeard) return unknown('automation');
  if (automation.length === 0) return { state: 'down', text: 'automation has not come yet' };
  const orphan = automation.find(({ holder }) => holder === null);
  if (orphan === undefined) {
    const revisions = automation.flatMap(({ bundle }) => (bundle === null ? [] : [bundle.revision]));
    return {
      state: 'ok',
      text: revisions.length === 0 ? 'automation ok, no rules' : `automation rev ${[...new Set(revisions)].join(', ')}`,
    };
  }
  if (orphan.since === null) return { state: 'down', text: 'automation has not come yet' };
  const goneMs = at - orphan.since;
  const afterMs = Math.min(...devices.map(({ failSafe }) => failSafe.afterMs));
  if (!Number.isFinite(afterMs)) return { state: 'down', text: `automation gone ${toCountText(goneMs)}` };
  const rest = afterMs - goneMs;
  const what = rest > 0 ? `devices fall back in ${toCountText(rest + 999)}` : 'devices are in fail-safe';
  return { state: 'down', text: `automation gone ${toCountText(goneMs)} — ${what}` };
};
