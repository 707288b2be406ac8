import { distinctUntilChanged, interval, map, observeOn, type SchedulerLike, startWith, Subscription } from 'rxjs';
import { createTimeText, minutes, type Limits, type NodeId, type RunId } from '@phloem/protocol';
import { createAlarmService, type AlarmService } from '../alarms/alarm-service.ts';
import { createAlarmWatch } from '../alarms/run-alarms.ts';
import { createBridgeService, type BridgeService } from '../bridges/bridge-service.ts';
import { createCursorService, type CursorService } from '../cursors/cursor-service.ts';
import { createDeviceGate } from '../devices/run-device-gate.ts';
import type { DeviceGate, GateOperator } from '../devices/device-gate.ts';
import { stepFeedback, type FeedbackMismatches } from '../devices/step-feedback.ts';
import type { BusDiagnostics } from '../field/bus-diagnostics.ts';
import type { FieldPort } from '../field/field-port.ts';
import { compileSiteInterlocks } from '../interlocks/compile-site-interlocks.ts';
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
import { runRawWatches } from '../sessions/run-raw-watches.ts';
import { catchUpView, runSessions } from '../sessions/run-sessions.ts';
import { createRequestService, type RequestService } from '../requests/request-service.ts';
import { createPointRegistry, type PointRegistry } from '../records/point-registry.ts';
import { createRecordService, type RecordService } from '../records/record-service.ts';
import { createOffsetService, type OffsetService } from '../setpoints/offset-service.ts';
import type { Site } from '../site/site.ts';
import { endlessSpace, type DataSpace } from '../store/disk-space.ts';
import type { HubStore } from '../store/hub-store.ts';
import { HubView } from '../view/hub-view.ts';
import { activateSite } from './activate-site.ts';
import { toFavouredPoints, toLiveBundles } from './favoured-points.ts';
import { createHubChecks, toStartAlarms } from './hub-checks.ts';
import { createPulse } from './pulse.ts';
import { retention, runRetention } from './run-retention.ts';

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

/** How often it is stored how things stand; a start reads the log from there. */
const snapshotEveryMs = minutes(1);
/** How often it is looked whether a point is back in use or overdue for calibration, and whether an offset or a shelving is over. */
const pollEveryMs = 1000;
/** How often it is looked whether a bridge is behind. */
const checkBridgesEveryMs = 5000;
/** Over how long the nodes are asked to spread their return. */
const returnSpreadMs = 1000;

/** Starts a hub over its parts. */
export const runHub = (parts: HubParts): Hub => {
  const { store, site, field, transport, scheduler, random, createId, authenticate, nodeId, run, notice } = parts;
  const { log, clock } = store;
  const { revision, remembered, standing, view: past } = activateSite({ store, site, text: parts.siteText });

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
  const isAlarmClear = (alarm: string): boolean => view.alarmState(alarm) === 'cleared';
  const records = createRecordService({ store, registry, site, isAlarmClear });
  catchUpView(view, log);
  const plans = createLivePlans({ store, site, view: () => view });
  const offsets = createOffsetService({ store, view, plans, toTimeText });
  const alarms = createAlarmService({ log, clock, view });

  const ingest = field.sent === undefined ? null : new IngestReceiver({ store, site, sent: field.sent, records: registry });
  if (field.sent !== undefined) recallSent(site.points, { view, sent: field.sent, up: clock.up() });

  const watches = parts.diagnostics === undefined ? null : runRawWatches({ diagnostics: parts.diagnostics, clock, scheduler });
  const sessions = new HubSessions({
    store,
    leases,
    gate,
    view,
    alarms: alarmWatch,
    clock,
    authenticate,
    createId,
    hub: { nodeId, run },
    leaseMs: 3000,
    notice,
    ...(parts.limits && { limits: parts.limits }),
    ...(watches && { watches }),
    ...(ingest && { ingest }),
  });
  const running = new Subscription();
  running.add(runSessions({ transport, sessions, leases, log, view, durable$: store.durable$, scheduler }));
  running.add(createPulse({ store, scheduler }).subscribe());
  const keepStanding = (): void => {
    for (;;) {
      const entries = log.read(Math.max(standing.lsn, log.first - 1), { entries: 4096, bytes: 4 * 1024 * 1024 });
      if (entries.length === 0) break;
      for (const entry of entries) standing.apply(entry);
    }
    const pauses = parts.diagnostics?.pauses() ?? [];
    store.standing.put({ ...standing.toStored(), watching: alarmWatch.toStored(), ...(pauses.length > 0 && { pauses }) });
  };
  keepStanding();
  running.add(interval(snapshotEveryMs, scheduler).subscribe(keepStanding));
  const hasFeedback = site.devices.some(({ feedback }) => feedback !== undefined);
  const titles = new Map(site.points.map(({ id, title }) => [id, title]));
  let mismatches: FeedbackMismatches = new Map();
  const checkFeedback = (): void => {
    const step = stepFeedback(site.devices, mismatches, {
      up: clock.up(),
      states: gate.states(),
      points: view.points(),
      titleOf: (id) => titles.get(id) ?? id,
      alarmState: (alarm) => view.alarmState(alarm),
    });
    ({ mismatches } = step);
    if (step.drafts.length > 0) log.append(step.drafts);
  };
  const look = createHubChecks({
    clock,
    append: (drafts) => void log.append(drafts),
    facts: () => ({
      automation: view.automation(),
      devices: site.devices,
      renewedUp: (device) => leases.renewedUp(device),
      overridden: new Set(view.overrides().map(({ device }) => device)),
      alarm: (alarm) => view.alarm(alarm),
    }),
  });
  running.add(
    interval(pollEveryMs, scheduler).subscribe(() => {
      if (hasFeedback) checkFeedback();
      look();
      records.look();
      offsets.look();
      alarms.look();
      if (parts.isLive !== undefined) sessions.endExpired(parts.isLive);
    }),
  );
  running.add(runRetention({ store, space: parts.space ?? endlessSpace, view, scheduler }));
  const bundles$ = log.head$.pipe(
    startWith(log.head),
    map(() => toLiveBundles(view)),
    distinctUntilChanged((a, b) => a.join() === b.join()),
  );
  // After whatever is under way: what the new rules no longer allow is taken back by an entry of its own.
  running.add(bundles$.pipe(observeOn(scheduler)).subscribe(() => offsets.look()));
  const { diagnostics } = parts;
  if (diagnostics !== undefined) {
    running.add(
      bundles$.subscribe((bundles) =>
        diagnostics.favour(toFavouredPoints(bundles, { documents: store.documents, interlocks: site.interlocks, alarms: site.alarms })),
      ),
    );
  }
  running.add(field.frames$.subscribe((frame) => log.append([frame])));
  running.add(field.status$.subscribe((status) => view.applyBus(status)));
  running.add(
    field.alarms$?.subscribe((alarm) => {
      if ((view.alarmState(alarm.alarm) === 'cleared') !== (alarm.state === 'cleared')) log.append([alarm]);
    }),
  );

  const alarmState = (alarm: string) => view.alarmState(alarm);
  const cursors = createCursorService({ store, limits: retention, readsBy: (name) => sessions.readsBy(name), alarmState });
  const bridges = createBridgeService({ store, cursors: () => cursors.list(), alarms: () => view.alarms(), alarmState });
  const requests = createRequestService({ store, leases, gate, createId, toTimeText });
  running.add(leases.grants$.subscribe(({ session }) => requests.forget(session)));
  running.add(interval(checkBridgesEveryMs, scheduler).subscribe(() => bridges.look()));

  return {
    view,
    gate,
    leases,
    interlocks,
    sessions,
    records,
    plans,
    offsets,
    alarms,
    ingest,
    cursors,
    bridges,
    requests,
    stop: async ({ outputs }) => {
      leases.close();
      offsets.close();
      await (outputs === 'safe' ? gate.driveSafe() : gate.drain());
      sessions.drain(returnSpreadMs, random, outputs === 'safe' ? 'the hub is ending' : 'the hub is restarting');
      gate.close();
      interlocks.close();
      alarmWatch.close();
      running.unsubscribe();
      watches?.close();
      await Promise.all([transport.close(), field.close()]);
      await store.sync();
    },
  };
};
