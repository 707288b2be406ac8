import { createServer, type IncomingMessage } from 'node:http';
import { answerControl, type ControlAnswer } from '../control-request.ts';
import type { Simulator } from '../simulator.ts';
import { closeServer, listen } from './listen.ts';

/** The open control port. */
export type ControlServer = { readonly port: number; close(): Promise<void> };

/** Opens the control port of a simulator, on this machine alone. */
export const openControlServer = async (
  simulator: Simulator,
  { port, dropConnections }: { readonly port: number; readonly dropConnections: () => void },
): Promise<ControlServer> => {
  const server = createServer((request, response) => {
    const send = ({ status, body }: ControlAnswer) => {
      const isTooLong = status === 413;
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...(isTooLong ? { connection: 'close' } : {}) });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const stranger = findStranger(request);
    if (stranger !== null) {
      send({ status: 403, body: { code: 'auth/origin', error: stranger } });
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size > maxBytes) {
        send({ status: 413, body: { code: 'protocol/too-large', error: `a body has at most ${maxBytes} bytes` } });
        return;
      }
      const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
      const query = new URLSearchParams(search);
      const answer = answerControl(simulator, {
        method: request.method ?? 'GET',
        path,
        query,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      if (answer.dropsConnections === true) dropConnections();
      send(answer);
    });
  });
  const opened = await listen(server, '127.0.0.1', port, "the simulator's control port");
  return {
    port: opened,
    close() {
      const closed = closeServer(server);
      server.closeAllConnections();
      return closed;
    },
  };
};

const maxBytes = 65_536;

// A web page that somebody on this machine happens to have open must not be able to break the simulator: browsers send
// Origin with what they post elsewhere, and the name of their own site as host when a name was pointed here.
const findStranger = ({ headers }: IncomingMessage): string | null => {
  if (headers.origin !== undefined) return 'web pages may not use the control port';
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  return ['127.0.0.1', 'localhost'].includes(host) ? null : 'ask for the control port as 127.0.0.1 or localhost';
};
