import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { formatAuthor, parseAuthor, type Author, type LocationId, type NodeId, type Role } from '@phloem/protocol';
import type { CredentialRecord } from '../../access/identity.ts';
import type { Settings, TokenRecord } from '../settings.ts';
import { openLowdbSettings } from './lowdb-settings.ts';
import { createToken, findRecord, verifyToken } from './tokens.ts';

/** Whom a credential is for; `nodeId: null` is a browser. */
export type CredentialOf = {
  readonly role: Role;
  readonly nodeId: NodeId | null;
  readonly name?: string | undefined;
  readonly isBrowser?: boolean | undefined;
  /** A screen on a wall, which stays until it is taken back. */
  readonly isKiosk?: boolean | undefined;
  readonly locations?: readonly LocationId[] | undefined;
  /** Who makes it, as the log names people. */
  readonly createdBy?: Author | undefined;
  /** How long it is good, from now on; as long as nobody revokes it when not said. A browser's is good for 30 days. */
  readonly forMs?: number | undefined;
};

/** The credentials in the hub's settings. */
export type SettingsCredentials = {
  /** Who is behind a token; null when nobody is. */
  verify(token: string): CredentialRecord | null;
  /** Makes a credential, on disk when the promise resolves. The token is shown this once. */
  create(identity: CredentialOf): Promise<string>;
  /** Claims that a credential exists and has not expired. */
  isLive(id: string): boolean;
  /** Those that are good, oldest first. */
  list(): readonly CredentialRecord[];
  /** Takes a credential back by its id. */
  revoke(id: string): Promise<void>;
  /** The settings in which they are kept. */
  readonly settings: Settings;
  close(): Promise<void>;
};

/** A browser that signs in again leaves its old credential behind: only the newest of each person are kept. */
const browsersKept = 20;
/** As long as its cookie: a browser signs in again after that. */
const browserMs = 30 * 86_400_000;
/** As long as a browser keeps a cookie at most. */
const kioskMs = 400 * 24 * 3_600_000;

/**
 * Opens the credentials in the settings of a data folder, for this process alone.
 *
 * @throws Fault `store/locked` when a hub has them open, and as `openLowdbSettings`.
 */
export async function openCredentials({ data }: { readonly data: string }): Promise<SettingsCredentials> {
  return createCredentials(await openLowdbSettings({ path: join(data, 'settings.json') }));
}

/** Claims that a credential is good at the wall time `now`. */
const isGood = (record: TokenRecord, now: number): boolean => now < (toExpiry(record) ?? Number.POSITIVE_INFINITY);

/** When a credential ends; undefined where it does not. Those made before ends were written down have the usual one. */
const toExpiry = ({ isBrowser, isKiosk, createdAt, expiresAt }: TokenRecord): number | undefined =>
  expiresAt ?? (isBrowser === true ? createdAt + browserMs : isKiosk === true ? createdAt + kioskMs : undefined);

/** Credentials over settings that are open; closing them closes the settings. `now` is the wall clock. */
export const createCredentials = (settings: Settings, now: () => number = Date.now): SettingsCredentials => ({
  settings,
  verify: (token) => {
    const record = verifyToken(settings.data.tokens, token);
    return record === null || !isGood(record, now()) ? null : withoutHash(record);
  },
  isLive: (id) => {
    const record = findRecord(settings.data.tokens, id);
    return record !== null && isGood(record, now());
  },
  list: () => settings.data.tokens.filter((record) => isGood(record, now())).map(withoutHash),
  create: async ({ role, nodeId, name, isBrowser = false, isKiosk = false, locations, createdBy, forMs }) => {
    const createdAt = now();
    const goodForMs = forMs ?? (isBrowser ? browserMs : isKiosk ? kioskMs : undefined);
    const purpose = {
      role,
      nodeId,
      ...(name === undefined ? {} : { name }),
      ...(isBrowser && { isBrowser }),
      ...(isKiosk && { isKiosk }),
      createdAt,
      ...(createdBy === undefined ? {} : { createdBy: formatAuthor(createdBy) }),
      ...(goodForMs === undefined ? {} : { expiresAt: createdAt + goodForMs }),
      ...(locations === undefined ? {} : { locations: [...locations] }),
    };
    const { token, record } = createToken(randomBytes(32), purpose);
    // What has expired is forgotten by the way.
    const kept = (tokens: readonly TokenRecord[]): TokenRecord[] => tokens.filter((one) => isGood(one, createdAt));
    await settings.update((data) => ({ ...data, tokens: withoutOldBrowsers([...kept(data.tokens), record]) }));
    return token;
  },
  revoke: async (id) => {
    await settings.update((data) => ({ ...data, tokens: data.tokens.filter((record) => record.id !== id) }));
  },
  close: () => settings.close(),
});

function withoutHash(record: TokenRecord): CredentialRecord {
  const { hash: _, createdBy, ...identity } = record;
  const expiresAt = toExpiry(record);
  return {
    ...identity,
    ...(createdBy !== undefined && { createdBy: parseAuthor(createdBy) }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function withoutOldBrowsers(tokens: readonly TokenRecord[]): TokenRecord[] {
  const wasLink = ({ nodeId, role, isBrowser, isKiosk }: TokenRecord): boolean =>
    isKiosk !== true && (isBrowser === true || (nodeId === null && role === 'viewer'));
  const counts = new Map<string, number>();
  const kept = tokens.toReversed().filter((record) => {
    if (!wasLink(record)) return true;
    const of = record.name ?? '';
    const count = (counts.get(of) ?? 0) + 1;
    counts.set(of, count);
    return count <= browsersKept;
  });
  return kept.toReversed();
}
