import { Type, type Static } from 'typebox';
import { NamedValues } from '../named-values.ts';
import { DeviceId, PointId } from '../names.ts';
import { readUnknownAs } from '../open-schema.ts';
import { Reason } from '../reasons/index.ts';
import { wordOrders } from '../registers/decodings.ts';
import { registerTypes } from '../registers/register-shape.ts';
import { quantityNames } from '../quantity.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** The id of a bus, as the site has it. */
export const BusId = Type.String({ minLength: 1, maxLength: 120 });
/** The address of a unit on a bus. */
export const UnitId = Type.Integer({ minimum: 0, maximum: 255 });
/** What reads: 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers. */
export const ReadFunctionCode = Type.Enum([1, 2, 3, 4]);
/** The address on the wire, from 0. */
export const WireAddress = Type.Integer({ minimum: 0, maximum: 65_535 });

/** How a serial line is set. Its stop bits stay those of the site. */
export const LineSettings = Type.Object(
  { baudRate: Type.Integer({ minimum: 300, maximum: 921_600 }), parity: Type.Enum(['none', 'even', 'odd']) },
  closed,
);

/** How one unit answers, since the hub opened the bus. Latencies in milliseconds over the last answers. */
export const UnitHealthAnswer = Type.Object(
  {
    unit: Type.Integer({ minimum: 0, maximum: 255 }),
    requests: Count,
    timeouts: Count,
    /** Answers that did not match, broken checksums included. */
    mismatches: Count,
    /** Of them, those whose checksum was broken. */
    checksums: Count,
    exceptions: Count,
    unsent: Count,
    p50: orNull(Type.Number()),
    p95: orNull(Type.Number()),
    /** How long it has been given up; 0 while it is asked as usual. */
    silentMs: Duration,
    /** The pause that it is given between requests; 0 for none. */
    gapMs: Duration,
    /** Claims that the pause was found by trying, and is declared nowhere. */
    isGapLearned: Type.Boolean(),
    /** Registers that cannot be read, and what was seen instead. */
    holes: Type.Array(
      Type.Object({ function: ReadFunctionCode, address: WireAddress, count: Count, why: Type.String({ maxLength: 200 }) }, closed),
    ),
    /** What to declare of it, so that the hub need not find it out again. */
    advice: Type.Array(Type.String({ maxLength: 300 })),
    /** The instruments and devices that the site has there; empty for a unit that only a scan has asked. */
    names: Type.Array(Type.String({ maxLength: 160 })),
  },
  closed,
);

/** How a bus is used and what goes wrong on it, since the hub opened it. */
export const BusHealthAnswer = Type.Object(
  {
    bus: BusId,
    /** How it is reached, in words: `Modbus TCP 10.0.0.7:502`. */
    transport: Type.String({ maxLength: 200 }),
    /** How the serial line is set; null where there is none. */
    line: orNull(LineSettings),
    /** `unknown` until a unit has answered, or the bus was tried for long enough. */
    state: Type.Enum(['up', 'down', 'partial', 'unknown'], readUnknownAs('unknown')),
    /** The share of time, 0 to 1, in which the bus was taken, over the last ten seconds. */
    load: Type.Number({ minimum: 0, maximum: 1 }),
    /** Of it, the share that scans, manual reads and fast watches took. */
    scanLoad: Type.Number({ minimum: 0, maximum: 1 }),
    queue: Count,
    reconnects: Count,
    checksums: Count,
    lates: Count,
    mismatches: Count,
    /** Slots of polls that could not be met. */
    skipped: Count,
    /** What one round of all polls takes at present, and the shortest interval that it has to fit in. */
    cycleMs: orNull(Duration),
    intervalMs: orNull(Duration),
    answerTimeoutMs: Duration,
    units: Type.Array(UnitHealthAnswer),
  },
  closed,
);

/** One read request that is made again and again. */
export const PlannedBlockAnswer = Type.Object(
  {
    unit: UnitId,
    function: ReadFunctionCode,
    address: WireAddress,
    count: Count,
    intervalMs: Duration,
    values: Count,
    /** What it is for, as the line ranks it. */
    rank: Type.Enum(['read-back', 'control', 'poll']),
    /** Claims that the unit does not answer it: it is asked rarely. */
    isRefused: Type.Boolean(),
  },
  closed,
);

/** What is polled on a bus, and what it costs. */
export const BusPlanAnswer = Type.Object(
  {
    bus: BusId,
    requestsPerSecond: Type.Number(),
    roundMs: Type.Number(),
    /** The share of the bus that the plan takes by reckoning; above 1 it cannot be met. */
    load: Type.Number(),
    words: Type.String({ maxLength: 200 }),
    blocks: Type.Array(PlannedBlockAnswer),
  },
  closed,
);

/** Where a point or a device's read-back stands in the registers, and how it becomes a value. */
export const RegisterAnswer = Type.Object(
  {
    id: Type.Union([PointId, DeviceId]),
    kind: Type.Enum(['point', 'device']),
    title: Type.String({ maxLength: 120 }),
    bus: BusId,
    unit: UnitId,
    function: ReadFunctionCode,
    address: WireAddress,
    /** How many registers, or bits. */
    count: Type.Integer({ minimum: 1, maximum: 125 }),
    type: Type.Enum([...registerTypes]),
    wordOrder: Type.Enum([...wordOrders]),
    /** The bits of the registers that are this value's own; all of them when left out. */
    field: Type.Optional(Type.Object({ mask: Type.Integer({ minimum: 1 }), shift: Type.Integer({ minimum: 0, maximum: 31 }) }, closed)),
    /** A bit that is 0 when it is on. */
    invert: Type.Optional(Type.Boolean()),
    scale: Type.Number(),
    offset: Type.Number(),
    /** What its values are called, where its instrument lists them. */
    names: Type.Optional(NamedValues),
    quantity: orNull(Type.Enum([...quantityNames], readUnknownAs('number'))),
    decimals: Type.Integer({ minimum: 0, maximum: 6 }),
    intervalMs: Duration,
  },
  closed,
);

/** A manual read: any unit, any register, behind everything else that the bus has to do. */
export const BusReadRequest = Type.Object(
  {
    unit: UnitId,
    function: ReadFunctionCode,
    address: WireAddress,
    count: Type.Integer({ minimum: 1, maximum: 2000 }),
    /**
     * Asks at this speed instead of the line's own, once nothing else waits; the line is back at its own before anything
     * else goes out. On serial lines only.
     */
    line: Type.Optional(LineSettings),
  },
  closed,
);

/** What came of a manual read. Bytes are hexadecimal, as they were on the wire. */
export const BusReadAnswer = Type.Object(
  {
    bus: BusId,
    outcome: Type.Enum(['answered', 'exception', 'timeout', 'mismatch', 'link'], readUnknownAs('mismatch')),
    /** What was wrong, in words; null when it was answered. */
    why: orNull(Type.String({ maxLength: 400 })),
    /** Why it was not sent in time, as data. */
    cause: Type.Optional(Reason),
    exception: orNull(Type.Integer({ minimum: 0, maximum: 255 })),
    /** Registers, or bits as 0 and 1. */
    values: Type.Array(Type.Integer({ minimum: 0, maximum: 65_535 })),
    sent: Type.String(),
    received: Type.String(),
    /** How long the bus was taken by it; null when it never left. */
    tookMs: orNull(Duration),
    /** How long it waited for its turn, and then for its answer. */
    totalMs: Duration,
    answerTimeoutMs: Duration,
    /** The share of the bus, 0 to 1, that was taken by everything over the last ten seconds. */
    load: Type.Number({ minimum: 0, maximum: 1 }),
  },
  closed,
);

export type LineSettings = Static<typeof LineSettings>;
export type UnitHealthAnswer = Static<typeof UnitHealthAnswer>;
export type BusHealthAnswer = Static<typeof BusHealthAnswer>;
export type PlannedBlockAnswer = Static<typeof PlannedBlockAnswer>;
export type BusPlanAnswer = Static<typeof BusPlanAnswer>;
export type RegisterAnswer = Static<typeof RegisterAnswer>;
export type BusReadRequest = Static<typeof BusReadRequest>;
export type BusReadAnswer = Static<typeof BusReadAnswer>;

/** `GET /api/v1/registers`. */
export const RegisterAnswers = Type.Array(RegisterAnswer);
/** `GET /api/v1/buses`. */
export const BusHealthAnswers = Type.Array(BusHealthAnswer);
