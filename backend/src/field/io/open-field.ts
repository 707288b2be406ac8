import { isFault, millis, type BusStatus, type PointId } from '@phloem/protocol';
import {
  asyncScheduler,
  combineLatest,
  defer,
  distinctUntilChanged,
  filter,
  from,
  interval,
  map,
  merge,
  mergeMap,
  scan,
  share,
  shareReplay,
  startWith,
  Subject,
  takeUntil,
  tap,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import { createDayText } from '../../devices/time-text.ts';
import type { BusSpec, Site } from '../../site/site.ts';
import type { BusOutcome } from '../bus/bus-state.ts';
import { isNew, isSameStatus, toBusStatus, toCycle } from '../bus/bus-status.ts';
import type { DialLink } from '../bus/field-link.ts';
import type { BusDesk } from '../bus-desk.ts';
import type { FieldPort } from '../field-port.ts';
import { toReadBack, toReadRequest, toWriteOutcome, toWriteRequest } from '../device-outcomes.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { toBusPlans, toRank } from '../poll/bus-plans.ts';
import { pollBlocks, type Polled } from '../poll/poll-blocks.ts';
import { createFedPlaces } from '../readings/fed-places.ts';
import { noAlarms, stepAlarms, type AlarmEvent, type AlarmStep } from '../readings/field-alarms.ts';
import { noRecords, type PointRecords } from '../readings/correct-reading.ts';
import { startReadings, stepReadings, type ReadingsContext, type ReadingsEvent, type ReadingsStep } from '../readings/field-readings.ts';
import { createBusDesk, type DeskBus } from './create-bus-desk.ts';
import { createDial, toConnectTimeout, toQuiet } from './create-dial.ts';
import { openBus, type Bus, type RequestOptions } from './open-bus.ts';

export type FieldOptions = {
  /** Time and timers; the monotonic clock of this process when it is left out. */
  readonly scheduler?: SchedulerLike;
  /** From 0 to 1, for pauses that must not fall together. */
  readonly random?: () => number;
  /** How a bus is dialled; by its transport when it is left out. */
  readonly dial?: (bus: BusSpec, scheduler: SchedulerLike) => DialLink;
  /** What people did to the points; nothing when it is left out. */
  readonly records?: PointRecords;
  /** Milliseconds since 1970; this machine's clock when it is left out. */
  readonly wall?: () => number;
};

/** A clock that no change of the wall clock moves. */
const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
};

const tickMs = 250;
const statusMs = 5_000;
const commandWait = millis(2_000);

/** The field of a site, with what a technician asks of it. */
export type Field = FieldPort & {
  readonly desk: BusDesk;
};

/** A limit of Modbus that a request breaks ends that request, never the poll around it. */
const ask = async (bus: Bus | undefined, request: BusRequest, options: RequestOptions): Promise<BusOutcome> => {
  if (bus === undefined) return { kind: 'failed', code: 'modbus/link', why: 'the site has no such bus', isSent: false };
  try {
    return await bus.request(request, options);
  } catch (error) {
    if (!isFault(error, 'modbus/limits')) throw error;
    return { kind: 'failed', code: 'modbus/mismatch', why: error.message, isSent: false };
  }
};

const toStatus$ = ({ spec, bus, blocks, units }: DeskBus, scheduler: SchedulerLike): Observable<BusStatus> =>
  combineLatest([
    bus.state$.pipe(filter((state) => !isNew(state))),
    interval(statusMs, scheduler).pipe(
      startWith(0),
      map(() => toCycle(blocks, bus.figures())),
    ),
  ]).pipe(
    map(([state, cycleMs]) => toBusStatus(spec.id, units, state, cycleMs)),
    distinctUntilChanged(isSameStatus),
    shareReplay({ bufferSize: 1, refCount: true }),
  );

/** Opens every bus of a site and dials. Polls begin when `frames$` or `deviceReports$` is subscribed. The caller closes it. */
export const openField = (
  site: Site,
  { scheduler = monotonicScheduler, random = Math.random, dial = createDial, records = noRecords, wall = Date.now }: FieldOptions = {},
): Field => {
  const closed$ = new Subject<void>();
  const skipped = new Map<string, number>();
  let favoured: ReadonlySet<PointId> = new Set();
  const plans = toBusPlans(site);
  const buses = site.buses.map((spec): DeskBus => {
    const { answerTimeoutMs } = spec;
    const bus = openBus({
      connectTimeoutMs: toConnectTimeout(spec),
      answerTimeoutMs,
      silenceMs: toQuiet(spec),
      dial: dial(spec, scheduler),
      scheduler,
      random,
    });
    const blocks = plans.find((plan) => plan.bus === spec.id)?.blocks ?? [];
    return { spec, bus, blocks, units: [...new Set(blocks.map((block) => block.unit))] };
  });
  const byId = new Map(buses.map(({ spec, bus }) => [spec.id, bus]));

  const polled$ = merge(
    ...buses.map(({ bus, blocks: own }) =>
      pollBlocks(
        own,
        async (request, options) => ask(bus, request, options),
        scheduler,
        (block) => toRank(block, favoured),
      ),
    ),
  ).pipe(
    tap((polled) => skipped.set(polled.block.bus, (skipped.get(polled.block.bus) ?? 0) + polled.skipped)),
    takeUntil(closed$),
    share(),
  );

  const fed = createFedPlaces(site);
  const toEvent = ({ block, due, outcome }: Polled): ReadingsEvent => ({ type: 'polled', block: { ...block, items: due }, outcome });
  const ticks$ = interval(tickMs, scheduler).pipe(map((): ReadingsEvent => ({ type: 'tick' })));
  const frames$ = defer(() => {
    const context: ReadingsContext = { records, at: wall, toDay: createDayText(site.timeZone) };
    const start: ReadingsStep = { state: startReadings(site, scheduler.now()), drafts: [] };
    return merge(polled$.pipe(map(toEvent)), ticks$).pipe(
      scan((step, event) => stepReadings(site, step.state, event, scheduler.now(), context), start),
      mergeMap(({ drafts }) => from(drafts)),
      takeUntil(closed$),
    );
  });

  return {
    frames$,
    deviceReports$: polled$.pipe(
      mergeMap(({ block, due, outcome }) =>
        due.flatMap((item) => (item.kind === 'device' ? [{ device: item.device, outcome: toReadBack(item.device, block, outcome) }] : [])),
      ),
    ),
    alarms$: defer(() =>
      merge(
        ...buses.map((open) =>
          toStatus$(open, scheduler).pipe(map((status): AlarmEvent => ({ type: 'status', status, units: open.units }))),
        ),
        polled$.pipe(map((polled): AlarmEvent => ({ type: 'polled', polled }))),
      ).pipe(
        scan((step, event) => stepAlarms(step.state, event, fed), { state: noAlarms, drafts: [] } as AlarmStep),
        mergeMap(({ drafts }) => from(drafts)),
        takeUntil(closed$),
      ),
    ),
    status$: merge(...buses.map((open) => toStatus$(open, scheduler))).pipe(takeUntil(closed$)),
    write: async (device, value, guard = {}) => {
      const { mayStill, isUrgent = false } = guard;
      const options = {
        priority: isUrgent ? 'safe' : 'write',
        waitMs: commandWait,
        ...(mayStill === undefined ? {} : { mayStill }),
      } as const;
      try {
        return toWriteOutcome(await ask(byId.get(device.write.bus), toWriteRequest(device, value), options));
      } catch (error) {
        if (!isFault(error, 'modbus/limits')) throw error;
        return { kind: 'refused', why: error.message };
      }
    },
    readBack: async (device) => {
      const request = toReadRequest(device.readBack);
      return toReadBack(device, request, await ask(byId.get(device.readBack.bus), request, { priority: 'read-back', waitMs: commandWait }));
    },
    desk: createBusDesk({
      site,
      buses,
      plans,
      scheduler,
      wall,
      skipped,
      favoured: () => favoured,
      onFavour: (points) => {
        favoured = points;
      },
    }),
    close: async () => {
      closed$.next();
      closed$.complete();
      await Promise.all(buses.map(async ({ bus }) => bus.close()));
    },
  };
};
