import { readBundle } from '@phloem/rules';
import { createHubClient } from '@phloem/backend/client';
import { readFolder } from '@phloem/backend/documents';
import { printLines } from './print.ts';

/** Sends a folder of bundle documents to a running hub, which checks it against its site and makes it the live one. */
export const pushFolder = async (folder: string, hub: { readonly port: number; readonly tokenFile: string }): Promise<void> => {
  const bundle = readBundle(readFolder(folder));
  const promotion = await createHubClient(hub).post<{ hash: string; scope: string; revision: number; isNew: boolean }>(
    '/api/v1/bundles',
    bundle,
  );
  const { hash, scope, revision, isNew } = promotion;
  printLines([`${scope}: ${isNew ? 'now live' : 'already live'}, revision ${revision} (${hash.slice(0, 12)})`]);
};
