import { createTimeText, Fault, type BundleRevision } from '@phloem/protocol';
import { askTimeZone, createHubClient, type HubClient } from '@phloem/backend/client';
import { printJson, printLines } from './print.ts';

type Hub = { readonly port: number; readonly tokenFile: string };
type Live = { readonly scope: string; readonly revision: number };

/** The scope that is meant: the named one, or the only one. @throws Fault `cli/usage` when it is not clear. */
export const findLive = async (client: HubClient, scope: string | undefined): Promise<Live> => {
  const all = await client.get<readonly Live[]>('/api/v1/bundles');
  const found = scope === undefined && all.length === 1 ? all[0] : all.find((each) => each.scope === scope);
  if (found !== undefined) return found;
  const scopes = all.map((each) => each.scope).join(', ');
  throw new Fault('cli/usage', all.length === 0 ? 'no bundle is live: use "phloem push" first' : `name the scope with --scope: ${scopes}`);
};

const pathOf = (scope: string): string => `/api/v1/bundles/${encodeURIComponent(scope)}`;

/** Prints the revisions of a scope, newest first. */
export const printRevisions = async (hub: Hub, { scope, json }: { readonly scope?: string; readonly json: boolean }): Promise<void> => {
  const client = createHubClient(hub);
  const live = await findLive(client, scope);
  const revisions = await client.get<readonly BundleRevision[]>(`${pathOf(live.scope)}/revisions`);
  if (json) {
    printJson(revisions, 2);
    return;
  }
  const toTime = createTimeText(await askTimeZone(client));
  printLines(
    revisions.map(({ revision, hash, at, by, message }) => {
      const author = by === null ? 'unknown' : by.kind === 'hub' ? 'hub' : by.id;
      const mark = revision === live.revision ? '  live' : '';
      return `${revision}  ${hash.slice(0, 12)}  ${at === null ? '–' : toTime(at)}  ${author}  ${message ?? ''}${mark}`.trimEnd();
    }),
  );
};

/** Activates an earlier revision again. It is refused if another bundle becomes the live one meanwhile. */
export const rollBack = async (
  hub: Hub,
  revision: number,
  options: { readonly scope?: string; readonly reason: string },
): Promise<void> => {
  const client = createHubClient(hub);
  const { scope, revision: parent } = await findLive(client, options.scope);
  const done = await client.post<Live & { readonly isNew: boolean }>(`${pathOf(scope)}/rollback`, {
    revision,
    reason: options.reason,
    parent,
  });
  printLines([
    done.isNew
      ? `${scope}: revision ${done.revision} is live, with the rules of revision ${revision}`
      : `${scope}: these rules are live already, as revision ${done.revision}`,
  ]);
};
