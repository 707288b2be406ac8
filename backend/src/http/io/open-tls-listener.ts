import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Fault } from '@phloem/protocol';
import { interval, type SchedulerLike } from 'rxjs';
import { isPublic } from '../../access/own-page.ts';

/** Where a hub listens beside loopback, and with which certificate. */
export type TlsListen = { readonly host: string; readonly port: number; readonly certFile: string; readonly keyFile: string };

export type TlsListenerParts = TlsListen & {
  /** The hub's own server, which answers. */
  readonly server: Server;
  /** The address under which people open the panel: requests for another host are not answered. */
  readonly publicUrl: URL;
  readonly scheduler: SchedulerLike;
  /** A new certificate is in use, or could not be read. */
  readonly onCertificate: (result: { readonly error: string | null }) => void;
};

export type TlsListener = { readonly port: number; close(): Promise<void> };

/** How often it is looked whether the files of the certificate have changed. */
const lookEveryMs = 60_000;
const misdirected = 421;

/**
 * Listens with TLS, and passes requests and upgrades on to the hub's own server. A certificate that changes on disk is taken over
 * without a restart; one that cannot be read leaves the old one in use.
 *
 * @throws Fault `cli/usage` when certificate and key cannot be read or do not belong together; `net/port-in-use`.
 */
export const openTlsListener = async (parts: TlsListenerParts): Promise<TlsListener> => {
  const { server, publicUrl, host, port } = parts;
  const tls = createServer({ ...readCertificate(parts), minVersion: 'TLSv1.2' });
  // A name of this machine in `Host` would open what is meant for this machine alone.
  tls.on('request', (request, response) => {
    if (isPublic(request.headers.host, publicUrl)) server.emit('request', request, response);
    else response.writeHead(misdirected, { 'content-type': 'text/plain' }).end(`This hub is ${publicUrl.origin}\n`);
  });
  tls.on('upgrade', (request, socket, head) => {
    if (isPublic(request.headers.host, publicUrl)) server.emit('upgrade', request, socket, head);
    else socket.end('HTTP/1.1 421 Misdirected Request\r\nconnection: close\r\n\r\n');
  });
  await listen(tls, host, port);
  const stopWatching = watchCertificate(tls, parts);
  return {
    port: (tls.address() as AddressInfo).port,
    close: async () => {
      stopWatching();
      const closed = once(tls, 'close');
      tls.close();
      tls.closeAllConnections();
      await closed;
    },
  };
};

const listen = async (tls: TlsServer, host: string, port: number): Promise<void> => {
  try {
    tls.listen({ host, port });
    await once(tls, 'listening');
  } catch (cause) {
    throw new Fault(
      'net/port-in-use',
      `${host}:${port} cannot be used for --listen: another program listens there, or it is no address of this machine`,
      { cause },
    );
  }
};

const readCertificate = ({ certFile, keyFile }: TlsListen): { readonly cert: Buffer; readonly key: Buffer } => {
  try {
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('cli/usage', `the certificate ${certFile} with the key ${keyFile} cannot be used: ${why}`, { cause });
  }
};

const watchCertificate = (tls: TlsServer, parts: TlsListenerParts): (() => void) => {
  const stamp = (): string => [parts.certFile, parts.keyFile].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join();
  let known = stamp();
  const look = (): void => {
    const now = stamp();
    if (now === known) return;
    known = now;
    try {
      tls.setSecureContext(readCertificate(parts));
      parts.onCertificate({ error: null });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      parts.onCertificate({ error: error.message });
    }
  };
  const looking = interval(lookEveryMs, parts.scheduler).subscribe(look);
  return () => looking.unsubscribe();
};
