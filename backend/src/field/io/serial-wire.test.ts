import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { WireSignal } from '../bus/wire.ts';
import { createSerialWire } from './serial-wire.ts';

/** The lines of this machine: one that is open is locked, and its close takes a while, as that of a real driver does. */
const lines = vi.hoisted(() => ({
  locked: new Set<string>(),
  finishClose: [] as (() => void)[],
  /** Where an open takes a while: each one waits here, and fails. */
  failOpen: null as (() => void)[] | null,
  events: [] as string[],
}));

vi.mock('serialport', async () => {
  const { EventEmitter } = await import('node:events');
  class SerialPort extends EventEmitter {
    isOpen = false;
    opening = false;
    readonly #path: string;
    constructor({ path, lock }: { path: string; lock: boolean }) {
      super();
      this.#path = path;
      lines.events.push(`made ${lock ? 'locking' : 'free for all'}`);
    }
    open(done: (error: Error | null) => void): void {
      if (lines.failOpen !== null) {
        this.opening = true;
        lines.events.push('opening');
        // As the library does it: the callback gets the error, and no 'error' is emitted beside it.
        lines.failOpen.push(() => {
          this.opening = false;
          done(new Error('Error: No such device'));
        });
        return;
      }
      if (lines.locked.has(this.#path)) {
        lines.events.push('refused');
        done(new Error('Error Resource temporarily unavailable Cannot lock port'));
        return;
      }
      lines.locked.add(this.#path);
      lines.events.push('opened');
      this.isOpen = true;
      done(null);
    }
    close(done: () => void): void {
      lines.events.push('closing');
      this.isOpen = false;
      lines.finishClose.push(() => {
        lines.locked.delete(this.#path);
        lines.events.push('closed');
        done();
      });
    }
    write(): void {
      lines.events.push('written');
    }
  }
  return { SerialPort };
});

const line = { kind: 'rtu', path: '/dev/ttyUSB0', baudRate: 9600, parity: 'none', stopBits: 1 } as const;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = (claim: () => boolean): Promise<void> => vi.waitUntil(claim, { interval: 1 }).then(() => undefined);

beforeEach(() => {
  lines.locked.clear();
  lines.finishClose.length = 0;
  lines.events.length = 0;
  lines.failOpen = null;
});

describe('a serial line', () => {
  it('[FB12] that is opened again after a time-out is not found locked by its own old self', async () => {
    const openWire = createSerialWire(line);
    const told: WireSignal['kind'][] = [];
    const first = openWire(() => undefined);
    await until(() => lines.events.includes('opened'));
    first.end();
    const second = openWire(({ kind }) => told.push(kind));
    await until(() => lines.finishClose.length === 1);
    // The close has not been confirmed yet: anyone who opened now would be refused.
    for (let n = 0; n < 5; n += 1) await turn();
    expect(lines.events).toEqual(['made locking', 'opened', 'closing']);
    lines.finishClose[0]?.();
    await until(() => told.length > 0);
    expect(told).toEqual(['opened']);
    expect(lines.events).toEqual(['made locking', 'opened', 'closing', 'closed', 'made locking', 'opened']);
    second.end();
    await until(() => lines.finishClose.length === 2);
    lines.finishClose[1]?.();
  });

  it('[FB12] that was given up while it was opening, and then could not be opened, can be opened again', async () => {
    const openWire = createSerialWire(line);
    const fails: (() => void)[] = [];
    lines.failOpen = fails;
    const first = openWire(() => undefined);
    await until(() => fails.length === 1);
    first.end();
    for (let n = 0; n < 5; n += 1) await turn();
    fails[0]?.();
    lines.failOpen = null;
    const told: WireSignal['kind'][] = [];
    const second = openWire(({ kind }) => told.push(kind));
    await until(() => told.length > 0);
    expect(told).toEqual(['opened']);
    second.end();
    await until(() => lines.finishClose.length === 1);
    lines.finishClose[0]?.();
  });

  it('[FB12] that another process holds is lost with the reason, and can be tried again', async () => {
    lines.locked.add(line.path);
    const openWire = createSerialWire(line);
    const told: WireSignal[] = [];
    const first = openWire((signal) => told.push(signal));
    await until(() => told.length > 0);
    expect(told).toEqual([{ kind: 'lost', why: expect.stringContaining('Cannot lock port') as string }]);
    first.end();
    lines.locked.clear();
    const again: WireSignal['kind'][] = [];
    const second = openWire(({ kind }) => again.push(kind));
    await until(() => again.length > 0);
    expect(again).toEqual(['opened']);
    second.end();
    await until(() => lines.finishClose.length === 1);
    lines.finishClose[0]?.();
  });

  it('[FB12] says nothing more once it has been ended', async () => {
    const told: WireSignal['kind'][] = [];
    const wire = createSerialWire(line)(({ kind }) => told.push(kind));
    wire.end();
    for (let n = 0; n < 10; n += 1) await turn();
    expect(told).toEqual([]);
  });
});
