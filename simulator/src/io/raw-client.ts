import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { encodeFrame, type RequestFrame, splitFrames } from '../modbus-frame.ts';

/**
 * A Modbus TCP client that hides nothing: tests send what they like and see each frame that comes, in the order in
 * which it comes.
 */
export type RawClient = {
  send(transaction: number, unit: number, ...pdu: readonly number[]): void;
  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void;
  /** The next frame; rejects when the link ends first. */
  next(): Promise<{ readonly transaction: number; readonly unit: number; readonly pdu: readonly number[] }>;
  /** Settles when the link has ended. */
  readonly ended: Promise<void>;
  close(): void;
  [Symbol.dispose](): void;
};

/** Dials a port on this machine. */
export const openRawClient = async (port: number): Promise<RawClient> => {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const arrived: RequestFrame[] = [];
  let held: Uint8Array = new Uint8Array();
  let wake = () => {};
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOver = true;
      wake();
      resolve();
    });
  });
  // A link that is reset has ended, which `ended` says.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Uint8Array) => {
    const taken = splitFrames(held, chunk);
    held = taken.rest;
    arrived.push(...taken.frames);
    wake();
  });
  await once(socket, 'connect');
  const close = () => void socket.destroy();
  return {
    send: (transaction, unit, ...pdu) => void socket.write(encodeFrame({ transaction, unit, pdu: Uint8Array.from(pdu) })),
    sendBytes: (bytes) => void socket.write(bytes),
    async next() {
      while (arrived.length === 0) {
        if (isOver) throw new Error('the link ended');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const [first] = arrived.splice(0, 1);
      if (first === undefined) throw new Error('a frame had arrived');
      return { ...first, pdu: [...first.pdu] };
    },
    ended,
    close,
    [Symbol.dispose]: close,
  };
};
