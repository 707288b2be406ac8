import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LocationId, NodeId, Role } from '@phloem/protocol';
import type { Settings, TokenRecord } from '../settings.ts';
import { openLowdbSettings } from './lowdb-settings.ts';
import { createToken, verifyToken } from './tokens.ts';

/** Whom a credential is for; `nodeId: null` is a browser. */
export type CredentialOf = {
  readonly role: Role;
  readonly nodeId: NodeId | null;
  readonly name?: string | undefined;
  readonly isBrowser?: boolean | undefined;
  /** A screen on a wall, which stays until it is taken back. */
  readonly isKiosk?: boolean | undefined;
  readonly locations?: readonly LocationId[] | undefined;
};

/** The credentials in the hub's settings. */
export type SettingsCredentials = {
  /** Who is behind a token; null when nobody is. */
  verify(token: string): Omit<TokenRecord, 'hash'> | null;
  /** Makes a credential, on disk when the promise resolves. The token is shown this once. */
  create(identity: CredentialOf): Promise<string>;
  /** Those that there are, oldest first. */
  list(): readonly Omit<TokenRecord, 'hash'>[];
  /** Takes a credential back by its id. */
  revoke(id: string): Promise<void>;
  /** The settings in which they are kept. */
  readonly settings: Settings;
  close(): Promise<void>;
};

/** A browser that signs in again leaves its old credential behind: only the newest are kept. */
const browsersKept = 20;

/**
 * Opens the credentials in the settings of a data folder, for this process alone.
 *
 * @throws Fault `store/locked` when a hub has them open, and as `openLowdbSettings`.
 */
export async function openCredentials({ data }: { readonly data: string }): Promise<SettingsCredentials> {
  return createCredentials(await openLowdbSettings({ path: join(data, 'settings.json') }));
}

/** Credentials over settings that are open; closing them closes the settings. */
export const createCredentials = (settings: Settings): SettingsCredentials => ({
  settings,
  verify: (token) => {
    const record = verifyToken(settings.data.tokens, token);
    if (record === null) return null;
    return withoutHash(record);
  },
  list: () => settings.data.tokens.map(withoutHash),
  create: async ({ role, nodeId, name, isBrowser = false, isKiosk = false, locations }) => {
    const purpose = {
      role,
      nodeId,
      ...(name === undefined ? {} : { name }),
      ...(isBrowser && { isBrowser }),
      ...(isKiosk && { isKiosk }),
      createdAt: Date.now(),
      ...(locations === undefined ? {} : { locations: [...locations] }),
    };
    const { token, record } = createToken(randomBytes(32), purpose);
    await settings.update((now) => ({ ...now, tokens: withoutOldBrowsers([...now.tokens, record]) }));
    return token;
  },
  revoke: async (id) => {
    await settings.update((now) => ({ ...now, tokens: now.tokens.filter((record) => record.id !== id) }));
  },
  close: () => settings.close(),
});

function withoutHash(record: TokenRecord): Omit<TokenRecord, 'hash'> {
  const { hash: _, ...identity } = record;
  return identity;
}

function withoutOldBrowsers(tokens: readonly TokenRecord[]): TokenRecord[] {
  const wasLink = ({ nodeId, role, isBrowser, isKiosk }: TokenRecord): boolean =>
    isKiosk !== true && (isBrowser === true || (nodeId === null && role === 'viewer'));
  const kept = new Set(tokens.filter(wasLink).slice(-browsersKept));
  return tokens.filter((record) => !wasLink(record) || kept.has(record));
}
