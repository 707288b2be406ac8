import { Type, type Static } from 'typebox';
import { Alarm, closed, DurationText } from './words.ts';

/** How loud a rule or loop asks. */
export const Level = Type.Enum(['protect', 'control', 'schedule']);

/** What a rule or loop does while it does not know. */
export const OnUnknown = Type.Object(
  {
    hold: DurationText,
    // eslint-disable-next-line unicorn/no-thenable -- a word of the documents; nobody awaits a schema
    then: Type.Union([Type.Number(), Type.String({ minLength: 1, maxLength: 60 })], {
      expected: 'release, on, off, a number, a quantity such as "22.5 °C", or the name of a mode',
    }),
    alarm: Type.Optional(Alarm),
  },
  closed,
);
export type OnUnknown = Static<typeof OnUnknown>;
