import { Type, type Static } from 'typebox';
import { DeviceId, PointId } from '../names.ts';
import { quantityNames } from '../quantity.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** The id of a bus, as the site has it. */
export const BusId = Type.String({ minLength: 1, maxLength: 120 });
/** The address of a unit on a bus. */
export const UnitId = Type.Integer({ minimum: 1, maximum: 247 });
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
    /** Answers that did not fit, broken checksums included. */
    mismatches: Count,
    /** Of them, those whose checksum was broken. */
    checksums: Count,
    exceptions: Count,
    unsent: Count,
    p50: orNull(Type.Number()),
    p95: orNull(Type.Number()),
    /** How long it has been given up; 0 while it is asked as usual. */
    silentMs: Duration,
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
    state: Type.Enum(['up', 'down', 'partial']),
    /** The share of time, 0 to 1, in which the bus was taken, over the last ten seconds. */
    load: Type.Number({ minimum: 0, maximum: 1 }),
    /** Of it, the share that scans, reads by hand and fast watches took. */
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
    count: Type.Integer({ minimum: 1, maximum: 4 }),
    type: Type.Enum(['bit', 'u16', 's16', 'u32', 's32', 'f32', 'f64']),
    wordOrder: Type.Enum(['ABCD', 'CDAB']),
    scale: Type.Number(),
    offset: Type.Number(),
    quantity: orNull(Type.Enum([...quantityNames])),
    decimals: Type.Integer({ minimum: 0, maximum: 6 }),
    intervalMs: Duration,
  },
  closed,
);

/** A read by hand: any unit, any register, behind everything else that the bus has to do. */
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

/** What came of a read by hand. Bytes are hexadecimal, as they were on the wire. */
export const BusReadAnswer = Type.Object(
  {
    bus: BusId,
    outcome: Type.Enum(['answered', 'exception', 'timeout', 'mismatch', 'link']),
    /** What was wrong, in words; null when it was answered. */
    why: orNull(Type.String({ maxLength: 400 })),
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
