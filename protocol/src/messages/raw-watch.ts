import { Type, type Static } from 'typebox';
import { WallTime } from '../entries/entry.ts';
import { BusId, UnitId } from '../http/buses.ts';
import { PointId, SubscriptionId } from '../names.ts';
import { readUnknownAs } from '../open-schema.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** The most transactions of the past that a watch may ask to begin with. */
export const maxRecent = 50;

/**
 * Asks to see what happens on a bus, on one of its units, or at one point, for two minutes; the same name again renews
 * it. `isFast` also reads the point five times a second while the watch lasts.
 */
export const WatchRequest = Type.Object(
  {
    watch: SubscriptionId,
    target: Type.Union([
      Type.Object({ bus: BusId, unit: Type.Optional(UnitId) }, closed),
      Type.Object({ point: PointId, isFast: Type.Optional(Type.Boolean()) }, closed),
    ]),
    /** How many of the last transactions to begin with; none when left out. */
    recent: Type.Optional(Type.Integer({ minimum: 0, maximum: maxRecent })),
  },
  closed,
);

/** Ends a watch. */
export const Unwatch = Type.Object({ watch: SubscriptionId }, closed);

/** How a watch stands. `load` is the share of the bus that its fast reads cost, 0 to 1. */
export const Watching = Type.Object(
  {
    watch: SubscriptionId,
    state: Type.Enum(['on', 'ended', 'refused'], readUnknownAs('ended')),
    why: orNull(Type.String({ maxLength: 400 })),
    bus: orNull(BusId),
    unit: orNull(UnitId),
    /** How long it lasts if it is not renewed. */
    forMs: Duration,
    isFast: Type.Boolean(),
    load: orNull(Type.Number({ minimum: 0 })),
  },
  closed,
);

/** How an exchange on a bus ended. `probe` came before the request to clear the line; `unsolicited` bytes nobody had asked for. */
export const TransactionOutcome = Type.Enum([
  'answered',
  'exception',
  'timeout',
  'mismatch',
  'link',
  'unsent',
  'withdrawn',
  'probe',
  'unsolicited',
]);

/** One exchange on a bus, its bytes in hexadecimal as they were on the wire. */
export const BusTransaction = Type.Object(
  {
    /** Counts the exchanges of the bus. */
    n: Count,
    at: WallTime,
    unit: Type.Integer({ minimum: 0, maximum: 255 }),
    function: Type.Integer({ minimum: 0, maximum: 255 }),
    address: Type.Integer({ minimum: 0, maximum: 65_535 }),
    count: Count,
    /** What it was for: `poll`, `write`, `scan` … */
    rank: Type.String({ maxLength: 20 }),
    outcome: TransactionOutcome,
    why: orNull(Type.String({ maxLength: 400 })),
    /** What a read brought: registers, or bits as 0 and 1. */
    values: Type.Array(Type.Integer({ minimum: 0, maximum: 65_535 }), { maxItems: 2000 }),
    sent: Type.String({ maxLength: 4096 }),
    received: Type.String({ maxLength: 4096 }),
    tookMs: orNull(Duration),
  },
  closed,
);

/** What happened since the last message of this watch, oldest first; `dropped` more were not kept. */
export const Transactions = Type.Object(
  { watch: SubscriptionId, dropped: Count, items: Type.Array(BusTransaction, { maxItems: 256 }) },
  closed,
);

export type WatchRequest = Static<typeof WatchRequest>;
export type Unwatch = Static<typeof Unwatch>;
export type Watching = Static<typeof Watching>;
export type TransactionOutcome = Static<typeof TransactionOutcome>;
export type BusTransaction = Static<typeof BusTransaction>;
export type Transactions = Static<typeof Transactions>;
