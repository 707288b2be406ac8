import { interval, type SchedulerLike, Subscription } from 'rxjs';
import { createTimeText, type Limits, type NodeId, type RunId } from '@phloem/protocol';
import { openStallWatch, type StallWatch } from '@phloem/reconnect';
import { createAlarmService, type AlarmService } from '../alarms/alarm-service.ts';
import type { AlarmWatch } from '../alarms/alarm-watch.ts';
import { createAlarmWatch } from '../alarms/run-alarms.ts';
import { createBridgeService, type BridgeService } from '../bridges/bridge-service.ts';
import { createCursorService, type CursorService } from '../cursors/cursor-service.ts';
import { createDeviceGate } from '../devices/run-device-gate.ts';
import type { DeviceGate, GateOperator } from '../devices/device-gate.ts';
import { createFeedbackLook } from '../devices/feedback-look.ts';
import type { BusDiagnostics } from '../field/bus-diagnostics.ts';
import type { FieldPort } from '../field/field-port.ts';
import { compileSiteInterlocks } from '../interlocks/compile-site-interlocks.ts';
import { lookForSilentSources } from './look-for-silent-sources.ts';
import { IngestReceiver, type IngestService } from '../ingest/ingest-service.ts';
import { recallSent } from '../ingest/recall-sent.ts';
import type { InterlockService } from '../interlocks/interlock-service.ts';
import { createInterlockService } from '../interlocks/run-interlocks.ts';
import type { LeaseService } from '../leases/lease-service.ts';
import { createLeaseService } from '../leases/run-lease-service.ts';
import { createLivePlans, type LivePlans } from '../documents/live-plans.ts';
import { HubSessions, type SessionNotice } from '../sessions/hub-sessions.ts';
import type { HubTransport } from '../sessions/hub-transport.ts';
import type { Authenticate } from '../sessions/judge-greeting.ts';
import type { RawWatches } from '../sessions/run-raw-watches.ts';
import { runRawWatches } from '../sessions/run-raw-watches.ts';
import { catchUpView, runSessions } from '../sessions/run-sessions.ts';
import { createRequestService, type RequestService } from '../requests/request-service.ts';
import { createPointRegistry, type PointRegistry } from '../records/point-registry.ts';
import { createRecordService, type RecordService } from '../records/record-service.ts';
import { createOffsetService, type OffsetService } from '../setpoints/offset-service.ts';
import type { Site } from '../site/site.ts';
import type { RetainLimits } from '../log/retention.ts';
import { endlessSpace, type DataSpace } from '../store/disk-space.ts';
import type { HubStore } from '../store/hub-store.ts';
import { HubView } from '../view/hub-view.ts';
import { activateSite } from './activate-site.ts';
import { createHubChecks, toStartAlarms } from './hub-checks.ts';
import { createPulse } from './pulse.ts';
import { runFieldEntries } from './run-field-entries.ts';
import { runLiveBundles } from './run-live-bundles.ts';
import { defaultRetention, runRetention } from './run-retention.ts';
import { runSnapshots } from './run-snapshots.ts';
import { runStallAlarm } from './run-stall-alarm.ts';

/** What a hub is made of; everything that touches the world comes in here. */
export type HubParts = {
  readonly store: HubStore;
  readonly site: Site;
  /** The site's canonical text, to be had by its hash. */
  readonly siteText: string;
  readonly field: FieldPort;
  /** What technicians ask of the buses; without it nobody can watch them. */
  readonly diagnostics?: BusDiagnostics;
  /** What people did to the points: the one that the field reads; one of its own where the field reads none. */
  readonly registry?: PointRegistry;
  readonly transport: HubTransport;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  /** A new unguessable name of 16 characters. */
  readonly createId: () => string;
  readonly authenticate: Authenticate;
  /** Whether a credential is still good; without it none expires. Asked once a second for those that sessions came by. */
  readonly isLive?: (credential: string) => boolean;
  readonly nodeId: NodeId;
  readonly run: RunId;
  readonly notice: (notice: SessionNotice) => void;
  /** Whether the panel must say that this is a demonstration. */
  readonly isDemonstration?: boolean;
  /** How much may be under way to a session; the protocol's defaults when not said. */
  readonly limits?: Limits;
  /** The disk under the store; endless when not said. */
  readonly space?: DataSpace;
  /** Raises an alarm when the process is held up for so long; without it, none. For a hub that shares its process with other work. */
  readonly stallAlarmMs?: number | undefined;
  /** What the log keeps; 35 days and 8 GiB when not said. */
  readonly retention?: RetainLimits;
};

/** A hub that runs. */
export type Hub = {
  readonly view: HubView;
  readonly gate: DeviceGate & GateOperator;
  readonly leases: LeaseService;
  readonly interlocks: InterlockService;
  readonly sessions: HubSessions;
  readonly records: RecordService;
  readonly plans: LivePlans;
  /** Compiles the alarms of a bundle ahead of the switch to it. */
  readonly prepareAlarms: AlarmWatch['prepare'];
  readonly offsets: OffsetService;
  readonly alarms: AlarmService;
  /** What takes the readings of sources in; null where the field takes none. */
  readonly ingest: IngestService | null;
  readonly cursors: CursorService;
  readonly bridges: BridgeService;
  /** What programs without a link request. */
  readonly requests: RequestService;
  /**
   * Ends it in order: takes no new commands, finishes the write in flight, drives the outputs safe when asked, says
   * farewell. The store stays open; it is its owner's.
   */
  stop(how: { readonly outputs: 'keep' | 'safe' }): Promise<void>;
};

/** How often it is looked whether a point is back in use or overdue for calibration, and whether an offset or a shelving is over. */
const pollEveryMs = 1000;
/** Over how long the nodes are asked to spread their return. */
const returnSpreadMs = 1000;
const leaseMs = 3000;
/** How often it is looked whether a bridge is behind. */
const checkBridgesEveryMs = 5000;

/** Starts a hub over its parts. */
export const runHub = (parts: HubParts): Hub => {
  const past = activateSite({ store: parts.store, site: parts.site, text: parts.siteText });
  const control = createControl(parts, past);
  const stalls = openStallWatch(() => parts.store.clock.up(), parts.scheduler);
  const features = createFeatures(parts, past, control, stalls);
  const watches =
    parts.diagnostics === undefined
      ? null
      : runRawWatches({ diagnostics: parts.diagnostics, clock: parts.store.clock, scheduler: parts.scheduler });
  const sessions = createSessions(parts, control, features, watches);
  const running = runFeatures(parts, { ...control, ...features, sessions, standing: past.standing });
  const { view } = features;
  const alarmState = (alarm: string) => view.alarmState(alarm);
  const cursors = createCursorService({
    store: parts.store,
    limits: parts.retention ?? defaultRetention,
    readsBy: (name) => sessions.readsBy(name),
    alarmState,
  });
  const bridges = createBridgeService({ store: parts.store, cursors: () => cursors.list(), alarms: () => view.alarms(), alarmState });
  const { leases, gate } = control;
  const requests = createRequestService({
    store: parts.store,
    leases,
    gate,
    createId: parts.createId,
    toTimeText: createTimeText(parts.site.timeZone),
  });
  running.add(leases.grants$.subscribe(({ session }) => requests.forget(session)));
  running.add(interval(pollEveryMs, parts.scheduler).subscribe(() => parts.isLive && requests.endExpired(parts.isLive)));
  running.add(interval(checkBridgesEveryMs, parts.scheduler).subscribe(() => bridges.look()));
  return {
    ...control,
    ...features,
    prepareAlarms: (...bundle) => control.alarmWatch.prepare(...bundle),
    sessions,
    cursors,
    bridges,
    requests,
    stop: async ({ outputs }) => {
      const { interlocks, alarmWatch } = control;
      leases.close();
      features.offsets.close();
      await (outputs === 'safe' ? gate.driveSafe() : gate.drain());
      sessions.drain(returnSpreadMs, parts.random, outputs === 'safe' ? 'the hub is ending' : 'the hub is restarting');
      gate.close();
      interlocks.close();
      alarmWatch.close();
      running.unsubscribe();
      stalls.close();
      watches?.close();
      await Promise.all([parts.transport.close(), parts.field.close()]);
      await parts.store.sync();
    },
  };
};

type Past = ReturnType<typeof activateSite>;

/** What decides about devices: leases, interlocks, gate and alarms, over what the log remembers. */
const createControl = ({ store, site, field, scheduler }: HubParts, { remembered, standing }: Past) => {
  const { log, clock } = store;
  const startAlarms = toStartAlarms(remembered, clock);
  if (startAlarms.length > 0) log.append(startAlarms);
  const leases = createLeaseService({ store, clock, scheduler, past: remembered });
  const interlockPlan = compileSiteInterlocks(site);
  const interlocks = createInterlockService({ store, plan: interlockPlan, past: remembered, clock });
  const toTimeText = createTimeText(site.timeZone);
  const gate = createDeviceGate({
    store,
    field,
    leases,
    interlocks,
    devices: site.devices,
    past: remembered,
    clock,
    scheduler,
    toTimeText,
  });
  const alarmWatch = createAlarmWatch({
    store,
    site,
    stored: store.standing.get()?.watching ?? null,
    past: remembered,
    standing,
    interlocks: interlockPlan.alarms,
  });
  return { leases, interlocks, gate, alarmWatch };
};
type Control = ReturnType<typeof createControl>;

/** What people and programs see and ask for. */
const createFeatures = (
  parts: HubParts,
  { revision, remembered, standing, view: past }: Past,
  { gate, interlocks }: Control,
  stalls: StallWatch,
) => {
  const { store, site, field } = parts;
  const { log, clock } = store;
  const view = new HubView({
    site: { ...site, isDemonstration: parts.isDemonstration ?? site.isDemonstration },
    revision,
    clock,
    deviceStates: () => gate.states(),
    interlocks: () => interlocks.status(),
  });
  past(view);
  const registry = parts.registry ?? createPointRegistry(clock, site.timeZone);
  for (const entry of standing.totals()) registry.apply(entry);
  for (const entry of remembered) registry.apply(entry);
  const records = createRecordService({ store, registry, site, isAlarmClear: (alarm) => view.alarmState(alarm) === 'cleared' });
  catchUpView(view, log);
  const plans = createLivePlans({ store, site, view });
  // Compiled here, while nothing waits for this thread yet.
  plans.all();
  if (field.sent !== undefined) recallSent(site.points, { view, sent: field.sent, up: clock.up() });
  return {
    view,
    records,
    plans,
    offsets: createOffsetService({ store, view, plans, toTimeText: createTimeText(site.timeZone) }),
    alarms: createAlarmService({ log, clock, view }),
    ingest:
      field.sent === undefined ? null : new IngestReceiver({ store, site, sent: field.sent, records: registry, waitedMs: stalls.waitedMs }),
  };
};
type Features = ReturnType<typeof createFeatures>;

const createSessions = (
  { store, authenticate, createId, nodeId, run, notice, limits }: HubParts,
  { leases, gate, alarmWatch }: Control,
  { view, ingest }: Features,
  watches: RawWatches | null,
): HubSessions =>
  new HubSessions({
    store,
    leases,
    gate,
    view,
    alarms: alarmWatch,
    clock: store.clock,
    authenticate,
    createId,
    hub: { nodeId, run },
    leaseMs,
    notice,
    ...(limits && { limits }),
    ...(watches && { watches }),
    ...(ingest && { ingest }),
  });

/** Starts the loops of all features. */
const runFeatures = (
  parts: HubParts,
  features: Control & Features & { readonly sessions: HubSessions; readonly standing: Past['standing'] },
): Subscription => {
  const { store, site, field, transport, scheduler, diagnostics, isLive } = parts;
  const { log, clock } = store;
  const { sessions, leases, gate, alarmWatch, view, records, offsets, alarms, ingest, standing } = features;
  const running = new Subscription();
  running.add(runSessions({ transport, sessions, leases, log, view, durable$: store.durable$, scheduler }));
  running.add(createPulse({ store, scheduler }).subscribe());
  running.add(runSnapshots({ store, standing, alarmWatch, pauses: () => diagnostics?.pauses() ?? [], scheduler }));
  const looks = [
    createFeedbackLook({ log, clock, site, gate, view }),
    createHubChecks({ log, clock, devices: site.devices, view, leases }),
    () => records.look(),
    () => offsets.look(),
    () => alarms.look(),
    () => ingest && lookForSilentSources({ ingest, log, view }),
    () => isLive && sessions.endExpired(isLive),
  ];
  running.add(interval(pollEveryMs, scheduler).subscribe(() => looks.forEach((look) => look())));
  running.add(runRetention({ store, space: parts.space ?? endlessSpace, limits: parts.retention ?? defaultRetention, view, scheduler }));
  running.add(runLiveBundles({ log, documents: store.documents, site, view, offsets, diagnostics, scheduler }));
  running.add(runFieldEntries({ field, log, view }));
  if (parts.stallAlarmMs !== undefined) running.add(runStallAlarm({ store, view, scheduler, raiseMs: parts.stallAlarmMs }));
  return running;
};
