import { Type, type Static } from 'typebox';
import { Alarm, closed, DurationText, onOff } from './words.ts';

/** How loud a rule or loop asks. */
export const Level = Type.Enum(['protect', 'control', 'schedule']);

/** What a rule or loop does while it does not know. */
export const OnUnknown = Type.Object(
  {
    hold: DurationText,
    // eslint-disable-next-line unicorn/no-thenable -- a word of the documents; nobody awaits a schema
    then: Type.Union([Type.Enum(['release', ...onOff]), Type.Number({ minimum: 0, maximum: 100 })], {
      expected: 'release, on, off, or a number from 0 to 100',
    }),
    alarm: Type.Optional(Alarm),
  },
  closed,
);
export type OnUnknown = Static<typeof OnUnknown>;
