import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { NodeId } from '@phloem/protocol';
import type { CredentialOf, SettingsCredentials } from '../../settings/io/credentials.ts';
import type { Settings } from '../../settings/settings.ts';

/** The token of the administrator, which the hub writes into a new data folder. */
export const ensureAdminToken = async (path: string, credentials: SettingsCredentials): Promise<void> => {
  await ensureToken(path, credentials, { role: 'admin', nodeId: null, name: 'admin' });
};

/** The token of a node of this process, in a file of the data folder: the same one as long as the file is there. */
export const ensureNodeToken = async (path: string, credentials: SettingsCredentials, nodeId: NodeId): Promise<string> =>
  ensureToken(path, credentials, { role: 'automation', nodeId });

const ensureToken = async (path: string, credentials: SettingsCredentials, of: CredentialOf): Promise<string> => {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const token = await credentials.create(of);
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return token;
};

const hubIdKey = 'hub.id';

/** The name of this data folder in the cookies of browsers: made once. */
export const ensureHubId = async (settings: Settings): Promise<string> => {
  const known = settings.data.preferences[hubIdKey];
  if (typeof known === 'string') return known;
  const made = randomBytes(6).toString('hex');
  await settings.update((data) => ({ ...data, preferences: { ...data.preferences, [hubIdKey]: made } }));
  return made;
};
