import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Automation, AutomationDecorators } from '@phloem/automation/open';
import {
  dataFiles,
  ensureNodeToken,
  loadSiteFolder,
  machine,
  openHub,
  parsePublicUrl,
  readFolder,
  type HubDecorators,
  type HubOutside,
  type OpenHub,
} from '@phloem/backend/open';
import { Fault } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { createNodeLinks, type NodeLinks } from './node-links.ts';
import { passHttp } from './pass-http.ts';
import type { Phloem } from './phloem.ts';
import type { PhloemLog, PhloemOptions } from './phloem-options.ts';
import { createProgramRequests } from './program-requests.ts';
import { runAutomation } from './run-automation.ts';
import { toHubLog } from './to-hub-log.ts';
import { toPhloem } from './to-phloem.ts';

/** What a process of Phloem knows besides. */
export type OpenPhloemOptions = PhloemOptions & {
  /** The arguments for Node that run the program which recomputes decisions; null for none. */
  readonly why?: readonly string[] | null | undefined;
  /** The site is the demonstration: its readings are marked as simulated. */
  readonly isDemonstration?: boolean | undefined;
  readonly onLinkSpent?: (() => void) | undefined;
  readonly decorate?: { readonly hub?: HubDecorators; readonly automation?: AutomationDecorators } | undefined;
};

/** An instance, and the hub in it. */
export type OpenPhloem = { readonly phloem: Phloem; readonly hub: OpenHub };

const nothing = (): void => undefined;
const silent: PhloemLog = { debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

const root = fileURLToPath(new URL('../../../', import.meta.url));
const panelFolder = join(root, 'web-ui/dist');
const { version } = JSON.parse(readFileSync(join(root, 'embed/package.json'), 'utf8')) as { readonly version: string };
const defaultStallMs = 1000;
/** The node that the automation service is, and the name of the program's own credential. */
const automationNode = 'automation-1';
const programNode = 'program';

/** Opens an instance, as `createPhloem`. @throws Fault as `createPhloem`. */
export const openPhloem = async (options: OpenPhloemOptions): Promise<OpenPhloem> => {
  const { signal } = options;
  if (signal?.aborted === true) throw new Fault('command/draining', 'the signal was aborted before the instance was created');
  const outside: HubOutside = { ...machine, ...options.clock, ...(options.random && { random: options.random }) };
  const log = options.log ?? silent;
  const links = createNodeLinks();
  const opened = new AsyncDisposableStack();
  try {
    const hub = await openOwnHub(options, { outside, log, links });
    let outputs = options.outputsAtEnd ?? 'safe';
    opened.defer(async () => hub.close({ outputs }));
    const pass = passHttp(hub.server);
    opened.defer(() => pass.close());
    if (options.http !== undefined) pass.serve(options.http);
    const requests = createProgramRequests({ hub, credential: await ensureProgram(options, hub), scheduler: outside.scheduler });
    opened.defer(() => requests.close());
    const automation = await startAutomation(options, { hub, outside, log, links });
    if (automation !== null) opened.defer(() => automation.stop());
    const url = await listen(options, hub);
    const admin = readFileSync(dataFiles(options.data).adminToken, 'utf8').trim();
    const closing = createClosing(signal, async (how) => {
      outputs = how?.outputs ?? outputs;
      await opened.disposeAsync();
    });
    return { phloem: toPhloem({ hub, requests, pass, url, admin, close: closing }), hub };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
};

/** What the parts of an instance share. */
type Shared = { readonly outside: HubOutside; readonly log: PhloemLog; readonly links: NodeLinks };

const openOwnHub = async (options: OpenPhloemOptions, { outside, log, links }: Shared): Promise<OpenHub> => {
  const site = loadSiteFolder(options.site, options.busPorts ?? {});
  const bundle = typeof options.bundle === 'string' ? readBundle(readFolder(options.bundle)) : null;
  // The data folder holds tokens: nobody else on this machine reads what is made in it.
  mkdirSync(options.data, { recursive: true, mode: 0o700 });
  return openHub({
    data: options.data,
    site,
    bundle,
    isDemonstration: options.isDemonstration ?? false,
    panelFolder,
    why: options.why ?? null,
    publicUrl: options.publicUrl === undefined ? null : parsePublicUrl(options.publicUrl),
    version,
    log: toHubLog(log),
    onLinkSpent: options.onLinkSpent ?? nothing,
    nodes: links.transport,
    outside,
    stallAlarmMs: options.stallAlarmMs ?? defaultStallMs,
    decorate: options.decorate?.hub,
  });
};

/** The id of the credential under which the program requests device states. */
const ensureProgram = async ({ data }: PhloemOptions, { credentials }: OpenHub): Promise<string> => {
  const file = join(data, `secrets/${programNode}.token`);
  const record = credentials.verify(await ensureNodeToken(file, credentials, programNode));
  if (record === null)
    throw new Fault('auth/unauthorised', `the token in ${file} is not valid any more: remove the file, and a new one is made`);
  return record.id;
};

const startAutomation = async (
  options: OpenPhloemOptions,
  { hub, outside, log, links }: Shared & { readonly hub: OpenHub },
): Promise<Automation | null> => {
  const { automation: where = 'same-thread', data, scope } = options;
  if (where === 'none') return null;
  const files = dataFiles(data);
  return runAutomation({
    hub,
    links,
    nodeId: automationNode,
    token: await ensureNodeToken(files.automationToken, hub.credentials, automationNode),
    scope: scope ?? hub.rules?.scope ?? null,
    folder: files.automation,
    where,
    scheduler: outside.scheduler,
    random: outside.random,
    log,
    isTracing: false,
    decorate: options.decorate?.automation,
  });
};

const listen = async ({ listen: where = false }: PhloemOptions, hub: OpenHub): Promise<string | null> =>
  where === false ? null : `http://127.0.0.1:${await hub.listen(where.port)}`;

/** Ends once, when the program or its signal asks first. */
const createClosing = (signal: AbortSignal | undefined, close: Phloem['close']): Phloem['close'] => {
  let closed: Promise<void> | null = null;
  const onAbort = (): void => void closeOnce();
  const closeOnce: Phloem['close'] = async (how) => {
    signal?.removeEventListener('abort', onAbort);
    closed ??= close(how);
    return closed;
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  // It may have been aborted while everything was opened.
  if (signal?.aborted === true) void closeOnce();
  return closeOnce;
};
