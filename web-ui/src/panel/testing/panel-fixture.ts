import {
  textReason,
  type AlarmStatus,
  type Changes,
  type DeviceState,
  type PointState,
  type SiteLayout,
  type Snapshot,
} from '@phloem/protocol';
import type { LinkReport } from '../../link/link-view.ts';
import { emptyPanel, stepPanel, type PanelEvent, type PanelState } from '../../state/panel-state.ts';
import { toPanelView, type PanelView } from '../panel-view.ts';

// A site of two rooms, what its hub sends, and a panel that has received it.

/** 23 November 2026, 13:00 UTC. */
export const at = 1_795_438_800_000;
export const temperature = 'flower_room/front/temperature';
export const heater = 'flower_room/heater';
export const site: SiteLayout = {
  hash: 'a',
  revision: 3,
  title: 'Demonstration',
  timeZone: 'Europe/Berlin',
  isDemonstration: true,
  locations: [
    { id: 'flower_room', title: 'Flower room' },
    { id: 'cold_store', title: 'Cold store' },
  ],
  points: [
    { id: temperature, quantity: 'temperature', intervalMs: 1000, decimals: 1, title: 'Air', isDerived: false, range: null },
    {
      id: 'cold_store/air/temperature',
      quantity: 'temperature',
      intervalMs: 1000,
      decimals: 1,
      title: 'Air',
      isDerived: false,
      range: null,
    },
  ],
  devices: [
    {
      id: heater,
      kind: 'switch',
      title: 'Heater',
      power: null,
      failSafe: { afterMs: 10_000, value: false },
      limits: { maxOverrideMs: 86_400_000 },
    },
  ],
};
export const point = (part: Partial<PointState> = {}): PointState => ({
  id: temperature,
  v: 24.7,
  q: 'good',
  lsn: 100,
  reported: 50_000,
  changed: 50_000,
  ...part,
});
export const device: DeviceState = {
  id: heater,
  requested: true,
  written: true,
  confirmed: true,
  phase: 'confirmed',
  by: { kind: 'hub' },
  why: textReason('too cold'),
  since: at - 60_000,
  lsn: 90,
};
export const alarm = (part: Partial<AlarmStatus> = {}): AlarmStatus => ({
  alarm: 'device/flower_room/heater/discrepancy',
  state: 'active',
  priority: 'P2',
  why: textReason('reads off'),
  since: at - 30_000,
  raised: at - 30_000,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 95,
  ...part,
});
export const snapshot: Snapshot = {
  sub: 'panel',
  version: 100,
  at,
  up: 50_000,
  points: [point(), point({ id: 'cold_store/air/temperature', v: 4.2 })],
  devices: [device],
  alarms: [],
  values: [],
  buses: [{ bus: 'simulator', state: 'up', silentUnits: [], cycleMs: 200 }],
  automation: [{ scope: 'flower_room', holder: 'automation-1', term: 2, bundle: { hash: 'b', revision: 41 }, since: at - 99_000 }],
  overrides: [],
  offsets: [],
  interlocks: [],
  site,
};
export const changes = (part: Partial<Changes>): Changes => ({
  sub: 'panel',
  version: 101,
  from: 100,
  at: at + 1000,
  up: 51_000,
  points: [],
  devices: [],
  alarms: [],
  values: [],
  buses: [],
  automation: [],
  overrides: [],
  offsets: [],
  interlocks: [],
  ...part,
});
export const ready: LinkReport = { phase: 'ready', sinceAt: 900, retryAt: null, bye: null, roundTripMs: 4, hubClock: null };
export const run = (events: readonly PanelEvent[], from: PanelState = emptyPanel): PanelState =>
  events.reduce((state, event) => stepPanel(state, event), from);
export const live = run([
  { kind: 'status', report: ready },
  { kind: 'snapshot', message: snapshot, running: 1000 },
]);
/** The view so many milliseconds of the browser's running time after the snapshot came. */
export const viewAfter = (ms: number, state: PanelState = live): PanelView => toPanelView(state, { running: 1000 + ms, wall: at + ms });
export const firstPoint = (view: PanelView) => view.tiles[0]?.clusters[0]?.points[0];
