import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const AlarmName = Type.String({ minLength: 1, maxLength: 200 });
/** The alarms that a request names. */
const AlarmNames = Type.Array(AlarmName, { minItems: 1, maxItems: 100 });
const Comment = Type.String({ minLength: 1, maxLength: 400 });

/** How many alarms one request may name. */
export const maxAlarmsPerRequest = 100;
/** The longest that an alarm is shelved for: 24 h, in milliseconds. */
export const longestShelvingMs = 86_400_000;

/** `POST /api/v1/alarms/acknowledge`; answered by the alarms as they stand. */
export const AcknowledgeRequest = Type.Object({ alarms: AlarmNames, comment: Type.Optional(Comment) }, closed);
/** The body of `POST /api/v1/alarms/{alarm}/acknowledge`. */
export const CommentRequest = Type.Object({ comment: Type.Optional(Comment) }, closed);
/** `POST /api/v1/alarms/shelve`; answered by the alarms as they stand. */
export const ShelveRequest = Type.Object(
  {
    alarms: AlarmNames,
    forMs: Type.Integer({ minimum: 1000, maximum: longestShelvingMs }),
    reason: Type.String({ minLength: 1, maxLength: 400, pattern: '\\S' }),
  },
  closed,
);
/** `POST /api/v1/alarms/unshelve`; answered by the alarms as they stand. */
export const UnshelveRequest = Type.Object({ alarms: AlarmNames, reason: Type.Optional(Comment) }, closed);

export type AcknowledgeRequest = Static<typeof AcknowledgeRequest>;
export type CommentRequest = Static<typeof CommentRequest>;
export type ShelveRequest = Static<typeof ShelveRequest>;
export type UnshelveRequest = Static<typeof UnshelveRequest>;
