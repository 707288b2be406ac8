import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SettingsCredentials } from '../../settings/io/credentials.ts';
import type { Settings } from '../../settings/settings.ts';

/** The token of the administrator, which the hub writes into a new data folder. */
export const ensureAdminToken = async (path: string, credentials: SettingsCredentials): Promise<void> => {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const token = await credentials.create({ role: 'admin', nodeId: null, name: 'admin' });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
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
