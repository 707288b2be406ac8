import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toBridgeNode, type Role } from '@phloem/protocol';
import { createHubClient, dataFiles } from '@phloem/backend/client';

export type BridgeRunOptions = { readonly port: number; readonly data: string; readonly site: string };

/** The token of a bridge lies in a file that only its owner can read; the same one as long as the file is there. */
export const ensureToken = async (id: string, role: Role, { port, data }: BridgeRunOptions): Promise<string> => {
  const path = join(data, 'secrets', `${toBridgeNode(id)}.token`);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  const { token } = await client.post<{ token: string }>('/api/v1/tokens', { role, node: toBridgeNode(id) });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
};

/** Ends with the process that started it, as every part does. */
export const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    if (process.channel !== undefined) process.once('disconnect', () => resolve());
  });
