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
export const openBus = (options: BusOptions): Bus => {
  const { connectTimeoutMs, answerTimeoutMs, silenceMs = millis(0), toTiming = () => plainTiming, dial, scheduler, random } = options;
  const gaps = createGapWatch(() => scheduler.now(), options.pauses);
  const timing = toTiming(gaps.gapMs);
  const policy: BusPolicy = {
    connectMs: connectTimeoutMs,
    answerMs: answerTimeoutMs,
    silenceMs,
    answerMsAt: (line) => millis(answerTimeoutMs + toShortExchange(line)),
    usualMs: (unit) => toPercentile(figures.units.get(unit)?.latencies ?? [], 0.95),
    pauseAfter: createBackOff(random),
    busyPause: () => millis(100 + random() * 400),
    timing,
  };
  const state$ = new BehaviorSubject<BusState>(idleBus);
  const open = new Map<
    number,
    { readonly resolve: (outcome: BusOutcome) => void; readonly mayStill: () => boolean; readonly priority: Priority }
  >();
  const exchanges$ = new Subject<BusExchange>();
  const trace = createTrace(
    () => scheduler.now(),
    (exchange) => exchanges$.next(exchange),
  );
  const events: BusEvent[] = [];
  let figures = emptyFigures(scheduler.now());
  let state = idleBus;
  let link: FieldLink | null = null;
  let tickets = 0;
  let isStepping = false;
  let wake: { readonly at: number; readonly timer: Subscription } | null = null;

  const perform = (effect: BusEffect): void => {
    switch (effect.type) {
      case 'dial':
        // To another speed and back is on purpose: it is no connection that was lost.
        if (state.link.phase !== 'away') figures = countDial(figures);
        link = dial(dispatch, trace.bytes, { line: effect.line, quietMs: effect.quietMs });
        return;
      case 'hang-up':
        link?.end();
        link = null;
        return;
      case 'send':
        if (open.get(effect.ticket)?.mayStill() === false) dispatch({ type: 'withdrawn' });
        else {
          gaps.sent(effect.request);
          trace.begin(effect.request, open.get(effect.ticket)?.priority ?? 'scan', toLine(state));
          link?.send(effect.request, open.get(effect.ticket)?.mayStill);
        }
        return;
      case 'retry':
        trace.again(effect.code, effect.why);
        return;
      case 'settle':
        gaps.settled(effect);
        figures = countOutcome(figures, effect, open.get(effect.ticket)?.priority ?? 'scan', scheduler.now());
        trace.end(effect, open.get(effect.ticket)?.priority ?? 'scan');
        open.get(effect.ticket)?.resolve(effect.outcome);
        open.delete(effect.ticket);
    }
  };

  /** A timer that is early is left alone: it finds nothing to do and sets the next. */
  const armTimer = (): void => {
    const at = toWakeTime(state, timing);
    if (at === null || (wake !== null && wake.at <= at)) return;
    wake?.timer.unsubscribe();
    wake = { at, timer: scheduler.schedule(() => wakeUp(at), Math.max(0, Math.ceil(at - scheduler.now()))) };
  };

  /** Timers that are overdue run before sockets are read: a peer that has answered meanwhile must not lose its connection. */
  const wakeUp = (at: number): void => {
    wake = null;
    const lateMs = scheduler.now() - at;
    if (lateMs < stallMs) return dispatch({ type: 'woken' });
    wake = {
      at,
      timer: scheduler.schedule(
        () => {
          wake = null;
          dispatch({ type: 'woken' });
        },
        Math.min(catchUpMs, Math.ceil(lateMs)),
      ),
    };
  };

  const dispatch = (event: BusEvent): void => {
    events.push(event);
    // An effect may answer at once; its event waits until the effects before it are done.
    if (isStepping) return;
    isStepping = true;
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      // What is noise at another speed is no fault of the line.
      if (next.type === 'mismatched' && state.link.phase !== 'away') {
        figures = countFault(figures, next.fault, state.flight?.request.unit ?? null);
        if (state.flight === null) trace.unsolicited(next.why);
      } else if (next.type === 'outdated') figures = countFault(figures, 'late');
      else if (next.type === 'probed') {
        trace.probed();
        gaps.probed(next.pauseMs);
      }
      const step = stepBus(state, next, scheduler.now(), policy);
      const hasChanged = step.state !== state;
      state = step.state;
      step.effects.forEach(perform);
      if (hasChanged) state$.next(state);
    }
    isStepping = false;
    armTimer();
  };

  dispatch({ type: 'started' });
  return {
    request: async (request, { priority, line = null, waitMs = defaultWait, restMs = millis(0), mayStill = () => true }) => {
      checkRequest(request);
      tickets += 1;
      const ticket = tickets;
      const outcome = new Promise<BusOutcome>((resolve) => {
        open.set(ticket, { resolve, mayStill, priority });
      });
      dispatch({ type: 'asked', ticket, request, priority, line, waitMs, restMs });
      return outcome;
    },
    state$: state$.asObservable(),
    state: () => state,
    figures: () => figures,
    learnedGapMs: gaps.gapMs,
    learnedPauses: gaps.pauses,
    exchanges$: exchanges$.asObservable(),
    close: async () => {
      dispatch({ type: 'closed' });
      wake?.timer.unsubscribe();
      wake = null;
      state$.complete();
      exchanges$.complete();
    },
  };
};
