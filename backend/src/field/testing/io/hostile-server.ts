import { createServer, type AddressInfo, type Socket } from 'node:net';
import { encodeMbap, readMbap } from '../../modbus/mbap.ts';

/** A request as it came: `body` is unit and PDU. */
export type HostileRequest = {
  readonly transaction: number;
  readonly body: Uint8Array;
  readonly unit: number;
  readonly function: number;
  readonly address: number;
  readonly count: number;
};

/** What the server does with a request; `honest` is the whole right answer as it goes on the wire. */
export type Mischief = (request: HostileRequest, honest: Uint8Array, socket: Socket) => void;

/** A Modbus TCP server on loopback that answers as badly as it is configured to. */
export type HostileServer = AsyncDisposable & {
  readonly port: number;
  /** Every request, in the order in which it came, over all connections. */
  readonly requests: readonly HostileRequest[];
  /** How many connections there have been, and how many are open now. */
  connections(): { readonly ever: number; readonly open: number };
  behave(mischief: Mischief): void;
  /** Ends every connection, without a word. */
  cut(): void;
};

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** What a register of the server holds: it names its unit and address, so that a wrong value is recognised. */
export const toHostileWord = (unit: number, address: number): number => ((unit << 8) | (address & 0xff)) & 0xffff;
/** What a bit of the server holds. */
export const toHostileBit = (unit: number, address: number): boolean => ((unit * 31 + address * 7) & 3) === 1;

/** The right answer to a request: unit and PDU. */
export const toHonestBody = (request: HostileRequest): Uint8Array => {
  const { unit, function: code, address, count, body } = request;
  if (code === 3 || code === 4) {
    const words = Array.from({ length: count }, (_, index) => toHostileWord(unit, address + index));
    return Uint8Array.from([unit, code, count * 2, ...words.flatMap((value) => [value >> 8, value & 0xff])]);
  }
  if (code === 1 || code === 2) {
    const bytes = new Uint8Array(Math.ceil(count / 8));
    for (let index = 0; index < count; index += 1) {
      if (toHostileBit(unit, address + index)) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
    }
    return Uint8Array.from([unit, code, bytes.length, ...bytes]);
  }
  return body.slice(0, code === 22 ? 8 : 6);
};

/** The answer on the wire. */
export const toWire = (transaction: number, body: Uint8Array): Uint8Array => encodeMbap(transaction, body);

const honestly: Mischief = (_request, honest, socket) => {
  socket.write(honest);
};

/** Opens a server; on a port of its own when it is not said. */
export const openHostileServer = async (mischief: Mischief = honestly, ownPort = 0): Promise<HostileServer> => {
  let behaviour = mischief;
  let ever = 0;
  const requests: HostileRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    ever += 1;
    sockets.add(socket);
    let pending: Uint8Array = new Uint8Array(0);
    socket.on('data', (bytes: Uint8Array) => {
      const read = readMbap(pending, bytes);
      pending = read.rest;
      for (const { transaction, body } of read.frames) {
        const request = {
          transaction,
          body,
          unit: body[0] ?? 0,
          function: body[1] ?? 0,
          address: word(body, 2),
          count: word(body, 4),
        };
        requests.push(request);
        behaviour(request, toWire(transaction, toHonestBody(request)), socket);
      }
    });
    // A client that drops the connection is what most of these tests are about.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(ownPort, '127.0.0.1', resolve);
  });
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => ({ ever, open: sockets.size }),
    behave: (next) => {
      behaviour = next;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
