import { createServer, type Socket } from 'node:net';
import { encodeFrame, splitFrames } from '../modbus-frame.ts';
import type { Simulator } from '../simulator.ts';
import type { SimulatorClock } from '../simulator-clock.ts';
import { closeServer, listen } from './listen.ts';

/** The open Modbus port. */
export type ModbusServer = { readonly port: number; dropConnections(): void; close(): Promise<void> };

/**
 * Opens the Modbus TCP port of a simulator.
 *
 * A server of our own, because the one in modbus-serial answers each request in good order, and what is wanted here is
 * a server with an option not to.
 */
export const openModbusServer = async (
  simulator: Simulator,
  { host, port, clock }: { readonly host: string; readonly port: number; readonly clock: SimulatorClock },
): Promise<ModbusServer> => {
  const sockets = new Set<Socket>();
  let lastConnection = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    // A machine that is starting up has a network card, and nobody behind it.
    if (simulator.isAway()) {
      socket.destroy();
      return;
    }
    lastConnection += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(simulator, clock, socket, lastConnection);
  });
  const opened = await listen(server, host, port, 'the simulator');
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: opened,
    dropConnections,
    close() {
      const closed = closeServer(server);
      dropConnections();
      return closed;
    },
  };
};

const serve = (simulator: Simulator, clock: SimulatorClock, socket: Socket, connection: number): void => {
  let held: Uint8Array = new Uint8Array();
  const late = new Set<() => void>();
  socket.on('close', () => {
    for (const cancel of late) cancel();
  });
  // The client is gone, and `close` follows: there is nobody left to notify.
  socket.on('error', () => socket.destroy());
  // A client that does not read what it asks for is not read either.
  socket.on('drain', () => socket.resume());
  const send = (bytes: Uint8Array) => {
    if (!socket.destroyed && !socket.write(bytes)) socket.pause();
  };
  socket.on('data', (chunk: Uint8Array) => {
    const { frames, rest, isBroken } = splitFrames(held, chunk);
    held = rest;
    for (const frame of frames) {
      const sent = simulator.answer(connection, frame);
      if (sent === null) continue;
      const bytes = encodeFrame({ ...frame, pdu: sent.pdu });
      const sendAll = () => {
        for (let copy = 0; copy < sent.copies; copy += 1) send(bytes);
      };
      if (sent.delayMs === 0) {
        sendAll();
        continue;
      }
      const cancel = clock.schedule(sent.delayMs, () => {
        late.delete(cancel);
        sendAll();
      });
      late.add(cancel);
    }
    if (isBroken) socket.destroy();
  });
};
