import { Type, type Static } from 'typebox';
import { Cycle, Windows } from './windows.ts';
import { closed, DurationText, ExpressionText } from './words.ts';

/** How long a condition must hold before it counts, and how long it must not before it ends. */
export const ForTimes = Type.Object({ on: Type.Optional(DurationText), off: Type.Optional(DurationText) }, closed);
const forms = [
  ExpressionText,
  Type.Object({ expr: ExpressionText, for: Type.Optional(ForTimes) }, closed),
  Type.Object({ hysteresis: Type.Object({ on: ExpressionText, off: ExpressionText }, closed), for: Type.Optional(ForTimes) }, closed),
  Type.Object({ schedule: Windows }, closed),
] as const;
/** A condition over time, of an interlock. */
export const When = Type.Union([...forms], {
  expected: 'an expression in quotes, or a map with hysteresis (or expr) and for, or a schedule',
});
export type When = Static<typeof When>;

/** A condition over time, of a rule. */
export const RuleWhen = Type.Union([...forms, Type.Object({ cycle: Cycle }, closed)], {
  expected: 'an expression in quotes, or a map with hysteresis (or expr) and for, or a schedule, or a cycle',
});
