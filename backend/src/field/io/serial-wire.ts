import type { LineSettings } from '@phloem/protocol';
import type { OpenWire, WireSignal } from '../bus/wire.ts';
import type { BusTransport } from '../../site/site.ts';

type SerialLine = Extract<BusTransport, { kind: 'rtu' }>;
/** Opens a serial line at a speed. */
export type OpenLine = (settings: LineSettings) => OpenWire;

const toReason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The native part of `serialport` 13 calls back without letting promises go on, so that bytes lie there until the event
 * loop is woken by something else: by then the answer is overdue. While a line is open something wakes it.
 */
const wakeMs = 2;

/**
 * Opens a serial line as a wire, for this process alone, at whatever speed. The line is closed, and the close is waited
 * for, before it is opened again: otherwise the lock of the old one would refuse the new one.
 */
export const createSerialLine = ({ path, stopBits }: Pick<SerialLine, 'path' | 'stopBits'>): OpenLine => {
  let closing: Promise<void> = Promise.resolve();
  return ({ baudRate, parity }) =>
    (tell) => {
      let isOver = false;
      const say = (signal: WireSignal): void => {
        if (isOver) return;
        isOver = signal.kind === 'lost';
        tell(signal);
      };
      let opened: Promise<void> | undefined;
      // Loaded when a line is opened: its native part is not there on every machine, and most sites need none.
      const opening = closing
        .then(async () => import('serialport'))
        .then(({ SerialPort }) => {
          const port = new SerialPort({ path, baudRate, parity, stopBits, dataBits: 8, lock: true, autoOpen: false });
          port.on('data', (bytes: Uint8Array) => say({ kind: 'bytes', bytes }));
          port.on('error', (error: Error) => say({ kind: 'lost', why: error.message }));
          port.on('close', () => say({ kind: 'lost', why: 'the line was closed' }));
          if (!isOver) opened = openPort(port).then(say);
          return port;
        });
      opening.catch((error: unknown) => say({ kind: 'lost', why: toReason(error) }));
      const waker = setInterval(() => undefined, wakeMs);

      const close = async (): Promise<void> => {
        // A line that could not be opened has reported so already, and there is nothing to close.
        const port = await opening.catch(() => null);
        if (port === null) return;
        // A port that is still opening can be closed only once it is open, or could not be opened.
        await opened;
        if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
      };
      return {
        write: (bytes) => {
          // A line that could not be opened has reported so already.
          opening.then((port) => port.write(Buffer.from(bytes))).catch(() => undefined);
        },
        end: () => {
          isOver = true;
          closing = close().finally(() => clearInterval(waker));
        },
      };
    };
};

/** Tries to open a port, and says what came of it: the library reports a failure to its callback alone. */
const openPort = (port: { open: (done: (error: Error | null) => void) => void }): Promise<WireSignal> =>
  new Promise((resolve) => {
    port.open((error) => resolve(error === null ? { kind: 'opened' } : { kind: 'lost', why: error.message }));
  });

/** Opens a serial line at its own speed alone. */
export const createSerialWire = (line: SerialLine): OpenWire => createSerialLine(line)(line);
