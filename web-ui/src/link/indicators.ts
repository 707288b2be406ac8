import type { AutomationStatus, BusStatus, DeviceLayout } from '@phloem/protocol';
import { toCountText } from '../format/duration.ts';

/** How one of the links behind the hub stands, as far as it is known here. */
export type IndicatorView = { readonly state: 'ok' | 'partial' | 'down' | 'unknown'; readonly text: string };

const unknown = (name: string): IndicatorView => ({ state: 'unknown', text: `${name} not known` });

/** An indicator of one bus, or of several that need no attention. */
export type BusIndicator = IndicatorView & { readonly key: string };

/** So many buses are named one by one while they need no attention. */
const maxNamedBuses = 4;

/** Hub to instruments: each bus, those that need attention first. Without a hub that is heard nobody knows. */
export const toBusIndicators = (buses: readonly BusStatus[], isHeard: boolean): readonly BusIndicator[] => {
  if (!isHeard || buses.length === 0) return [{ key: 'all', ...unknown('bus') }];
  const indicators = buses.map((bus) => ({ key: bus.bus, ...toBusIndicator(bus) }));
  const ok = indicators.filter(({ state }) => state === 'ok');
  const isSummary = buses.length > maxNamedBuses && ok.length > 1;
  return [
    ...indicators.filter(({ state }) => state === 'down'),
    ...indicators.filter(({ state }) => state === 'partial'),
    ...(isSummary ? [{ key: 'ok', state: 'ok' as const, text: `${ok.length} buses` }] : ok),
  ];
};

const toBusIndicator = (bus: BusStatus): IndicatorView => {
  const name = toBusName(bus);
  if (bus.state === 'down') return { state: 'down', text: `${name} does not answer` };
  if (bus.state === 'up') return { state: 'ok', text: name };
  const units = bus.silentUnits;
  if (units.length === 0) return { state: 'partial', text: `${name} answers in part` };
  return { state: 'partial', text: `${name}: ${units.length === 1 ? 'unit' : 'units'} ${units.join(', ')} silent` };
};

const toBusName = ({ bus }: BusStatus): string => (bus.startsWith('bus') ? bus.replaceAll('_', ' ') : `bus ${bus}`);

/** Hub to automation: who is in command, or for how long nobody has been and what the devices do about it. */
export const toAutomationIndicator = (
  automation: readonly AutomationStatus[],
  devices: readonly DeviceLayout[],
  isHeard: boolean,
  at: number,
): IndicatorView => {
  if (!isHeard) return unknown('automation');
  if (automation.length === 0) return { state: 'down', text: 'automation not connected yet' };
  const orphan = automation.find(({ holder }) => holder === null);
  if (orphan === undefined) {
    const revisions = automation.flatMap(({ bundle }) => (bundle === null ? [] : [bundle.revision]));
    return {
      state: 'ok',
      text: revisions.length === 0 ? 'automation ok, no rules' : `automation rev ${[...new Set(revisions)].join(', ')}`,
    };
  }
  if (orphan.since === null) return { state: 'down', text: 'automation not connected yet' };
  const goneMs = at - orphan.since;
  const afterMs = Math.min(...devices.map(({ failSafe }) => failSafe.afterMs));
  if (!Number.isFinite(afterMs)) return { state: 'down', text: `automation gone ${toCountText(goneMs)}` };
  const rest = afterMs - goneMs;
  const what = rest > 0 ? `devices fall back in ${toCountText(rest + 999)}` : 'devices are in fail-safe';
  return { state: 'down', text: `automation gone ${toCountText(goneMs)} — ${what}` };
};
