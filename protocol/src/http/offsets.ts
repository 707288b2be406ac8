import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

/** What is offered where nobody says how long an offset is to stand: 2 h, in milliseconds. */
export const defaultOffsetMs = 7_200_000;
/** The longest offset there is: 24 h, in milliseconds. */
export const longestOffsetMs = 86_400_000;
/** So long before its end an offset says that it is about to end, in milliseconds. */
export const offsetWarningMs = 120_000;

/**
 * What somebody asks for by `POST /api/v1/setpoints/{name}/offset`; answered by an `OffsetStatus`. `delta` is in the unit
 * of differences of the set-point's quantity (K, %, kPa, ppm), not 0, and at most its `reach` either way.
 */
export const OffsetRequest = Type.Object(
  {
    delta: Type.Number(),
    reason: Type.String({ minLength: 1, maxLength: 400 }),
    forMs: Type.Integer({ minimum: 1000, maximum: longestOffsetMs }),
  },
  closed,
);
export type OffsetRequest = Static<typeof OffsetRequest>;
