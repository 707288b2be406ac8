import { Type, type Static } from 'typebox';
import { WallTime } from '../entries/entry.ts';
import { BridgeId, Epoch, Lsn } from '../names.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Code = Type.String({ minLength: 1, maxLength: 64 });

/** Why a bridge stands still, or last did. */
export const BridgeProblem = Type.Object({ code: Code, message: Type.String({ maxLength: 1000 }) }, closed);

/** What a bridge has done since its process started. */
export const BridgeCounts = Type.Object({ records: Count, batches: Count, gaps: Count, epochs: Count, failures: Count }, closed);

/** What a bridge carries: the log to another system, or readings or requests from one. */
export const BridgeDirection = Type.Enum(['out', 'readings', 'requests']);

/** How a foreign automation stands whose requests a bridge takes. */
export const AutomationCode = Type.Enum(['no-sign-of-life', 'waiting-for-lease', 'in-control']);

/** What a running bridge reports of itself every few seconds. */
export const BridgeReport = Type.Object(
  {
    title: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]),
    /** The kind of its target: `redis`, `postgresql`, … */
    target: Type.String({ minLength: 1, maxLength: 40 }),
    direction: BridgeDirection,
    /** Null where it takes no requests, or has not looked yet. `forMs` is how long the code has been so, which needs no common clock. */
    automation: Type.Union([Type.Object({ code: AutomationCode, forMs: Type.Number({ minimum: 0 }) }, closed), Type.Null()]),
    phase: Type.Enum(['resting', 'dialing', 'flowing', 'fenced', 'closed']),
    error: Type.Union([BridgeProblem, Type.Null()]),
    counters: BridgeCounts,
  },
  closed,
);

/** A bridge as `GET /api/v1/bridges` lists it. */
export const BridgeAnswer = Type.Object(
  {
    id: BridgeId,
    title: Type.Union([Type.String(), Type.Null()]),
    target: Type.Union([Type.String(), Type.Null()]),
    direction: BridgeDirection,
    /**
     * `silent`: the hub has had no report for ten seconds. `stopped`: it runs, and has given up for good. `no-sign-of-life`: it is connected,
     * and the foreign automation whose requests it takes shows no life.
     */
    state: Type.Enum(['flowing', 'no-sign-of-life', 'connecting', 'stopped', 'silent']),
    /** Since when the foreign automation stands so; null where there is none, and where that is not known, as of a silent bridge. */
    automation: Type.Union([Type.Object({ code: AutomationCode, since: WallTime }, closed), Type.Null()]),
    /** How many entries its target has not acknowledged; null before its first connection to a target. */
    lag: Type.Union([Count, Type.Null()]),
    /** The age of the oldest of them in milliseconds; 0 where there is none. */
    lagMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    /** The newest entry that its target has acknowledged. */
    position: Type.Union([Type.Object({ epoch: Epoch, lsn: Lsn }, closed), Type.Null()]),
    reportedAt: Type.Union([WallTime, Type.Null()]),
    error: Type.Union([BridgeProblem, Type.Null()]),
    counters: Type.Union([BridgeCounts, Type.Null()]),
  },
  closed,
);
/** All bridges that report, or have a cursor, by id. */
export const BridgeAnswers = Type.Array(BridgeAnswer, { maxItems: 1000 });

export type BridgeReport = Static<typeof BridgeReport>;
export type AutomationCode = Static<typeof AutomationCode>;
export type BridgeAnswer = Static<typeof BridgeAnswer>;

/** The name under which the hub knows a bridge, as a node and as the owner of a cursor. */
export const toBridgeNode = (id: BridgeId): string => `bridge-${id}`;

/** The id of the bridge that a node is; null where it is none. */
export const toBridgeId = (node: string): BridgeId | null =>
  /^bridge-[a-z][a-z0-9_-]{0,40}$/.test(node) ? node.slice('bridge-'.length) : null;
