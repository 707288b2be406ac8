import { Type } from 'typebox';
import { closed, MomentText } from './words.ts';

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
/** The days of a week, Sunday first. */
export const dayNames: readonly string[] = days;
const Window = Type.Object(
  { from: MomentText, to: MomentText, days: Type.Optional(Type.Array(Type.Enum([...days]), { minItems: 1, maxItems: 7 })) },
  closed,
);
/** Stretches of site time. */
export const Windows = Type.Array(Window, { minItems: 1, maxItems: 32 });
