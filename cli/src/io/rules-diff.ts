import { resolve } from 'node:path';
import { Fault, type BundleRevision } from '@phloem/protocol';
import { createHubClient, type HubClient } from '@phloem/backend/client';
import { readFolder } from '@phloem/backend/documents';
import { diffDocuments, readDocuments, toDifferenceLines, type BundleContent } from '@phloem/rules';
import { printJson, printLines } from './print.ts';
import { findLive } from './rules-revisions.ts';

type DiffFlags = { readonly scope?: string; readonly port: number; readonly tokenFile: string; readonly json: boolean };

/**
 * Says what two folders, or revisions of a running hub, mean differently, document by document. A number is a revision; a folder
 * whose name is a number is written as ./3.
 *
 * @throws Fault `cli/usage`, `revision/unknown`, and as the hub answers.
 */
export const diffRules = async (sides: readonly [string, string], { scope, json, ...hub }: DiffFlags): Promise<void> => {
  const isRevision = (side: string): boolean => /^\d+$/.test(side);
  const read = sides.some(isRevision) ? await createRead(createHubClient(hub), scope) : null;
  const [before, after] = await Promise.all(
    sides.map(async (side) =>
      read !== null && isRevision(side) ? read(Number(side)) : readDocuments(readFolder(resolve(side))).map(({ value }) => value),
    ),
  );
  const differences = diffDocuments(before ?? [], after ?? []);
  if (json) printJson(differences, 2);
  else printLines(toDifferenceLines(differences));
};

const createRead = async (client: HubClient, named: string | undefined): Promise<(revision: number) => Promise<readonly unknown[]>> => {
  const { scope } = await findLive(client, named);
  const revisions = await client.get<readonly BundleRevision[]>(`/api/v1/bundles/${encodeURIComponent(scope)}/revisions`);
  return async (revision) => {
    const found = revisions.find((each) => each.revision === revision);
    if (found === undefined) throw new Fault('revision/unknown', `${scope} has no revision ${revision}; see "phloem rules log"`);
    return (await client.get<BundleContent>(`/api/v1/documents/${found.hash}`)).documents;
  };
};
