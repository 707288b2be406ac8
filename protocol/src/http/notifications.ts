import { Type, type Static } from 'typebox';
import { AlarmPriority, WallTime } from '../entries/entry.ts';

const closed = { additionalProperties: false } as const;
const unknownOr = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Name = Type.String({ maxLength: 64 });
const Problem = unknownOr(Type.String({ maxLength: 400 }));

/** A message to one person or receiver. */
const NotificationMessage = Type.Object(
  {
    /** The same however often the message is tried. */
    id: Type.String({ maxLength: 400 }),
    channel: Name,
    /** Null for a channel that has one receiver. */
    person: unknownOr(Name),
    priority: AlarmPriority,
    alarms: Type.Array(Type.Object({ alarm: Type.String(), kind: Type.Enum(['raised', 'escalated', 'reminder', 'resolved']) }, closed)),
    queuedAt: WallTime,
    tries: Type.Integer({ minimum: 0 }),
    error: Problem,
    /** Null while it waits. */
    end: unknownOr(Type.Enum(['delivered', 'given-up'])),
    endedAt: unknownOr(WallTime),
  },
  closed,
);

/** How people are notified of alarms, as `GET /api/v1/notifications` reports it. */
export const NotificationsAnswer = Type.Object(
  {
    /** Whether the site has a document of the kind Notifications. */
    isConfigured: Type.Boolean(),
    channels: Type.Array(
      Type.Object(
        {
          id: Name,
          kind: Type.Enum(['email', 'webhook', 'ntfy']),
          /** Failures since it delivered last. */
          failures: Type.Integer({ minimum: 0 }),
          deliveredAt: unknownOr(WallTime),
          failedAt: unknownOr(WallTime),
          error: Problem,
        },
        closed,
      ),
    ),
    /** Messages that are not delivered yet, oldest first. */
    waiting: Type.Array(NotificationMessage),
    /** The newest 200 that were delivered or given up, newest first. */
    ended: Type.Array(NotificationMessage),
  },
  closed,
);

/** Asks for a test message to a person, a rota or a channel. */
export const NotificationTest = Type.Object({ to: Name }, closed);

/** What came of a test message, for each address; `error` is null where it was delivered. */
export const NotificationTestAnswer = Type.Array(Type.Object({ channel: Name, person: unknownOr(Name), error: Problem }, closed));

export type NotificationsAnswer = Static<typeof NotificationsAnswer>;
export type NotificationTest = Static<typeof NotificationTest>;
export type NotificationTestAnswer = Static<typeof NotificationTestAnswer>;
