import type { SchedulerLike } from 'rxjs';
import type { OpenWire } from '../bus/wire.ts';
import { withCrc } from '../modbus/crc16.ts';
import { encodeMbap, readMbap } from '../modbus/mbap.ts';
import type { Framing } from './hostile-line.ts';

/** A line of virtual time with units that hear nothing for `wantsMs` after each of their answers. */
export type SlowLine = {
  readonly openWire: OpenWire;
  /** Every request that came, with its moment, and whether it was answered. */
  readonly heard: readonly { readonly at: number; readonly unit: number; readonly isAnswered: boolean }[];
};

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Makes a line. What a unit overhears of a request that it ignores costs it the same pause again. */
export const createSlowLine = (framing: Framing, scheduler: SchedulerLike, wantsMs: (unit: number) => number): SlowLine => {
  const heard: { at: number; unit: number; isAnswered: boolean }[] = [];
  const deafUntil = new Map<number, number>();
  const later = (delay: number, work: () => void): void => void scheduler.schedule(work, delay);
  const openWire: OpenWire = (tell) => {
    let isOpen = true;
    later(1, () => isOpen && tell({ kind: 'opened' }));
    const answer = (transaction: number, body: Uint8Array): void => {
      const [unit = 0, code = 0] = body;
      const now = scheduler.now();
      const isAnswered = now >= (deafUntil.get(unit) ?? 0);
      heard.push({ at: now, unit, isAnswered });
      deafUntil.set(unit, now + wantsMs(unit));
      if (!isAnswered) return;
      const words = Array.from({ length: word(body, 4) }, (_, index) => word(body, 2) + index);
      const own = Uint8Array.from([unit, code, words.length * 2, ...words.flatMap((value) => [value >> 8, value & 0xff])]);
      later(3, () => isOpen && tell({ kind: 'bytes', bytes: framing === 'tcp' ? encodeMbap(transaction, own) : withCrc(own) }));
    };
    return {
      write: (bytes) => {
        const sent = bytes.slice();
        later(0.5, () => {
          if (!isOpen) return;
          const frames = framing === 'tcp' ? readMbap(new Uint8Array(0), sent).frames : [{ transaction: 0, body: sent.subarray(0, -2) }];
          for (const { transaction, body } of frames) answer(transaction, body);
        });
      },
      end: () => {
        isOpen = false;
      },
    };
  };
  return { openWire, heard };
};
