import { createConnection } from 'node:net';
import type { OpenWire, WireSignal } from '../bus/wire.ts';

/** Opens a TCP connection as a wire. */
export const createTcpWire =
  ({ host, port }: { readonly host: string; readonly port: number }): OpenWire =>
  (tell) => {
    let isOver = false;
    const say = (signal: WireSignal): void => {
      if (isOver) return;
      isOver = signal.kind === 'lost';
      tell(signal);
    };
    const socket = createConnection({ host, port, noDelay: true });
    socket.on('connect', () => say({ kind: 'opened' }));
    socket.on('data', (bytes: Uint8Array) => say({ kind: 'bytes', bytes }));
    socket.on('error', (error) => say({ kind: 'lost', why: error.message }));
    // An `end` without a `close` would leave a half-closed socket that takes requests and answers none.
    socket.on('end', () => say({ kind: 'lost', why: 'the peer closed the connection' }));
    socket.on('close', () => say({ kind: 'lost', why: 'the connection closed' }));
    return {
      write: (bytes) => {
        socket.write(bytes);
      },
      end: () => {
        isOver = true;
        // A polite end would leave what was written to be sent again once the line is whole: a command, long after it was
        // given up. A reset takes it back. (One that is still being dialled has nothing to take back, and would go on.)
        if (socket.connecting) socket.destroy();
        else socket.resetAndDestroy();
      },
    };
  };
