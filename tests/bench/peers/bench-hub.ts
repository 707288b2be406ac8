import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import {
  checkBundle,
  createHubClock,
  loadSite,
  openSocketIoHubTransport,
  openSqliteStore,
  readBoot,
  readProfiles,
  runHub,
  siteFromContent,
  type FieldPort,
  type Hub,
  type HubStore,
  type HubTransport,
} from '@phloem/backend';
import type { DeviceValue, Entry } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { asyncScheduler, NEVER, type SchedulerLike } from 'rxjs';
import { readFolderFiles } from '../../support/folder.ts';

export type BenchHub = {
  readonly port: number;
  readonly store: HubStore;
  readonly running: Hub;
  /** Hears of each write at the moment at which it would go out on the bus: its INTENT is on disk. */
  onWrite: (value: DeviceValue) => void;
  /** Hears of each entry as soon as it is stored, before anything is made of it. */
  onEntry: (entry: Entry) => void;
};

const folder = (name: string): string => fileURLToPath(new URL(`../room/${name}`, import.meta.url));
const monotonic: SchedulerLike = { now: () => performance.now(), schedule: asyncScheduler.schedule.bind(asyncScheduler) };

/**
 * A hub of the production parts, with its store on disk and its sessions on a real socket; only the field is a variable in
 * memory instead of a bus, since a relay is slower than everything that is measured here. `time.aheadMs` puts its running
 * clock forward. With `kept`, its data and its actuator outlive the process. `watched` may look at what passes its transport.
 */
export const openBenchHub = async (
  time: { aheadMs: number } = { aheadMs: 0 },
  port = 0,
  kept: { readonly data: string; readonly readBack: () => DeviceValue } | null = null,
  watched: (transport: HubTransport) => HubTransport = (transport) => transport,
): Promise<BenchHub> => {
  const { content } = loadSite(readFolderFiles(folder('site')), readProfiles());
  const site = siteFromContent(content);
  const data = kept?.data ?? mkdtempSync(join(tmpdir(), 'phloem-bench-'));
  if (kept === null) process.once('exit', () => rmSync(data, { recursive: true, force: true }));
  const isNew = !existsSync(join(data, 'hub.db'));
  const boot = readBoot();
  const store = openSqliteStore({
    path: join(data, 'hub.db'),
    random: Math.random,
    bootId: boot.bootId,
    clock: (past) =>
      createHubClock({ wall: Date.now, monotonic: () => performance.now() + time.aheadMs, kernelUptime: boot.kernelUptime }, past),
  });
  const bundle = checkBundle(readBundle(readFolderFiles(folder('bundle'))), site);

  const server = createDocumentServer(store);
  const written = new Map<string, DeviceValue>();
  const hub: Pick<BenchHub, 'onWrite' | 'onEntry'> = { onWrite: () => undefined, onEntry: () => undefined };
  let told = store.log.head;
  // The first to listen is the first to hear.
  store.log.head$.subscribe((head) => {
    for (const entry of store.log.read(told, { entries: 4096, bytes: 1e7 })) hub.onEntry(entry);
    told = head;
  });
  const field: FieldPort = {
    frames$: NEVER,
    deviceReports$: NEVER,
    status$: NEVER,
    write: (device, value) => {
      hub.onWrite(value);
      written.set(device.id, value);
      return Promise.resolve({ kind: 'echoed' });
    },
    readBack: (device) => Promise.resolve({ kind: 'value', value: written.get(device.id) ?? kept?.readBack() ?? false }),
    close: () => Promise.resolve(),
  };
  const createId = (): string => randomBytes(12).toString('base64url');
  const running = runHub({
    store,
    site,
    siteText: content,
    field,
    transport: watched(openSocketIoHubTransport({ server, isAllowed: () => true, readCookie: () => null, onError: fail })),
    scheduler: monotonic,
    random: Math.random,
    createId,
    authenticate: ({ role }) => ({ role }),
    nodeId: 'hub',
    run: createId(),
    notice: (notice) => {
      if (notice.kind === 'bug') fail(notice.error);
      if (notice.kind === 'refused') process.stderr.write(`refused: ${notice.message}\n`);
    },
  });
  if (isNew)
    store.transact(() => {
      store.documents.put(bundle.hash, bundle.text);
      store.log.append([{ kind: 'bundle', scope: bundle.scope, hash: bundle.hash, revision: 1, mode: 'live' }]);
    });
  server.listen({ port, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return Object.assign(hub, { port: (server.address() as AddressInfo).port, store, running });
};

const fail = (error: unknown): never => {
  throw error;
};

/** What a service asks over HTTP before it begins. */
const createDocumentServer = (store: HubStore): Server =>
  createServer((request, response) => {
    const hash = /^\/api\/v1\/documents\/([0-9a-f]{64})$/.exec(request.url ?? '')?.[1];
    const text = hash === undefined ? null : store.documents.get(hash);
    response.writeHead(text === null ? 404 : 200, { 'content-type': 'application/json' }).end(text ?? '{}');
  });
