import { Type, type Static } from 'typebox';
import { Windows } from './windows.ts';
import { closed, DurationText, ExpressionText } from './words.ts';

const ForTimes = Type.Object({ on: Type.Optional(DurationText), off: Type.Optional(DurationText) }, closed);
/** A condition over time, of a rule or an interlock. */
export const When = Type.Union(
  [
    ExpressionText,
    Type.Object({ expr: ExpressionText, for: Type.Optional(ForTimes) }, closed),
    Type.Object({ hysteresis: Type.Object({ on: ExpressionText, off: ExpressionText }, closed), for: Type.Optional(ForTimes) }, closed),
    Type.Object({ schedule: Windows }, closed),
  ],
  { expected: 'an expression in quotes, or a map with hysteresis (or expr) and for, or a schedule' },
);
export type When = Static<typeof When>;
