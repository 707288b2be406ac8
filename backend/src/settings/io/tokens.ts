import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenRecord } from '../settings.ts';

/** What a credential is for. */
export type TokenPurpose = Omit<TokenRecord, 'id' | 'hash'>;

/**
 * Makes a credential of 32 random bytes or more. The token is for whoever will use it; only the record is kept.
 */
export function createToken(bytes: Uint8Array, purpose: TokenPurpose): { readonly token: string; readonly record: TokenRecord } {
  if (bytes.length < 32) throw new RangeError('a token needs 32 random bytes');
  const token = `phloem_${Buffer.from(bytes).toString('base64url')}`;
  const hash = toHash(token).toString('hex');
  // The id is for people and records; it is made from the hash, so that it says nothing about the token.
  return { token, record: { id: hash.slice(0, 12), hash, ...purpose } };
}

/** The record of a token; null when there is none. Takes the same time whichever record it is. */
export function verifyToken(records: readonly TokenRecord[], token: string): TokenRecord | null {
  const hash = toHash(token);
  let found: TokenRecord | null = null;
  for (const record of records) if (timingSafeEqual(Buffer.from(record.hash, 'hex'), hash)) found = record;
  return found;
}

const toHash = (token: string): Buffer => createHash('sha256').update(token).digest();
