import { type DeviceValue, type BusStatus, createDayText, isFault, millis, type PointId } from '@phloem/protocol';
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
import { type BusPlan, toBusPlans, toRank } from '../poll/bus-plans.ts';
import { type BlockRegistry, createBlockRegistry } from '../poll/block-registry.ts';
import { type FedPlaces, createFedPlaces } from '../readings/fed-places.ts';
import type { WriteOutcome, ReadBackOutcome, FieldPort, WriteGuard } from '../field-port.ts';
import type { DeviceSpec, BusSpec, Site } from '../../site/site.ts';
import { toWired } from '../../site/to-relays.ts';
import { findQuirks, type UnitQuirks } from '../../site/unit-quirks.ts';
import { toBusTiming, toOwnWrite } from '../bus-quirks.ts';
import type { BusState } from '../bus/bus-state.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { isNew, isSameStatus, toBusStatus, toCycle } from '../bus/bus-status.ts';
import type { DialLink } from '../bus/field-link.ts';
import type { BusDiagnostics, BusPause } from '../bus-diagnostics.ts';
import { toReadBack, toReadRequest, toWriteOutcome, toWriteRequest } from '../device-outcomes.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { pollBlocks, type Polled } from '../poll/poll-blocks.ts';
import { noChatter, stepChatter, type ChatterStep } from '../readings/chatter.ts';
import { noAlarms, stepAlarms, type AlarmEvent, type AlarmStep } from '../readings/field-alarms.ts';
import { noRecords, type PointRecords } from '../readings/correct-reading.ts';
import type { ReadingsEvent } from '../readings/field-readings.ts';
import { ReadingsRegistry } from '../readings/readings-registry.ts';
import { createBusDiagnostics, type DiagnosedBus } from './create-bus-diagnostics.ts';
import { createDial, toConnectTimeout, toQuiet } from './create-dial.ts';
import { openBus, type Bus, type RequestOptions } from './open-bus.ts';

export type FieldOptions = {
  /** Time and timers; the monotonic clock of this process when it is left out. */
  readonly scheduler?: SchedulerLike;
  /** From 0 to 1, for pauses that must not fall together. */
  readonly random?: () => number;
  /** How a bus is dialled; by its transport when it is left out. */
  readonly dial?: (bus: BusSpec, scheduler: SchedulerLike, quirks?: readonly UnitQuirks[]) => DialLink;
  /** What people did to the points; nothing when it is left out. */
  readonly records?: PointRecords;
  /** The pauses of units that were learned before this start. */
  readonly pauses?: readonly BusPause[];
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
  readonly diagnostics: BusDiagnostics;
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

const toStatus$ = ({ spec, bus, blocks, units, timing }: DiagnosedBus, scheduler: SchedulerLike): Observable<BusStatus> =>
  combineLatest([
    bus.state$,
    interval(statusMs, scheduler).pipe(
      startWith(0),
      map(() => toCycle(blocks, bus.figures(), timing)),
    ),
    // A connection that stays away shows by time alone.
    interval(1_000, scheduler).pipe(startWith(0)),
  ]).pipe(
    filter(([state]) => !isNew(state, scheduler.now() - bus.figures().since)),
    map(([state, cycleMs]) => toBusStatus(spec.id, units, state, cycleMs, scheduler.now())),
    distinctUntilChanged(isSameStatus),
    shareReplay({ bufferSize: 1, refCount: true }),
  );

/** What units that have been given up said instead of an answer. */
const toSeen = ({ breakers }: BusState): ReadonlyMap<number, string> =>
  new Map([...breakers].flatMap(([unit, { seen }]) => (seen === null ? [] : [[unit, seen] as const])));

/** Opens every bus of a site and dials. Polls begin when `frames$` or `deviceReports$` is subscribed. The caller closes it. */
export const openField = (site: Site, options: FieldOptions = {}): Field => new RunningField(site, options);

class RunningField implements Field {
  readonly #site: Site;
  readonly #scheduler: NonNullable<FieldOptions['scheduler']>;
  readonly #wall: NonNullable<FieldOptions['wall']>;
  readonly #closed$ = new Subject<void>();
  readonly #skipped = new Map<string, number>();
  #favoured: ReadonlySet<PointId> = new Set();
  readonly #plans: readonly BusPlan[];
  readonly #buses: DiagnosedBus[];
  readonly #registry: BlockRegistry;
  readonly #byId: Map<string, Bus>;
  readonly #polled$: Observable<Polled>;
  readonly #fed: FedPlaces;
  readonly #readings: ReadingsRegistry;
  readonly frames$: FieldPort['frames$'];
  readonly sent: NonNullable<FieldPort['sent']>;
  readonly deviceReports$: FieldPort['deviceReports$'];
  readonly alarms$: NonNullable<FieldPort['alarms$']>;
  readonly status$: FieldPort['status$'];
  readonly diagnostics: Field['diagnostics'];

  constructor(
    site: Site,
    {
      scheduler = monotonicScheduler,
      random = Math.random,
      dial = createDial,
      records = noRecords,
      pauses = [],
      wall = Date.now,
    }: FieldOptions = {},
  ) {
    this.#site = site;
    this.#scheduler = scheduler;
    this.#wall = wall;
    this.#plans = toBusPlans({ ...site, devices: site.devices.flatMap(toWired) });
    this.#buses = site.buses.map((spec) => this.#openBus(spec, { dial, random, pauses }));
    this.#registry = createBlockRegistry(this.#buses.flatMap(({ blocks }) => blocks));
    this.#byId = new Map(this.#buses.map(({ spec, bus }) => [spec.id, bus]));
    this.#polled$ = this.#poll();
    this.#fed = createFedPlaces(site);
    const ticks$ = interval(tickMs, scheduler).pipe(map((): ReadingsEvent => ({ kind: 'tick' })));
    const context = { records, at: wall, toDay: createDayText(site.timeZone) };
    this.#readings = new ReadingsRegistry({ site, context, now: () => scheduler.now() });
    this.frames$ = defer(() => {
      this.#readings.begin();
      return merge(this.#polled$.pipe(map((value) => this.#toEvent(value))), ticks$).pipe(
        mergeMap((event) => from(this.#readings.step(event))),
        takeUntil(this.#closed$),
      );
    });
    this.sent = this.#readings;
    this.deviceReports$ = this.#polled$.pipe(
      filter(({ verdict }) => verdict === 'final'),
      mergeMap(({ block, due, outcome }) =>
        due.flatMap((item) => (item.kind === 'device' ? [{ device: item.device, outcome: toReadBack(item.device, block, outcome) }] : [])),
      ),
    );
    this.alarms$ = defer(() => this.#toAlarms$());
    this.status$ = merge(...this.#buses.map((open) => toStatus$(open, this.#scheduler))).pipe(takeUntil(this.#closed$));
    this.diagnostics = createBusDiagnostics({
      site: this.#site,
      registry: this.#registry,
      buses: this.#buses,
      plans: this.#plans,
      scheduler: this.#scheduler,
      wall: this.#wall,
      skipped: this.#skipped,
      favoured: () => this.#favoured,
      onFavour: (points) => {
        this.#favoured = points;
      },
    });
  }

  readonly write = async (device: DeviceSpec, value: DeviceValue, guard: WriteGuard = {}): Promise<WriteOutcome> => {
    const { mayStill, isUrgent = false } = guard;
    const options = {
      priority: isUrgent ? 'hub' : 'write',
      waitMs: commandWait,
      ...(mayStill === undefined ? {} : { mayStill }),
    } as const;
    try {
      const { bus, unit } = device.write;
      const request = toOwnWrite(toWriteRequest(device, value), findQuirks(this.#site.quirks, bus, unit));
      return toWriteOutcome(await ask(this.#byId.get(bus), request, options));
    } catch (error) {
      if (!isFault(error, 'modbus/limits')) throw error;
      return { kind: 'refused', why: error.message };
    }
  };

  readonly readBack = async (device: DeviceSpec): Promise<ReadBackOutcome> => {
    const found = this.#registry.findReadBack(device);
    const bus = this.#byId.get(device.readBack.bus);
    // What the poll is known to bring is asked, and nothing else: some units answer only that.
    const { function: code, unit, address, count } = found?.ask.block ?? toReadRequest(device.readBack);
    const request = { function: code, unit, address, count };
    const outcome = await ask(bus, request, { priority: 'read-back', waitMs: commandWait });
    if (found !== null) this.#registry.step(found.block, found.ask, outcome, this.#scheduler.now());
    return toReadBack(device, request, outcome);
  };

  readonly close = async (): Promise<void> => {
    this.#closed$.next();
    this.#closed$.complete();
    await Promise.all(this.#buses.map(async ({ bus }) => bus.close()));
  };

  #toEvent({ block, due, outcome, verdict }: Polled): ReadingsEvent {
    return {
      kind: 'polled',
      block: { ...block, items: due },
      outcome,
      isSearching: verdict === 'searching',
    };
  }

  #openBus(spec: BusSpec, { dial, random, pauses }: Required<Pick<FieldOptions, 'dial' | 'random' | 'pauses'>>): DiagnosedBus {
    const { answerTimeoutMs } = spec;
    const bus = openBus({
      connectTimeoutMs: toConnectTimeout(spec, this.#site.quirks),
      answerTimeoutMs,
      silenceMs: toQuiet(spec),
      toTiming: (learnedMs) => toBusTiming(spec, this.#site.quirks, learnedMs),
      pauses: pauses.filter((pause) => pause.bus === spec.id),
      dial: dial(spec, this.#scheduler, this.#site.quirks),
      scheduler: this.#scheduler,
      random,
    });
    const blocks = this.#plans.find((plan) => plan.bus === spec.id)?.blocks ?? [];
    const timing = toBusTiming(spec, this.#site.quirks, (unit) => bus.learnedGapMs(unit));
    return { spec, bus, blocks, units: [...new Set(blocks.map((block) => block.unit))], timing };
  }

  #poll(): Observable<Polled> {
    return merge(
      ...this.#buses.map(({ bus, blocks: own }) =>
        pollBlocks(
          own,
          async (request, options) => ask(bus, request, options),
          this.#scheduler,
          (block) => toRank(block, this.#favoured),
          this.#registry,
        ),
      ),
    ).pipe(
      tap((polled) => this.#skipped.set(polled.block.bus, (this.#skipped.get(polled.block.bus) ?? 0) + polled.skipped)),
      takeUntil(this.#closed$),
      share(),
    );
  }

  #toAlarms$(): NonNullable<FieldPort['alarms$']> {
    return merge(
      ...this.#buses.map((open) =>
        toStatus$(open, this.#scheduler).pipe(
          map((status): AlarmEvent => ({ kind: 'status', status, units: open.units, seen: toSeen(open.bus.state()) })),
        ),
      ),
      this.#polled$.pipe(map((polled): AlarmEvent => ({ kind: 'polled', polled }))),
      // What chatters ends by time alone.
      interval(statusMs, this.#scheduler).pipe(map(() => null)),
    ).pipe(
      scan((step, event) => (event === null ? { ...step, drafts: [] } : stepAlarms(step.state, event, this.#fed)), {
        state: noAlarms,
        drafts: [],
      } as AlarmStep),
      scan((step, { drafts }) => stepChatter(step.state, drafts, this.#scheduler.now()), { state: noChatter, drafts: [] } as ChatterStep),
      mergeMap(({ drafts }) => from(drafts)),
      takeUntil(this.#closed$),
    );
  }
}
