import { Fault, millis, type BusReadRequest, type LineSettings, type Millis, type PointId } from '@phloem/protocol';
import { filter, firstValueFrom, map, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { BusSpec, Site } from '../../site/site.ts';
import { findQuirks } from '../../site/unit-quirks.ts';
import type { BusDiagnostics, BusTarget } from '../bus-diagnostics.ts';
import { covers, isOfUnit, type BusExchange } from '../bus/bus-exchange.ts';
import { toLoad, toPercentile } from '../bus/bus-figures.ts';
import { toBusHealth } from '../bus/bus-health.ts';
import { isNew, toBusStatus, toCycle } from '../bus/bus-status.ts';
import type { BusTiming } from '../bus/bus-timing.ts';
import { createRecentExchanges } from '../bus/recent-exchanges.ts';
import { toReadAnswer, toTransaction } from '../bus/to-transaction.ts';
import { checkRequest, type ReadRequest } from '../modbus/bus-request.ts';
import type { PollBlock } from '../poll/block-plan.ts';
import type { BlockRegistry } from '../poll/block-registry.ts';
import { toCostWords, toPlanCost } from '../poll/plan-cost.ts';
import { toGapAdvice, toUnitFacts } from '../poll/unit-facts.ts';
import { toRank, type BusPlan } from '../poll/bus-plans.ts';
import { toRegisterPlaces, toUnitNames, withInputs } from '../register-places.ts';
import type { Bus } from './open-bus.ts';

/** A bus with what is polled on it. */
export type DiagnosedBus = {
  readonly spec: BusSpec;
  readonly bus: Bus;
  readonly blocks: readonly PollBlock[];
  readonly units: readonly number[];
  /** The pauses that it gives, with those that were learned. */
  readonly timing: BusTiming;
};

export type BusDiagnosticsParts = {
  readonly site: Pick<Site, 'points' | 'devices' | 'quirks'>;
  readonly buses: readonly DiagnosedBus[];
  readonly plans: readonly BusPlan[];
  readonly registry: BlockRegistry;
  readonly scheduler: SchedulerLike;
  readonly wall: () => number;
  /** Slots of polls that could not be met, by bus. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Called when other points than before are read by rules. */
  readonly onFavour: (points: ReadonlySet<PointId>) => void;
  readonly favoured: () => ReadonlySet<PointId>;
};

/** The share of a bus that may be asked manually, by everybody together, and the stretch over which it is reckoned. */
const maxManual = 0.5;
const patience = millis(250);
/** How long a manual read may wait for its turn, and how many may. */
const readWait = millis(10_000);
/** Of it, what is left for its turn however long it waited for its share. */
const leastWait = 1_000;
const maxReads = 16;
/** What is reported of one unit. */
const maxHoles = 64;
const maxAdvice = 16;

/** How the serial line of a bus is set; null where there is none. */
const toOwnLine = ({ transport }: BusSpec): LineSettings | null =>
  transport.kind === 'rtu' ? { baudRate: transport.baudRate, parity: transport.parity } : null;

const toTransportText = ({ transport }: BusSpec): string => {
  switch (transport.kind) {
    case 'tcp':
      return `Modbus TCP ${transport.host}:${transport.port}`;
    case 'rtu-over-tcp':
      return `RTU over TCP ${transport.host}:${transport.port}`;
    case 'rtu':
      return `RTU ${transport.path}, ${transport.baudRate} baud, parity ${transport.parity}`;
  }
};

/** Makes the diagnostics of a field's open buses. It notes what happens on them until they are closed. */
export const createBusDiagnostics = (parts: BusDiagnosticsParts): BusDiagnostics => {
  const { site, buses, plans, scheduler, wall, skipped } = parts;
  const places = toRegisterPlaces(site);
  const reading = new Map<string, number>();
  /** By bus, the end of the newest manual read: they go one after the other, so that each sees what those before it cost. */
  const lanes = new Map<string, Promise<unknown>>();
  /** The buses that are asked at another speed just now, or wait for it. */
  const away = new Set<string>();
  const recents = new Map(
    buses.map(({ spec, bus }) => {
      const recent = createRecentExchanges();
      bus.exchanges$.subscribe((exchange) => recent.note(exchange));
      return [spec.id, recent];
    }),
  );
  const names = new Map(buses.map(({ spec }) => [spec.id, toUnitNames(site, spec.id)]));

  const find = (id: string): DiagnosedBus => {
    const found = buses.find(({ spec }) => spec.id === id);
    const known = buses.map(({ spec }) => spec.id).join(', ');
    if (found === undefined)
      throw new Fault('bus/unknown', `the site has no bus ${id.slice(0, 60)}; it has ${known === '' ? 'none' : known}`);
    return found;
  };
  /** The planned blocks of a bus with what has become of them. */
  const toKnown = (id: string) => {
    const blocks = plans.find(({ bus }) => bus === id)?.blocks ?? [];
    return blocks.map((planned) => ({ planned, family: parts.registry.family(planned) }));
  };
  /** The requests that are made of a bus now, and what they cost. */
  const toPlan = ({ spec, bus }: DiagnosedBus): ReturnType<BusDiagnostics['plan']>[number] => {
    const pieces = toKnown(spec.id).flatMap(({ planned, family }) => family.pieces.map((piece) => ({ ...piece, planned })));
    const read = pieces.filter(({ state }) => state !== 'refused').map(({ block }) => block);
    const { pausing: _pausing, ...figures } = toPlanCost(read, spec.transport, {
      lineGapMs: spec.requestGapMs ?? 0,
      gapMs: ({ unit, quirks }) => quirks?.requestGapMs ?? bus.learnedGapMs(unit),
    });
    return {
      bus: spec.id,
      ...figures,
      words: toCostWords({ ...figures, pausing: _pausing }, spec.transport),
      blocks: pieces.map(({ block, state, planned }) => ({
        unit: block.unit,
        function: block.function,
        address: block.address,
        count: block.count,
        intervalMs: block.intervalMs,
        values: block.items.length,
        rank: toRank(planned, parts.favoured()),
        isRefused: state === 'refused',
      })),
    };
  };
  const toHealth = ({ spec, bus, blocks, units, timing }: DiagnosedBus): ReturnType<BusDiagnostics['health']>[number] => {
    const state = bus.state();
    const figures = bus.figures();
    const status = toBusStatus(spec.id, units, state, null, scheduler.now());
    const health = toBusHealth(status, state, figures, skipped.get(spec.id) ?? 0, scheduler.now());
    const own = names.get(spec.id);
    return {
      ...health,
      state: isNew(state, scheduler.now() - figures.since) ? 'unknown' : health.state,
      transport: toTransportText(spec),
      line: toOwnLine(spec),
      cycleMs: toCycle(blocks, figures, timing),
      intervalMs: blocks.length === 0 ? null : Math.min(...blocks.map(({ intervalMs }) => intervalMs)),
      answerTimeoutMs: spec.answerTimeoutMs,
      // A scan asks at many addresses; those where nobody ever answered are no units.
      units: health.units.flatMap((unit) => {
        const hasAnswered = unit.p50 !== null || unit.mismatches > 0;
        if (!hasAnswered && own?.has(unit.unit) !== true) return [];
        const { holes, advice } = toUnitFacts(toKnown(spec.id), unit.unit);
        const declaredMs = findQuirks(site.quirks, spec.id, unit.unit)?.requestGapMs;
        const learnedMs = bus.learnedGapMs(unit.unit);
        const isLearned = declaredMs === undefined && learnedMs > 0;
        return [
          {
            ...unit,
            names: [...(own?.get(unit.unit) ?? [])],
            gapMs: declaredMs ?? learnedMs,
            isGapLearned: isLearned,
            holes: holes.slice(0, maxHoles).map((hole) => ({ ...hole, why: hole.why.slice(0, 200) })),
            advice: [...advice, ...(isLearned ? [toGapAdvice(unit.unit, learnedMs)] : [])]
              .slice(0, maxAdvice)
              .map((line) => line.slice(0, 300)),
          },
        ];
      }),
    };
  };
  const isShown =
    ({ unit, point }: BusTarget) =>
    (exchange: BusExchange): boolean => {
      if (point === null) return isOfUnit(exchange, unit);
      // What somebody else says at another speed is no value of the point.
      return exchange.line === null && exchange.request !== null && covers(exchange.request, point);
    };
  /** When an exchange ended, by the wall. */
  const toWall = ({ endedAt }: BusExchange): number => wall() - (scheduler.now() - endedAt);

  const isSpent = ({ bus }: DiagnosedBus): boolean => toLoad(bus.figures(), scheduler.now()).byHand >= maxManual;
  /** What is asked manually waits while all of it together has taken its share of the bus. */
  const untilInShare = async (own: DiagnosedBus, until: number): Promise<void> => {
    while (isSpent(own)) {
      if (scheduler.now() >= until) {
        throw new Fault(
          'bus/busy',
          `not read: scans, manual reads and fast watches use ${maxManual * 100} % of the bus ${own.spec.id}, which is their limit`,
        );
      }
      await firstValueFrom(timer(patience, scheduler));
    }
  };
  /** The speed at which a read is to be made, where it is not the line's own. */
  const toOtherLine = ({ spec }: DiagnosedBus, wanted: LineSettings | undefined): LineSettings | null => {
    if (wanted === undefined) return null;
    const line = toOwnLine(spec);
    if (line === null) {
      throw new Fault(
        'bus/fixed-speed',
        `${spec.id} is ${toTransportText(spec)}: the hub cannot set its speed; the speed of a serial line behind a gateway is set at the gateway`,
      );
    }
    if (line.baudRate === wanted.baudRate && line.parity === wanted.parity) return null;
    if (away.has(spec.id)) throw new Fault('bus/busy', `another speed is already being tried on ${spec.id}; wait until it ends`);
    return wanted;
  };

  /** A unit that is busy is asked again: the last exchange is what came of it. */
  const read = async (
    { spec, bus }: DiagnosedBus,
    request: ReadRequest,
    line: LineSettings | null,
    waitMs: Millis,
  ): Promise<BusExchange> => {
    let last: BusExchange | null = null;
    const noting = bus.exchanges$.pipe(filter((ended) => ended.request === request)).subscribe((ended) => {
      last = ended;
    });
    try {
      await bus.request(request, { priority: 'scan', waitMs, ...(line === null ? {} : { line }) });
    } finally {
      noting.unsubscribe();
    }
    if (last === null) throw new Fault('modbus/link', `not read: the bus ${spec.id} is being closed`);
    return last;
  };

  return {
    health: () => buses.map(toHealth),
    plan: () => buses.map(toPlan),
    pauses: () => buses.flatMap(({ spec, bus }) => bus.learnedPauses().map((pause) => ({ bus: spec.id, ...pause }))),
    registers: () => places,
    read: async (id, { unit, function: code, address, count, line: wanted }: BusReadRequest) => {
      const own = find(id);
      const request = { unit, function: code, address, count } as ReadRequest;
      checkRequest(request);
      const line = toOtherLine(own, wanted);
      const waiting = reading.get(id) ?? 0;
      if (waiting >= maxReads) throw new Fault('bus/busy', `${waiting} manual reads are waiting for the bus ${id} already`);
      reading.set(id, waiting + 1);
      const began = scheduler.now();
      try {
        if (line !== null) away.add(id);
        const turn = (lanes.get(id) ?? Promise.resolve()).then(async () => {
          await untilInShare(own, began + readWait);
          return read(own, request, line, millis(Math.max(leastWait, began + readWait - scheduler.now())));
        });
        // Anyone who comes next waits for the end of it, however it ends.
        lanes.set(
          id,
          turn.catch(() => undefined),
        );
        const exchange = await turn;
        const { load } = toHealth(own);
        return toReadAnswer(exchange, { bus: id, totalMs: scheduler.now() - began, answerTimeoutMs: own.spec.answerTimeoutMs, load });
      } finally {
        if (line !== null) away.delete(id);
        reading.set(id, (reading.get(id) ?? 1) - 1);
      }
    },
    target: (wanted) => {
      if ('bus' in wanted) return { bus: find(wanted.bus).spec.id, unit: wanted.unit ?? null, point: null };
      const point = places.find(({ id }) => id === wanted.point);
      if (point === undefined) throw new Fault('bus/unknown', `no register is read for ${wanted.point.slice(0, 160)}`);
      return { bus: point.bus, unit: point.unit, point };
    },
    recent: (target, count) => {
      const all = recents.get(target.bus)?.of(target.unit, target.point === null ? count : Number.MAX_SAFE_INTEGER) ?? [];
      const own = count === 0 ? [] : all.filter(isShown(target)).slice(-count);
      return own.map((exchange) => toTransaction(exchange, toWall(exchange)));
    },
    transactions$: (target): Observable<ReturnType<typeof toTransaction>> =>
      find(target.bus).bus.exchanges$.pipe(
        filter(isShown(target)),
        map((exchange) => toTransaction(exchange, toWall(exchange))),
      ),
    cost: (point, perSecond) => {
      const { spec, bus } = find(point.bus);
      const median = toPercentile(bus.figures().units.get(point.unit)?.latencies ?? [], 0.5);
      return ((median ?? spec.answerTimeoutMs) * perSecond) / 1000;
    },
    isSpent: (id) => isSpent(find(id)),
    favour: (points) => parts.onFavour(withInputs(parts.site.points, points)),
  };
};
