import {
  type BusHealthAnswer,
  type BusPlanAnswer,
  type RegisterAnswer,
  type BusReadAnswer,
  type BusTransaction,
  Fault,
  millis,
  type BusReadRequest,
  type LineSettings,
  type Millis,
  type PointId,
} from '@phloem/protocol';
import { filter, firstValueFrom, map, timer, type Observable, type SchedulerLike } from 'rxjs';
import { type RecentExchanges, createRecentExchanges } from '../bus/recent-exchanges.ts';
import type { Family } from '../poll/block-family.ts';
import type { BusPause, BusDiagnostics, BusTarget } from '../bus-diagnostics.ts';
import type { BusSpec, Site } from '../../site/site.ts';
import { findQuirks } from '../../site/unit-quirks.ts';
import { covers, isOfUnit, type BusExchange } from '../bus/bus-exchange.ts';
import { toLoad, toPercentile } from '../bus/bus-figures.ts';
import { toBusHealth } from '../bus/bus-health.ts';
import { isNew, toBusStatus, toCycle } from '../bus/bus-status.ts';
import type { BusTiming } from '../bus/bus-timing.ts';
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
export const createBusDiagnostics = (parts: BusDiagnosticsParts): BusDiagnostics => new FieldDiagnostics(parts);

class FieldDiagnostics implements BusDiagnostics {
  readonly #parts: BusDiagnosticsParts;
  readonly #site: Pick<Site, 'points' | 'devices' | 'quirks'>;
  readonly #buses: readonly DiagnosedBus[];
  readonly #plans: readonly BusPlan[];
  readonly #scheduler: SchedulerLike;
  readonly #wall: () => number;
  readonly #skipped: ReadonlyMap<string, number>;
  readonly #places: readonly RegisterAnswer[];
  readonly #reading = new Map<string, number>();
  /** By bus, the end of the newest manual read: they go one after the other, so that each sees what those before it cost. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  /** The buses that are asked at another speed just now, or wait for it. */
  readonly #away = new Set<string>();
  readonly #recents: Map<string, RecentExchanges>;
  readonly #names: Map<string, ReadonlyMap<number, readonly string[]>>;

  constructor(parts: BusDiagnosticsParts) {
    this.#parts = parts;
    const { site, buses, plans, scheduler, wall, skipped } = parts;
    this.#site = site;
    this.#buses = buses;
    this.#plans = plans;
    this.#scheduler = scheduler;
    this.#wall = wall;
    this.#skipped = skipped;
    this.#places = toRegisterPlaces(this.#site);
    this.#recents = new Map(
      this.#buses.map(({ spec, bus }) => {
        const recent = createRecentExchanges();
        bus.exchanges$.subscribe((exchange) => recent.note(exchange));
        return [spec.id, recent];
      }),
    );
    this.#names = new Map(this.#buses.map(({ spec }) => [spec.id, toUnitNames(this.#site, spec.id)]));
  }

  readonly health = (): readonly BusHealthAnswer[] => this.#buses.map((value) => this.#toHealth(value));

  readonly plan = (): readonly BusPlanAnswer[] => this.#buses.map((value) => this.#toPlan(value));

  readonly pauses = (): readonly BusPause[] =>
    this.#buses.flatMap(({ spec, bus }) => bus.learnedPauses().map((pause) => ({ bus: spec.id, ...pause })));

  readonly registers = (): readonly RegisterAnswer[] => this.#places;

  readonly read = async (id: string, { unit, function: code, address, count, line: wanted }: BusReadRequest): Promise<BusReadAnswer> => {
    const own = this.#find(id);
    const request = { unit, function: code, address, count } as ReadRequest;
    checkRequest(request);
    const line = this.#toOtherLine(own, wanted);
    const waiting = this.#reading.get(id) ?? 0;
    if (waiting >= maxReads) throw new Fault('bus/busy', `${waiting} manual reads are waiting for the bus ${id} already`);
    this.#reading.set(id, waiting + 1);
    const began = this.#scheduler.now();
    try {
      if (line !== null) this.#away.add(id);
      const turn = (this.#lanes.get(id) ?? Promise.resolve()).then(async () => {
        await this.#untilInShare(own, began + readWait);
        return this.#read(own, request, line, millis(Math.max(leastWait, began + readWait - this.#scheduler.now())));
      });
      // Anyone who comes next waits for the end of it, however it ends.
      this.#lanes.set(
        id,
        turn.catch(() => undefined),
      );
      const exchange = await turn;
      const { load } = this.#toHealth(own);
      return toReadAnswer(exchange, { bus: id, totalMs: this.#scheduler.now() - began, answerTimeoutMs: own.spec.answerTimeoutMs, load });
    } finally {
      if (line !== null) this.#away.delete(id);
      this.#reading.set(id, (this.#reading.get(id) ?? 1) - 1);
    }
  };

  readonly target = (wanted: { readonly bus: string; readonly unit?: number | undefined } | { readonly point: PointId }): BusTarget => {
    if ('bus' in wanted) return { bus: this.#find(wanted.bus).spec.id, unit: wanted.unit ?? null, point: null };
    const point = this.#places.find(({ id }) => id === wanted.point);
    if (point === undefined) throw new Fault('bus/unknown', `no register is read for ${wanted.point.slice(0, 160)}`);
    return { bus: point.bus, unit: point.unit, point };
  };

  readonly recent = (target: BusTarget, count: number): readonly BusTransaction[] => {
    const all = this.#recents.get(target.bus)?.of(target.unit, target.point === null ? count : Number.MAX_SAFE_INTEGER) ?? [];
    const own = count === 0 ? [] : all.filter(this.#isShown(target)).slice(-count);
    return own.map((exchange) => toTransaction(exchange, this.#toWall(exchange)));
  };

  readonly transactions$ = (target: BusTarget): Observable<BusTransaction> => {
    return this.#find(target.bus).bus.exchanges$.pipe(
      filter(this.#isShown(target)),
      map((exchange) => toTransaction(exchange, this.#toWall(exchange))),
    );
  };

  readonly cost = (point: RegisterAnswer, perSecond: number): number => {
    const { spec, bus } = this.#find(point.bus);
    const median = toPercentile(bus.figures().units.get(point.unit)?.latencies ?? [], 0.5);
    return ((median ?? spec.answerTimeoutMs) * perSecond) / 1000;
  };

  readonly isSpent = (id: string): boolean => this.#isSpent(this.#find(id));

  readonly favour = (points: ReadonlySet<PointId>): void => {
    this.#parts.onFavour(withInputs(this.#parts.site.points, points));
  };

  #find(id: string): DiagnosedBus {
    const found = this.#buses.find(({ spec }) => spec.id === id);
    const known = this.#buses.map(({ spec }) => spec.id).join(', ');
    if (found === undefined)
      throw new Fault('bus/unknown', `the site has no bus ${id.slice(0, 60)}; it has ${known === '' ? 'none' : known}`);
    return found;
  }

  /** The planned blocks of a bus with what has become of them. */
  #toKnown(id: string): { planned: PollBlock; family: Family }[] {
    const blocks = this.#plans.find(({ bus }) => bus === id)?.blocks ?? [];
    return blocks.map((planned) => ({ planned, family: this.#parts.registry.family(planned) }));
  }

  /** The requests that are made of a bus now, and what they cost. */
  #toPlan({ spec, bus }: DiagnosedBus): BusPlanAnswer {
    const pieces = this.#toKnown(spec.id).flatMap(({ planned, family }) => family.pieces.map((piece) => ({ ...piece, planned })));
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
        rank: toRank(planned, this.#parts.favoured()),
        isRefused: state === 'refused',
      })),
    };
  }

  #toHealth({ spec, bus, blocks, units, timing }: DiagnosedBus): BusHealthAnswer {
    const state = bus.state();
    const figures = bus.figures();
    const status = toBusStatus(spec.id, units, state, null, this.#scheduler.now());
    const health = toBusHealth(status, state, figures, this.#skipped.get(spec.id) ?? 0, this.#scheduler.now());
    const own = this.#names.get(spec.id);
    return {
      ...health,
      state: isNew(state, this.#scheduler.now() - figures.since) ? 'unknown' : health.state,
      transport: toTransportText(spec),
      line: toOwnLine(spec),
      cycleMs: toCycle(blocks, figures, timing),
      intervalMs: blocks.length === 0 ? null : Math.min(...blocks.map(({ intervalMs }) => intervalMs)),
      answerTimeoutMs: spec.answerTimeoutMs,
      // A scan asks at many addresses; those where nobody ever answered are no units.
      units: health.units.flatMap((unit) => {
        const hasAnswered = unit.p50 !== null || unit.mismatches > 0;
        if (!hasAnswered && own?.has(unit.unit) !== true) return [];
        const { holes, advice } = toUnitFacts(this.#toKnown(spec.id), unit.unit);
        const declaredMs = findQuirks(this.#site.quirks, spec.id, unit.unit)?.requestGapMs;
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
  }

  #isShown({ unit, point }: BusTarget): (exchange: BusExchange) => boolean {
    return (exchange: BusExchange): boolean => {
      if (point === null) return isOfUnit(exchange, unit);
      // What somebody else says at another speed is no value of the point.
      return exchange.line === null && exchange.request !== null && covers(exchange.request, point);
    };
  }

  /** When an exchange ended, by the wall. */
  #toWall({ endedAt }: BusExchange): number {
    return this.#wall() - (this.#scheduler.now() - endedAt);
  }

  #isSpent({ bus }: DiagnosedBus): boolean {
    return toLoad(bus.figures(), this.#scheduler.now()).byHand >= maxManual;
  }

  /** What is asked manually waits while all of it together has taken its share of the bus. */
  async #untilInShare(own: DiagnosedBus, until: number): Promise<void> {
    while (this.#isSpent(own)) {
      if (this.#scheduler.now() >= until) {
        throw new Fault(
          'bus/busy',
          `not read: scans, manual reads and fast watches use ${maxManual * 100} % of the bus ${own.spec.id}, which is their limit`,
        );
      }
      await firstValueFrom(timer(patience, this.#scheduler));
    }
  }

  /** The speed at which a read is to be made, where it is not the line's own. */
  #toOtherLine({ spec }: DiagnosedBus, wanted: LineSettings | undefined): LineSettings | null {
    if (wanted === undefined) return null;
    const line = toOwnLine(spec);
    if (line === null) {
      throw new Fault(
        'bus/fixed-speed',
        `${spec.id} is ${toTransportText(spec)}: the hub cannot set its speed; the speed of a serial line behind a gateway is set at the gateway`,
      );
    }
    if (line.baudRate === wanted.baudRate && line.parity === wanted.parity) return null;
    if (this.#away.has(spec.id)) throw new Fault('bus/busy', `another speed is already being tried on ${spec.id}; wait until it ends`);
    return wanted;
  }

  /** A unit that is busy is asked again: the last exchange is what came of it. */
  async #read({ spec, bus }: DiagnosedBus, request: ReadRequest, line: LineSettings | null, waitMs: Millis): Promise<BusExchange> {
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
  }
}
