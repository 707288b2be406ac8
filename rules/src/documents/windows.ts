import { Type, type Static } from 'typebox';
import { closed, DurationText, EndText, ExpressionText, MomentText } from './words.ts';

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
/** The days of a week, Sunday first. */
export const dayNames: readonly string[] = days;
/** Two letters are no name; three find theirs by themselves. */
const dayHints = days.map((day) => [`^${day.slice(0, 2)}$`, `did you mean ${day}?`] as const);
const Window = Type.Object(
  {
    from: MomentText,
    to: EndText,
    days: Type.Optional(Type.Array(Type.Enum([...days], { hints: dayHints }), { minItems: 1, maxItems: 7 })),
    every: Type.Optional(
      Type.String({
        pattern: '^([1-9]\\d?|[12]\\d\\d|3[0-5]\\d|36[0-6])d$',
        expected: 'a number of days from 1d to 366d, such as 2d',
        hints: [['^\\d+ ?w$', 'write weeks as days: 7d, 14d']],
        description: 'On one day in so many, counted from startingOn.',
      }),
    ),
    startingOn: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        expected: 'a day, such as 2026-03-01',
        description: 'The first day of a window with every; there is none before it.',
      }),
    ),
  },
  closed,
);
/** A stretch of site time that comes again and again. */
export type WindowDeclaration = Static<typeof Window>;
/** Stretches of site time. */
export const Windows = Type.Array(Window, { minItems: 1, maxItems: 32 });

/** A duty cycle: on for so long, then off for so long, while a condition holds. */
export const Cycle = Type.Object({ on: DurationText, off: DurationText, while: Type.Optional(ExpressionText) }, closed);
export type Cycle = Static<typeof Cycle>;
