import { millis, type Millis } from '@phloem/protocol';
import type { BusSpec } from '../site/site.ts';
import { findQuirks, type UnitQuirks } from '../site/unit-quirks.ts';
import { toAnswerTime, type BusTiming } from './bus/bus-timing.ts';
import { isWrite, type BusRequest } from './modbus/bus-request.ts';
import { toAnswerLength } from './modbus/check-answer.ts';

/** What a connection has to know of its units. */
export type LinkQuirks = {
  /** Claims that an answer of the unit counts whatever transaction it names. */
  readonly takesAnyTransaction: (unit: number) => boolean;
  /** The unit that an answer names. */
  readonly answersAs: (unit: number) => number;
  /** Claims that nobody answers the request. */
  readonly isBroadcast: (request: BusRequest) => boolean;
  /** How long a unit is left alone between a probe and the request that it came before. */
  readonly probePauseMs: (unit: number) => Millis;
};

/** A unit that failed may be one that needs a pause; what it still owes has time to come. */
const probePause = millis(200);

const isRtuBroadcast = (request: BusRequest): boolean => request.unit === 0 && isWrite(request);

/** Units that answer as Modbus says, on a bus of RTU. */
export const plainLink: LinkQuirks = {
  takesAnyTransaction: () => false,
  answersAs: (unit) => unit,
  isBroadcast: isRtuBroadcast,
  probePauseMs: () => probePause,
};

/** Every unit needs a moment to do what a broadcast says (MODBUS over Serial Line V1.02, 2.1: 100 to 200 ms). */
const broadcastDelay = 100;
const crcBytes = 2;

/** What the connections of a bus have to know of its units. On TCP unit 0 is a unit like others: the peer itself. */
export const toLinkQuirks = ({ id, transport }: Pick<BusSpec, 'id' | 'transport'>, quirks: readonly UnitQuirks[] = []): LinkQuirks => {
  const isTcp = transport.kind === 'tcp';
  return {
    takesAnyTransaction: (unit) => isTcp && findQuirks(quirks, id, unit)?.transactionId === 'any',
    answersAs: (unit) => findQuirks(quirks, id, unit)?.answersAs ?? unit,
    isBroadcast: (request) => !isTcp && isRtuBroadcast(request) && findQuirks(quirks, id, 0)?.answersAs === undefined,
    probePauseMs: (unit) => findQuirks(quirks, id, unit)?.requestGapMs ?? probePause,
  };
};

/** The pauses of a bus and of its units; `learnedMs` is what a unit has been found to need. */
export const toBusTiming = (
  spec: BusSpec,
  quirks: readonly UnitQuirks[] = [],
  learnedMs: (unit: number) => number = () => 0,
): BusTiming => {
  const { id, transport, answerTimeoutMs, requestGapMs = 0, connectDelayMs = 0, broadcastDelayMs = broadcastDelay } = spec;
  const { takesAnyTransaction, isBroadcast } = toLinkQuirks(spec, quirks);
  const isTcp = transport.kind === 'tcp';
  return {
    gapMs: (unit) => findQuirks(quirks, id, unit)?.requestGapMs ?? learnedMs(unit),
    lineGapMs: requestGapMs,
    connectDelayMs,
    broadcastDelayMs,
    pollDistanceMs: (unit) => findQuirks(quirks, id, unit)?.pollDistanceMs ?? 0,
    answerMs: (request) => {
      const own = findQuirks(quirks, id, request.unit);
      if (own?.answerTimeoutMs === undefined && own?.byteGapMs === undefined) return null;
      return toAnswerTime(answerTimeoutMs, own.answerTimeoutMs, own.byteGapMs ?? 0, toAnswerLength(request) + crcBytes);
    },
    isBroadcast,
    answersLate: (unit) => isTcp && !takesAnyTransaction(unit),
  };
};

/** A write by the functions that its unit knows. */
export const toOwnWrite = (request: BusRequest, quirks: UnitQuirks | undefined): BusRequest => {
  const { unit, address } = request;
  if (request.function === 5 && quirks?.writeCoils === 15) return { function: 15, unit, address, values: request.values };
  if (request.function === 6 && quirks?.writeRegisters === 16) return { function: 16, unit, address, values: request.values };
  const [only, ...others] = 'values' in request ? request.values : [];
  if (others.length > 0) return request;
  if (request.function === 15 && quirks?.writeCoils === 5 && typeof only === 'boolean')
    return { function: 5, unit, address, values: [only] };
  if (request.function === 16 && quirks?.writeRegisters === 6 && typeof only === 'number')
    return { function: 6, unit, address, values: [only] };
  return request;
};

/** How long a bus that does not recognise late answers is left alone when a unit owes one. */
export const toQuietTime = ({ answerTimeoutMs }: Pick<BusSpec, 'answerTimeoutMs'>): Millis => millis(2 * answerTimeoutMs);
