import type { SchedulerLike } from 'rxjs';
import type { OpenWire, WireSignal } from '../bus/wire.ts';
import { withCrc } from '../modbus/crc16.ts';
import { encodeMbap, readMbap } from '../modbus/mbap.ts';

/** How requests and answers are framed on a line. */
export type Framing = 'tcp' | 'rtu';

/** A line of virtual time with units on it that do everything wrong that is on record, by the dice of a seed. */
export type HostileLine = {
  readonly openWire: OpenWire;
  /** The number of the newest request that the units have heard. */
  heard(): number;
  /** What went wrong, how often. */
  readonly deeds: ReadonlyMap<string, number>;
};

/** What is special about units that are not hostile for it: every one is on record for real instruments and gateways. */
export type LineQuirks = {
  /** Every answer names transaction 0. */
  readonly namesNoTransaction?: boolean;
  /** A unit receives nothing for so long after each of its answers. */
  readonly deafMs?: number;
  /** The line ends a connection on which nothing was asked for so long. */
  readonly idleMs?: number;
  /** What a unit says instead of an answer; null for an answer. */
  readonly refuses?: (unit: number, address: number, count: number) => number | 'nothing' | null;
};

/** What a register holds: its unit, its address and the number of the request, so that a wrong value is recognised. */
export const toTellingWord = (unit: number, address: number, request: number): number =>
  ((unit & 7) << 13) | ((address & 63) << 7) | (request & 127);

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const toHonest = (body: Uint8Array, request: number): Uint8Array => {
  const [unit = 0, code = 0] = body;
  const address = word(body, 2);
  if (code === 3 || code === 4) {
    const words = Array.from({ length: word(body, 4) }, (_, index) => toTellingWord(unit, address + index, request));
    return Uint8Array.from([unit, code, words.length * 2, ...words.flatMap((value) => [value >> 8, value & 0xff])]);
  }
  return body.slice(0, 6);
};

const latency = 3;

type Act = readonly [string, () => void];

/** What a line can do for the units on it. */
type Hands = {
  readonly random: () => number;
  readonly lateMs: number;
  /** Answers that a gateway holds back. */
  readonly held: Uint8Array[];
  readonly frame: (transaction: number, body: Uint8Array) => Uint8Array;
  readonly deliver: (delay: number, ...chunks: readonly Uint8Array[]) => void;
  readonly later: (delay: number, work: () => void) => void;
  readonly goDeaf: (ms: number) => void;
};

/** One request, and the answer that an honest unit would give. */
type Turn = {
  readonly transaction: number;
  readonly body: Uint8Array;
  readonly request: Uint8Array;
  readonly honest: Uint8Array;
  readonly drop: () => void;
};

/** One answer is on the line at a time, whole; the next begins when it has passed. */
const createOutbox = (later: Hands['later'], emit: (signal: WireSignal) => void): Hands['deliver'] => {
  const outbox: Uint8Array[] = [];
  const pump = (): void => {
    const [next] = outbox;
    if (next === undefined) return;
    emit({ kind: 'bytes', bytes: next });
    outbox.shift();
    if (outbox.length > 0) later(0.5, pump);
  };
  return (delay, ...chunks) =>
    later(delay, () => {
      const isIdle = outbox.length === 0;
      outbox.push(...chunks.map((chunk) => chunk.slice()));
      if (isIdle) pump();
    });
};

const altered = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = bytes.slice();
  change(copy);
  return copy;
};

const withBytes = (bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array =>
  altered(bytes, (copy) => copy.set(values, at));
const halfOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, Math.floor(bytes.length / 2));

/** What units do wrong whatever the framing is. */
const toCommonActs = ({ random, lateMs, frame, deliver, goDeaf }: Hands, turn: Turn, exception: number): readonly Act[] => {
  const { transaction, body, request, honest, drop } = turn;
  const [unit = 0, code = 0] = body;
  const byte = (): number => Math.floor(random() * 256);
  /** A body with a fault in it, in a frame that is right. */
  const wrongBody = (at: number, value: number): Uint8Array => frame(transaction, withBytes(body, at, value & 0xff));
  return [
    ['late', () => deliver(lateMs * (1 + 2 * random()), honest)],
    ['silent', () => undefined],
    ['twice', () => deliver(latency, Uint8Array.from([...honest, ...honest]))],
    ['byte by byte', () => deliver(latency, ...[...honest].map((single) => Uint8Array.from([single])))],
    ['wrong unit', () => deliver(latency, wrongBody(0, unit + 1))],
    ['wrong function', () => deliver(latency, wrongBody(1, code === 3 ? 4 : 3))],
    ['wrong byte count', () => deliver(latency, wrongBody(2, body.length - 1))],
    ['too short', () => deliver(latency, frame(transaction, body.subarray(0, body.length - 2)))],
    ['exception', () => deliver(latency, frame(transaction, Uint8Array.from([unit, code | 0x80, exception])))],
    ['exception of another function', () => deliver(latency, frame(transaction, Uint8Array.from([unit, 0x90, 2])))],
    ['noise', () => deliver(latency, Uint8Array.from({ length: 1 + Math.floor(random() * 12) }, byte))],
    ['noise, then the answer', () => deliver(latency, Uint8Array.from([byte(), byte(), ...honest]))],
    ['its own echo', () => deliver(latency, request)],
    ['its own echo, then the answer', () => deliver(latency, Uint8Array.from([...request, ...honest]))],
    [
      'reboot',
      () => {
        goDeaf(lateMs * 3);
        drop();
      },
    ],
  ];
};

const toTcpActs = (
  { random, lateMs, held, frame, deliver, later, goDeaf }: Hands,
  { transaction, body, honest, drop }: Turn,
): readonly Act[] => [
  ['twice, the second late', () => [latency, latency + 40 * random()].forEach((delay) => deliver(delay, honest))],
  ['held back', () => held.push(honest)],
  ['merged with an older one', () => deliver(latency, Uint8Array.from([...held.splice(0).flatMap((old) => [...old]), ...honest]))],
  ['swapped with an older one', () => deliver(latency, honest, ...held.splice(0))],
  ['half, then dropped', () => [deliver(latency, halfOf(honest)), later(latency + 1, drop)]],
  ['wrong transaction', () => deliver(latency, frame(transaction ^ (1 << Math.floor(random() * 16)), body))],
  ['wrong protocol', () => deliver(latency, withBytes(honest, 3, 1))],
  ['length 0', () => deliver(latency, withBytes(honest, 4, 0, 0))],
  ['length 0xFFFF', () => deliver(latency, withBytes(honest, 4, 0xff, 0xff))],
  ['connection dropped', drop],
  ['half-open', () => goDeaf(lateMs * 2)],
];

const toRtuActs = ({ deliver }: Hands, { honest }: Turn): readonly Act[] => [
  ['wrong checksum', () => deliver(latency, withBytes(honest, honest.length - 1, (honest.at(-1) ?? 0) ^ 0x55))],
  ['a bit flipped', () => deliver(latency, withBytes(honest, 3, (honest[3] ?? 0) ^ 1))],
  ['half', () => deliver(latency, halfOf(honest))],
];

type Ends = {
  readonly scheduler: SchedulerLike;
  readonly later: Hands['later'];
  /** The line ends a connection on which nothing was asked for so long. */
  readonly idleMs: number | undefined;
  /** It opens no connection now. */
  readonly isShut: () => boolean;
  readonly onOpen: (emit: (signal: WireSignal) => void) => void;
  readonly hear: (bytes: Uint8Array, drop: () => void) => void;
};

/** The connections to a line, one after the other. */
const createOpenWire =
  ({ scheduler, later, idleMs, isShut, onOpen, hear }: Ends): OpenWire =>
  (tell) => {
    let isOpen = true;
    const mine = (signal: WireSignal): void => {
      if (isOpen) tell(signal);
    };
    const drop = (): void => {
      mine({ kind: 'lost', why: 'dropped' });
      isOpen = false;
    };
    later(1, () => {
      if (!isOpen) return;
      onOpen(mine);
      if (isShut()) drop();
      else mine({ kind: 'opened' });
    });
    let writtenAt = scheduler.now();
    return {
      write: (bytes) => {
        const sent = bytes.slice();
        later(0.5, () => hear(sent, drop));
        writtenAt = scheduler.now();
        if (idleMs !== undefined) later(idleMs, () => scheduler.now() - writtenAt < idleMs || drop());
      },
      end: () => {
        isOpen = false;
      },
    };
  };

export type HostileLineOptions = {
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly lateMs: number;
  readonly mischief: number;
  readonly isSilent?: (unit: number, now: number) => boolean;
  readonly quirks?: LineQuirks;
};

/** Makes a line. `lateMs` is about the client's answer time-out: answers come up to three times as late. */
export const createHostileLine = (
  framing: Framing,
  { scheduler, random, lateMs, mischief, isSilent = () => false, quirks = {} }: HostileLineOptions,
): HostileLine => {
  let heard = 0;
  let deafUntil = 0;
  let emitCurrent: ((signal: WireSignal) => void) | null = null;
  const deafUnits = new Map<number, number>();
  const deeds = new Map<string, number>();
  const later = (delay: number, work: () => void): void => void scheduler.schedule(work, delay);
  const frame = (transaction: number, body: Uint8Array): Uint8Array =>
    framing === 'tcp' ? encodeMbap(quirks.namesNoTransaction === true ? 0 : transaction, body) : withCrc(body);
  // What is on its way when a connection ends may still come, on the next: gateways do that, and a serial line always.
  const deliver = createOutbox(later, (signal) => emitCurrent?.(signal));
  const goDeaf = (ms: number): void => void (deafUntil = scheduler.now() + ms);
  const hands: Hands = { random, lateMs, held: [], frame, deliver, later, goDeaf };

  const answer = (transaction: number, body: Uint8Array, request: Uint8Array, drop: () => void): void => {
    const turn: Turn = { transaction, body, request, honest: frame(transaction, body), drop };
    const exception = [1, 2, 3, 4, 5, 6, 0x0a, 0x0b][Math.floor(random() * 8)] ?? 4;
    if (random() >= mischief) return deliver(latency, turn.honest);
    // Without transactions nobody could distinguish these, and TCP has no checksum of its own.
    const ofFraming = quirks.namesNoTransaction === true ? [] : framing === 'tcp' ? toTcpActs(hands, turn) : toRtuActs(hands, turn);
    const acts = [...toCommonActs(hands, turn, exception), ...ofFraming];
    const [name, act] = acts[Math.floor(random() * acts.length)] ?? acts[0] ?? ['nothing', () => undefined];
    deeds.set(name, (deeds.get(name) ?? 0) + 1);
    return act();
  };

  const hear = (bytes: Uint8Array, drop: () => void): void => {
    if (scheduler.now() < deafUntil) return;
    const requests = framing === 'tcp' ? readMbap(new Uint8Array(0), bytes).frames : [{ transaction: 0, body: bytes.subarray(0, -2) }];
    for (const { transaction, body } of requests) {
      if (isSilent(body[0] ?? 0, scheduler.now())) continue;
      const [unit = 0] = body;
      const refusal = quirks.refuses?.(unit, word(body, 2), word(body, 4)) ?? null;
      if (scheduler.now() < (deafUnits.get(unit) ?? 0) || refusal === 'nothing') continue;
      if (quirks.deafMs !== undefined) deafUnits.set(unit, scheduler.now() + quirks.deafMs);
      if (refusal !== null) {
        deliver(latency, frame(transaction, Uint8Array.from([unit, (body[1] ?? 0) | 0x80, refusal])));
        continue;
      }
      heard += 1;
      answer(transaction, toHonest(body, heard), bytes, drop);
    }
  };

  const isShut = (): boolean => framing === 'tcp' && scheduler.now() < deafUntil;
  const onOpen = (emit: (signal: WireSignal) => void): void => {
    emitCurrent = emit;
  };
  const openWire = createOpenWire({ scheduler, later, idleMs: quirks.idleMs, isShut, onOpen, hear });
  return { openWire, heard: () => heard, deeds };
};
