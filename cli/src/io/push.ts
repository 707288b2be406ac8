import { createInterface } from 'node:readline/promises';
import { Fault } from '@phloem/protocol';
import { diffDocuments, readBundle, toDifferenceLines, type BundleContent } from '@phloem/rules';
import { createHubClient, type HubClient } from '@phloem/backend/client';
import { readFolder } from '@phloem/backend/documents';
import { printLines } from './print.ts';

export type PushFlags = {
  readonly port: number;
  readonly tokenFile: string;
  readonly yes: boolean;
  readonly message?: string | undefined;
  readonly parent?: number | undefined;
};

/**
 * Shows how a folder of bundle documents differs from what is live, asks, and sends it to a running hub, which checks it against its
 * site and makes it the live one. It is refused if another revision has become live since the differences were shown.
 *
 * @throws Fault `cli/usage` when nobody can be asked, and as the hub answers.
 */
export const pushFolder = async (folder: string, { yes, message, parent, ...hub }: PushFlags): Promise<void> => {
  const bundle = readBundle(readFolder(folder));
  const client = createHubClient(hub);
  const before = await readLive(client, bundle);
  const lines =
    before === null ? ['No live bundle has any of these documents.'] : toDifferenceLines(diffDocuments(before.documents, bundle.documents));
  printLines(lines);
  if (!yes && !(await isConfirmed())) {
    printLines(['Nothing has changed.']);
    return;
  }
  const seen = parent ?? before?.revision ?? null;
  const query = [
    ...(message === undefined ? [] : [`message=${encodeURIComponent(message)}`]),
    ...(seen === null ? [] : [`parent=${seen}`]),
  ].join('&');
  const promotion = await client.post<{ hash: string; scope: string; revision: number; isNew: boolean }>(
    `/api/v1/bundles${query === '' ? '' : `?${query}`}`,
    bundle,
  );
  const { hash, scope, revision, isNew } = promotion;
  printLines([`${scope}: ${isNew ? 'now live' : 'already live'}, revision ${revision} (${hash.slice(0, 12)})`]);
};

const isConfirmed = async (): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new Fault('cli/usage', 'push asks before it activates rules: add --yes in a script');
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await asking.question('Activate these rules? [y/N] ')).trim());
  } finally {
    asking.close();
  }
};

/** What is live of a bundle. `revision` is null where several live bundles have documents of it. */
type LiveDocuments = { readonly documents: readonly unknown[]; readonly revision: number | null };

/** The documents of the live bundles that have any document of this one; null where none has. */
const readLive = async (client: HubClient, { documents }: BundleContent): Promise<LiveDocuments | null> => {
  const ids = new Set(documents.map(toId));
  const live = await client.get<readonly { readonly hash: string; readonly revision: number }[]>('/api/v1/bundles');
  const contents = await Promise.all(
    live.map(async ({ hash, revision }) => ({ revision, content: await client.get<BundleContent>(`/api/v1/documents/${hash}`) })),
  );
  const alike = contents.filter(({ content }) => content.documents.some((document) => ids.has(toId(document))));
  if (alike.length === 0) return null;
  return {
    documents: alike.flatMap(({ content }) => content.documents),
    revision: alike.length === 1 ? (alike[0]?.revision ?? null) : null,
  };
};

const toId = (document: unknown): string => {
  const { kind, metadata } = (document ?? {}) as { readonly kind?: unknown; readonly metadata?: { readonly id?: unknown } };
  return `${String(kind)} ${String(metadata?.id)}`;
};
