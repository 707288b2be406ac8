import { Type, type Static } from 'typebox';

/** The names that an instrument's document gives to the values of a point: `{ "stopped": 0, "heat": 4 }`. */
export const NamedValues = Type.Record(Type.String(), Type.Number());
export type NamedValues = Static<typeof NamedValues>;

/** The name of a value; null where it has none. Of two names for one value the first holds. */
export const findValueName = (names: NamedValues | undefined, value: unknown): string | null =>
  names === undefined || typeof value !== 'number' ? null : (Object.entries(names).find(([, each]) => each === value)?.[0] ?? null);

/** A named value as people read it, the name with its number: `heat (4)`; null where it has no name. */
export const toNamedText = (names: NamedValues | undefined, value: unknown): string | null => {
  const name = findValueName(names, value);
  return name === null ? null : `${name} (${String(value)})`;
};
