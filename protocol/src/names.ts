import { Type, type Static } from 'typebox';

/** A name that people type: lower case, digits, `_`; starts with a letter; 63 characters at most. */
const word = '[a-z][a-z0-9_]{0,62}';

/** A room, house or store: `flower_room`. */
export const LocationId = Type.String({ pattern: `^${word}$` });
/** A group of sensors that are read together: `front`. */
export const ClusterId = Type.String({ pattern: `^${word}$` });
/** A key in a cluster: `leaf_temperature`. */
export const MeasurementId = Type.String({ pattern: `^${word}$` });
/** One named value: `flower_room/front/leaf_temperature`. */
export const PointId = Type.String({ pattern: `^${word}/${word}/${word}$` });
/** Something that acts: `flower_room/heater`. */
export const DeviceId = Type.String({ pattern: `^${word}/${word}$` });
/** The id of a Bridge document. The node of the bridge is `bridge-` and this id. */
export const BridgeId = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,40}$', expected: 'the id of a bridge, such as history' });

/** A configured, stable name of a node: `automation-1`. */
export const NodeId = Type.String({ pattern: '^[a-z][a-z0-9_.-]{0,62}$' });
/** A random name made at each start of a node. */
export const RunId = Type.String({ pattern: '^[A-Za-z0-9_-]{8,32}$' });
/** One accepted greeting of a node; ends with its connection. */
export const SessionId = Type.String({ pattern: '^[A-Za-z0-9_-]{8,32}$' });
/** The name that a node gives to one of its subscriptions. */
export const SubscriptionId = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,31}$' });
/** One stretch of the log's lineage: 12 random characters. */
export const Epoch = Type.String({ pattern: '^[A-Za-z0-9]{12}$' });
/** The number of an entry: 1, 2, 3 … without holes; 0 stands before the first. */
export const Lsn = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** The fencing number of a lease; rises at every grant. */
export const Term = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** SHA-256 of a canonical JSON text, 64 lower-case hexadecimal digits. */
export const DocumentHash = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** The locations of a lease, in order, joined by `+`: `flower_room+propagation`. */
export const ScopeId = Type.String({ pattern: `^${word}(\\+${word})*$`, maxLength: 1024 });
/** A set-point as `value` entries name it, the id of its document and its own name: `flower_room/climate/temp`. */
export const SetpointName = Type.String({ minLength: 3, maxLength: 160, pattern: '^[^/\\s][^\\s]*/[^/\\s]+$' });
/** The name of a cursor that the hub keeps for a node: `history-bridge`. */
export const CursorName = Type.String({ pattern: '^[a-z][a-z0-9_.-]{0,62}$' });
/** A position in the log. */
export const Position = Type.Object({ epoch: Epoch, lsn: Lsn }, { additionalProperties: false });

/** A source of readings that the site declares: `zigbee`. */
export const SourceId = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' });

export type LocationId = Static<typeof LocationId>;
export type ClusterId = Static<typeof ClusterId>;
export type MeasurementId = Static<typeof MeasurementId>;
export type PointId = Static<typeof PointId>;
export type DeviceId = Static<typeof DeviceId>;
export type NodeId = Static<typeof NodeId>;
export type BridgeId = Static<typeof BridgeId>;
export type RunId = Static<typeof RunId>;
export type SessionId = Static<typeof SessionId>;
export type SubscriptionId = Static<typeof SubscriptionId>;
export type Epoch = Static<typeof Epoch>;
export type Lsn = Static<typeof Lsn>;
export type Term = Static<typeof Term>;
export type DocumentHash = Static<typeof DocumentHash>;
export type ScopeId = Static<typeof ScopeId>;
export type SetpointName = Static<typeof SetpointName>;
export type CursorName = Static<typeof CursorName>;
export type Position = Static<typeof Position>;
export type SourceId = Static<typeof SourceId>;
