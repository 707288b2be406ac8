import { millis, type LineSettings, type Millis } from '@phloem/protocol';
import { BehaviorSubject, Subject, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { createBackOff } from '../bus/back-off.ts';
import { countDial, countFault, countOutcome, emptyFigures, toPercentile, type BusFigures } from '../bus/bus-figures.ts';
import { stepBus, toWakeTime } from '../bus/bus-machine.ts';
import { idleBus, type BusEffect, type BusEvent, type BusPolicy, type BusState, type Priority } from '../bus/bus-state.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { plainTiming, type BusTiming } from '../bus/bus-timing.ts';
import { createGapWatch, type LearnedPause } from '../bus/gap-watch.ts';
import { createTrace, type BusExchange } from '../bus/bus-exchange.ts';
import type { DialLink, FieldLink } from '../bus/field-link.ts';
import { checkRequest, type BusRequest } from '../modbus/bus-request.ts';

export type RequestOptions = {
  readonly priority: Priority;
  /** Asks at this speed of a serial line, when nothing else waits; at the line's own when left out. */
  readonly line?: LineSettings;
  /** How long it may wait for its turn. */
  readonly waitMs?: Millis;
  /** How long its unit must have been left alone before; as long as the unit always needs when left out. */
  readonly restMs?: Millis;
  /** Asked in the moment before the request goes out; a no withdraws it. */
  readonly mayStill?: () => boolean;
};

/** The one owner of a bus. */
export interface Bus {
  /**
   * Asks a unit; resolves within `waitMs` plus the answer time-out, whatever the line does; one that is asked at another
   * speed, when the line is back at its own.
   *
   * @throws Fault `modbus/limits` when Modbus does not allow the request; nothing is sent then.
   */
  request(request: BusRequest, options: RequestOptions): Promise<BusOutcome>;
  /** The machine's state after each change; replays the newest. */
  readonly state$: Observable<BusState>;
  state(): BusState;
  figures(): BusFigures;
  /** The pause that a unit has been found to need between requests; 0 for none. */
  learnedGapMs(unit: number): number;
  /** All of these pauses, to be given to the next bus that is opened here. */
  learnedPauses(): readonly LearnedPause[];
  /** Every exchange as it ends, with its bytes; unsolicited bytes as they come. */
  readonly exchanges$: Observable<BusExchange>;
  /** Drops the connection; every promise under way has settled when it resolves. */
  close(): Promise<void>;
}

export type BusOptions = {
  readonly connectTimeoutMs: Millis;
  readonly answerTimeoutMs: Millis;
  /** How long the line is left alone after an answer that did not come; 0 when left out. */
  readonly silenceMs?: Millis;
  /** The pauses that the bus and its units need, with those that were found by trying; none when left out. */
  readonly toTiming?: (learnedMs: (unit: number) => number) => BusTiming;
  /** The pauses that were learned before this start. */
  readonly pauses?: readonly LearnedPause[];
  readonly dial: DialLink;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
};

const defaultWait = millis(5_000);
/** A timer that is later than this was held up by this process itself. */
const stallMs = 20;
/** So long sockets are read after that before anything is too late: a name is looked up, then dialled, each in a turn of its own. */
const catchUpMs = 100;

const bitsPerCharacter = 11;
/** A read of one register and its answer: 8 and 7 bytes. */
const shortCharacters = 15;

const toShortExchange = ({ baudRate }: LineSettings): number => (shortCharacters * bitsPerCharacter * 1000) / baudRate;

/** The speed at which a bus is asked just now; null for its own. */
const toLine = ({ link }: BusState): LineSettings | null => (link.phase === 'away' ? link.waiting.line : null);

/** Opens a bus and dials at once. The shell of `stepBus`: performs its effects and feeds the answers back. */
export const openBus = (options: BusOptions): Bus => new RunningBus(options);

class RunningBus implements Bus {
  readonly #dial: DialLink;
  readonly #scheduler: SchedulerLike;
  readonly #gaps: ReturnType<typeof createGapWatch>;
  readonly #timing: BusTiming;
  readonly #policy: BusPolicy;
  readonly #state$ = new BehaviorSubject<BusState>(idleBus);
  readonly #open = new Map<
    number,
    { readonly resolve: (outcome: BusOutcome) => void; readonly mayStill: () => boolean; readonly priority: Priority }
  >();
  readonly #exchanges$ = new Subject<BusExchange>();
  readonly #trace: ReturnType<typeof createTrace>;
  readonly #events: BusEvent[] = [];
  #figures: BusFigures;
  #state = idleBus;
  #link: FieldLink | null = null;
  #tickets = 0;
  #isStepping = false;
  #wake: { readonly at: number; readonly timer: Subscription } | null = null;
  readonly state$: Bus['state$'];
  readonly learnedGapMs: Bus['learnedGapMs'];
  readonly learnedPauses: Bus['learnedPauses'];
  readonly exchanges$: Bus['exchanges$'];

  constructor(options: BusOptions) {
    const { connectTimeoutMs, answerTimeoutMs, silenceMs = millis(0), toTiming = () => plainTiming, dial, scheduler, random } = options;
    this.#dial = dial;
    this.#scheduler = scheduler;
    this.#gaps = createGapWatch(() => this.#scheduler.now(), options.pauses);
    this.#timing = toTiming(this.#gaps.gapMs);
    this.#policy = {
      connectMs: connectTimeoutMs,
      answerMs: answerTimeoutMs,
      silenceMs,
      answerMsAt: (line) => millis(answerTimeoutMs + toShortExchange(line)),
      usualMs: (unit) => toPercentile(this.#figures.units.get(unit)?.latencies ?? [], 0.95),
      pauseAfter: createBackOff(random),
      busyPause: () => millis(100 + random() * 400),
      timing: this.#timing,
    };
    this.#trace = createTrace(
      () => this.#scheduler.now(),
      (exchange) => this.#exchanges$.next(exchange),
    );
    this.#figures = emptyFigures(this.#scheduler.now());
    this.#dispatch({ kind: 'started' });
    this.state$ = this.#state$.asObservable();
    this.learnedGapMs = this.#gaps.gapMs;
    this.learnedPauses = this.#gaps.pauses;
    this.exchanges$ = this.#exchanges$.asObservable();
  }

  readonly request = async (request: BusRequest, options: RequestOptions): Promise<BusOutcome> => {
    const { priority, line = null, waitMs = defaultWait, restMs = millis(0), mayStill = () => true } = options;
    checkRequest(request);
    this.#tickets += 1;
    const ticket = this.#tickets;
    const outcome = new Promise<BusOutcome>((resolve) => {
      this.#open.set(ticket, { resolve, mayStill, priority });
    });
    this.#dispatch({ kind: 'asked', ticket, request, priority, line, waitMs, restMs });
    return outcome;
  };

  readonly state = (): BusState => this.#state;

  readonly figures = (): BusFigures => this.#figures;

  readonly close = async (): Promise<void> => {
    this.#dispatch({ kind: 'closed' });
    this.#wake?.timer.unsubscribe();
    this.#wake = null;
    this.#state$.complete();
    this.#exchanges$.complete();
  };

  #perform(effect: BusEffect): void {
    switch (effect.kind) {
      case 'dial':
        // To another speed and back is on purpose: it is no connection that was lost.
        if (this.#state.link.phase !== 'away') this.#figures = countDial(this.#figures);
        this.#link = this.#dial((event) => this.#dispatch(event), this.#trace.bytes, { line: effect.line, quietMs: effect.quietMs });
        return;
      case 'hang-up':
        this.#link?.end();
        this.#link = null;
        return;
      case 'send':
        if (this.#open.get(effect.ticket)?.mayStill() === false) this.#dispatch({ kind: 'withdrawn' });
        else {
          this.#gaps.sent(effect.request);
          this.#trace.begin(effect.request, this.#open.get(effect.ticket)?.priority ?? 'scan', toLine(this.#state));
          this.#link?.send(effect.request, this.#open.get(effect.ticket)?.mayStill);
        }
        return;
      case 'retry':
        this.#trace.again(effect.code, effect.why);
        return;
      case 'settle':
        this.#gaps.settled(effect);
        this.#figures = countOutcome(this.#figures, effect, this.#open.get(effect.ticket)?.priority ?? 'scan', this.#scheduler.now());
        this.#trace.end(effect, this.#open.get(effect.ticket)?.priority ?? 'scan');
        this.#open.get(effect.ticket)?.resolve(effect.outcome);
        this.#open.delete(effect.ticket);
    }
  }

  /** A timer that is early is left alone: it finds nothing to do and sets the next. */
  #armTimer(): void {
    const at = toWakeTime(this.#state, this.#timing);
    if (at === null || (this.#wake !== null && this.#wake.at <= at)) return;
    this.#wake?.timer.unsubscribe();
    this.#wake = { at, timer: this.#scheduler.schedule(() => this.#wakeUp(at), Math.max(0, Math.ceil(at - this.#scheduler.now()))) };
  }

  /** Timers that are overdue run before sockets are read: a peer that has answered meanwhile must not lose its connection. */
  #wakeUp(at: number): void {
    this.#wake = null;
    const lateMs = this.#scheduler.now() - at;
    if (lateMs < stallMs) return this.#dispatch({ kind: 'woken' });
    this.#wake = {
      at,
      timer: this.#scheduler.schedule(
        () => {
          this.#wake = null;
          this.#dispatch({ kind: 'woken' });
        },
        Math.min(catchUpMs, Math.ceil(lateMs)),
      ),
    };
  }

  #dispatch(event: BusEvent): void {
    this.#events.push(event);
    // An effect may answer at once; its event waits until the effects before it are done.
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      // What is noise at another speed is no fault of the line.
      if (next.kind === 'mismatched' && this.#state.link.phase !== 'away') {
        this.#figures = countFault(this.#figures, next.fault, this.#state.flight?.request.unit ?? null);
        if (this.#state.flight === null) this.#trace.unsolicited(next.why);
      } else if (next.kind === 'outdated') this.#figures = countFault(this.#figures, 'late');
      else if (next.kind === 'probed') {
        this.#trace.probed();
        this.#gaps.probed(next.pauseMs);
      }
      const step = stepBus(this.#state, next, this.#scheduler.now(), this.#policy);
      const hasChanged = step.state !== this.#state;
      this.#state = step.state;
      step.effects.forEach((effect) => this.#perform(effect));
      if (hasChanged) this.#state$.next(this.#state);
    }
    this.#isStepping = false;
    this.#armTimer();
  }
}
