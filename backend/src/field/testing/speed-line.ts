import type { LineSettings } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';
import type { WireSignal } from '../bus/wire.ts';
import type { OpenLine } from '../io/serial-wire.ts';
import { withCrc } from '../modbus/crc16.ts';
import { toTellingWord } from './hostile-line.ts';

/** A unit on a serial line, with the speed at which it listens. */
export type SpeedUnit = { readonly unit: number; readonly line: LineSettings; readonly latencyMs?: number };

export type SpeedLine = {
  readonly openLine: OpenLine;
  /** The speeds at which it was opened, in order. */
  readonly openings: readonly string[];
  /** Every request that a unit understood, with the moment, the function and the speed. */
  readonly heard: readonly { readonly at: number; readonly unit: number; readonly function: number; readonly line: string }[];
};

/** A line's settings as one word. */
export const toLineKey = ({ baudRate, parity }: LineSettings): string => `${baudRate} ${parity}`;

const characterMs = (baudRate: number): number => 11_000 / baudRate;
const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

type SpeedLineOptions = {
  readonly scheduler: SchedulerLike;
  readonly random?: () => number;
  readonly mischief?: number;
  /** Claims that the driver cannot be opened at this speed. */
  readonly refuses?: (line: LineSettings) => boolean;
  readonly openMs?: number;
};

/** What a unit answers to its `n`th request: registers say which request they answer, and a write is echoed. */
const toAnswer = (request: Uint8Array, n: number): Uint8Array => {
  const [unit = 0, code = 0] = request;
  if (code !== 3) return withCrc(request.slice(0, 6));
  const words = Array.from({ length: word(request, 4) }, (_, index) => toTellingWord(unit, word(request, 2) + index, n));
  return withCrc(Uint8Array.from([unit, code, words.length * 2, ...words.flatMap((value) => [value >> 8, value & 0xff])]));
};

/**
 * A serial line of virtual time that knows at which speed it is open. Bytes at a speed are understood by anyone who listens
 * at it; to all others they are noise. With `mischief`, units that hear noise make some of their own, at any moment.
 */
export const createSpeedLine = (
  units: readonly SpeedUnit[],
  { scheduler, random = () => 0.5, mischief = 0, refuses = () => false, openMs = 2 }: SpeedLineOptions,
): SpeedLine => {
  const openings: string[] = [];
  const heard: { at: number; unit: number; function: number; line: string }[] = [];
  let requests = 0;
  let open: { readonly key: string; readonly tell: (signal: WireSignal) => void } | null = null;
  const later = (delay: number, work: () => void): void => void scheduler.schedule(work, delay);
  const noise = (): Uint8Array => Uint8Array.from({ length: 1 + Math.floor(random() * 9) }, () => Math.floor(random() * 256));

  /** What is on the line at a speed, as it is heard at the speed at which the line is open just then. */
  const arrive = (key: string, bytes: Uint8Array): void => open?.tell({ kind: 'bytes', bytes: open.key === key ? bytes : noise() });

  const hear = (line: LineSettings, bytes: Uint8Array): void => {
    const [unit = 0, code = 0] = bytes;
    for (const one of units) {
      const key = toLineKey(one.line);
      if (key !== toLineKey(line)) {
        if (random() < mischief) later(random() * 900, () => arrive(key, noise()));
      } else if (one.unit === unit) {
        requests += 1;
        heard.push({ at: scheduler.now(), unit, function: code, line: key });
        const answer = toAnswer(bytes, requests);
        const isLate = random() < mischief;
        later((one.latencyMs ?? 5) + answer.length * characterMs(line.baudRate) + (isLate ? 200 + random() * 900 : 0), () =>
          arrive(key, answer),
        );
      }
    }
  };

  const openLine: OpenLine = (line) => (tell) => {
    let isOver = false;
    const mine = (signal: WireSignal): void => {
      if (!isOver) tell(signal);
    };
    later(openMs, () => {
      if (isOver) return;
      if (refuses(line)) return mine({ kind: 'lost', why: 'the driver knows no such speed' });
      openings.push(toLineKey(line));
      open = { key: toLineKey(line), tell: mine };
      mine({ kind: 'opened' });
    });
    return {
      write: (bytes) => {
        const sent = bytes.slice();
        later(sent.length * characterMs(line.baudRate), () => hear(line, sent));
      },
      end: () => {
        isOver = true;
      },
    };
  };
  return { openLine, openings, heard };
};
