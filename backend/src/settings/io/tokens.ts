import { createHash } from 'node:crypto';
import type { TokenRecord } from '../settings.ts';

/** What a credential is for. */
export type TokenPurpose = Omit<TokenRecord, 'id' | 'hash'>;

/**
 * Makes a credential of 32 random bytes or more. The token is for its future user; only the record is kept.
 */
export function createToken(bytes: Uint8Array, purpose: TokenPurpose): { readonly token: string; readonly record: TokenRecord } {
  if (bytes.length < 32) throw new RangeError('a token needs 32 random bytes');
  const token = `phloem_${Buffer.from(bytes).toString('base64url')}`;
  const hash = toHash(token).toString('hex');
  // The id is for people and records; it is made from the hash, so that it says nothing about the token.
  return { token, record: { id: hash.slice(0, 12), hash, ...purpose } };
}

type Table = { readonly byHash: ReadonlyMap<string, TokenRecord>; readonly byId: ReadonlyMap<string, TokenRecord> };
const tables = new WeakMap<readonly TokenRecord[], Table>();

const toTable = (records: readonly TokenRecord[]): Table => {
  const known = tables.get(records);
  if (known !== undefined) return known;
  const made = {
    byHash: new Map(records.map((record) => [record.hash, record])),
    byId: new Map(records.map((record) => [record.id, record])),
  };
  tables.set(records, made);
  return made;
};

/** The record with an id; null when there is none. */
export const findRecord = (records: readonly TokenRecord[], id: string): TokenRecord | null => toTable(records).byId.get(id) ?? null;

/**
 * The record of a token; null when there is none. It is found by its hash: how long that takes says nothing about a token,
 * and does not grow with the number of records.
 */
export const verifyToken = (records: readonly TokenRecord[], token: string): TokenRecord | null =>
  toTable(records).byHash.get(toHash(token).toString('hex')) ?? null;

const toHash = (token: string): Buffer => createHash('sha256').update(token).digest();
