import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, startProcess, type MeshProcess } from '../support/process.ts';

/** A hub as a process of its own, with nothing around it, on a site whose one bus is somebody else's. */
export type InteropHub = AsyncDisposable & {
  readonly port: number;
  get<T>(path: string): Promise<T>;
  /** A token for a node of this name. */
  token(role: string, node: string): Promise<string>;
  /** Ends it by a signal, and starts it again on the same port and data. */
  restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
};

const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The documents of a site of this folder. Where they say port 5020, the port of the bus is written instead. */
const readSite = (from: string): MadeDocuments =>
  Object.fromEntries(readdirSync(from).map((file) => [file, readFileSync(join(from, file), 'utf8')]));

/** Documents that a suite makes itself, by the names of their files. */
export type MadeDocuments = Readonly<Record<string, string>>;

/** Starts a hub on one of the sites here, or on documents that are made. */
export const openInteropHub = async (site: 'site' | 'busy-site' | MadeDocuments, busPort: number): Promise<InteropHub> => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-interop-'));
  const documents = mkdtempSync(join(tmpdir(), 'phloem-interop-site-'));
  const texts = typeof site === 'string' ? readSite(folder(site)) : site;
  for (const [file, text] of Object.entries(texts)) writeFileSync(join(documents, file), text.replace('port: 5020', `port: ${busPort}`));
  let port = 0;
  const start = async (): Promise<MeshProcess> => {
    const hub = await startProcess('hub', [...built.hub, '--port', String(port), '--data', data, '--site', documents]);
    ({ port } = hub.ready as { port: number });
    return hub;
  };
  let running = await start();
  const admin = readFileSync(join(data, 'secrets/admin.token'), 'utf8').trim();
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    port,
    get: ask,
    token: async (role, node) =>
      (await ask<{ token: string }>('/api/v1/tokens', { method: 'POST', body: JSON.stringify({ role, node }) })).token,
    restart: async (signal) => {
      await running.end(signal);
      running = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await running.end('SIGKILL');
      for (const path of [data, documents]) rmSync(path, { recursive: true, force: true });
    },
  };
};
