import { readBundle } from '@phloem/protocol/rules';
import { createHubClient } from './hub-client.ts';
import { readFolder } from './read-folder.ts';

/** Sends a folder of bundle documents to a running hub, which checks it against its site and makes it the live one. */
export const pushFolder = async (folder: string, hub: { readonly port: number; readonly tokenFile: string }): Promise<void> => {
  const bundle = readBundle(readFolder(folder));
  const promotion = await createHubClient(hub).post<{ hash: string; scope: string; revision: number; isNew: boolean }>(
    '/api/v1/bundles',
    bundle,
  );
  const { hash, scope, revision, isNew } = promotion;
  process.stdout.write(`${scope}: ${isNew ? 'live since now' : 'was live already'}, revision ${revision} (${hash.slice(0, 12)})\n`);
};
