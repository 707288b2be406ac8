import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** What a dialled socket reports: it is open, a text has come, it is closed. Each text is a view of a buffer of the moment. */
export type LightEvents = { readonly onText: (text: Buffer) => void; readonly onClose: () => void };
export type LightSocket = { send(text: string): void; close(): void };

const head = Buffer.from('\r\n\r\n');

/**
 * A WebSocket of the few lines that a benchmark's viewers need, so that thousands of them take little of a machine that they
 * share with what is measured. It takes whole, unmasked texts, and closes on anything else.
 */
export const dialLight = (port: number, path: string, { onText, onClose }: LightEvents): LightSocket => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let isOpen = false;
  let held: Buffer = Buffer.alloc(0);
  const applyHead = (): boolean => {
    const end = held.indexOf(head);
    if (end < 0) return false;
    if (!held.subarray(0, 12).toString('latin1').endsWith(' 101')) socket.destroy();
    isOpen = true;
    held = held.subarray(end + head.length);
    return true;
  };
  /** Takes a frame off what is held; false when it is not all there. */
  const acceptFrame = (): boolean => {
    const [kind = 0, short = 0] = held;
    if (held.length < 2) return false;
    const before = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (held.length < before) return false;
    const length = short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
    if (held.length < before + length) return false;
    const text = held.subarray(before, before + length);
    held = held.subarray(before + length);
    if (kind === 0x81) onText(text);
    else socket.destroy();
    return !socket.destroyed;
  };
  socket.once('connect', () => {
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  });
  socket.on('data', (data: Buffer) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    if (!isOpen && !applyHead()) return;
    while (acceptFrame());
  });
  socket.on('error', () => undefined);
  socket.once('close', onClose);
  return {
    close: () => void socket.destroy(),
    send: (text) => {
      const body = Buffer.from(text);
      // A mask of zeros leaves the text as it is.
      const frame = Buffer.alloc((body.length < 126 ? 2 : 4) + 4 + body.length);
      frame[0] = 0x81;
      frame[1] = 0x80 | (body.length < 126 ? body.length : 126);
      if (body.length >= 126) frame.writeUInt16BE(body.length, 2);
      body.copy(frame, frame.length - body.length);
      socket.write(frame);
    },
  };
};
