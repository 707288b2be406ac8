import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { DocumentHash } from './names.ts';

const maxDepth = 128;

/**
 * The one text of a JSON value: keys sorted by UTF-16 code units, no white space, numbers and strings written as by
 * RFC 8785 (JSON Canonicalization Scheme). Equal values give equal texts, so that a hash names content.
 *
 * @throws TypeError for what JSON cannot say alike for everybody: `undefined`, functions, NaN, infinities, bigints, lone
 * surrogates, class instances, an own key `__proto__`, or more than 128 levels. It is a bug in the caller.
 */
export const canonicalJson = (value: unknown): string => write(value, 0);

/** The name of a document: SHA-256 of its canonical text in UTF-8, as 64 lower-case hexadecimal digits. */
export const hashDocument = (canonicalText: string): DocumentHash => bytesToHex(sha256(utf8ToBytes(canonicalText)));

const refuse = (what: string): never => {
  throw new TypeError(`${what} has no canonical JSON`);
};

const writeText = (text: string): string => (text.isWellFormed() ? JSON.stringify(text) : refuse('a lone surrogate'));

const write = (value: unknown, depth: number): string => {
  if (depth > maxDepth) return refuse(`a value nested deeper than ${maxDepth} levels`);
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : refuse(String(value));
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      return refuse(`a value of type ${typeof value}`);
  }
};

const writeArray = (items: readonly unknown[], depth: number): string => {
  let out = '[';
  // By index: a hole in an array is read as undefined, and refused.
  for (let i = 0; i < items.length; i++) out += (i === 0 ? '' : ',') + write(items[i], depth + 1);
  return `${out}]`;
};

const writeObject = (value: object, depth: number): string => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse('an instance of a class');
  let out = '{';
  for (const key of Object.keys(value).toSorted()) {
    if (key === '__proto__') return refuse('a key __proto__');
    out += (out === '{' ? '' : ',') + `${writeText(key)}:${write((value as Record<string, unknown>)[key], depth + 1)}`;
  }
  return `${out}}`;
};
