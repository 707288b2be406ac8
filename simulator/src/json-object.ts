/** An object as it comes out of JSON, not yet known. */
export type JsonObject = { readonly [key: string]: unknown };

/** Claims that a value is an object with keys, not a list or null. */
export const isPlainObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Words as people read a list of them. */
export const toList = (words: readonly string[]): string => words.join(', ');
