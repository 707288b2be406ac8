import { Socket } from 'node:net';
import modbus from 'modbus-serial';
import type { SchedulerLike } from 'rxjs';
import type { OpenWire } from '../../bus/wire.ts';
import { createDice, type FuzzReport } from '../fuzz-bus.ts';
import { createHostileLine, toTellingWord, type Framing } from '../hostile-line.ts';
import { createVirtualScheduler } from '../virtual-scheduler.ts';

/** A socket whose other end is a wire of the test, for the ports of the library. */
class WireSocket extends Socket {
  readonly #wire: ReturnType<OpenWire>;
  #isUp = false;

  constructor(openWire: OpenWire, onOpen: () => void, onCrash: (error: unknown) => void) {
    super();
    // The ports of the library ask it whether they are open.
    Object.defineProperty(this, 'readyState', { get: () => (this.#isUp ? 'open' : 'opening') });
    this.#wire = openWire((signal) => {
      if (signal.kind === 'opened') {
        this.#isUp = true;
        onOpen();
      } else if (signal.kind === 'bytes') {
        try {
          this.emit('data', Buffer.from(signal.bytes));
        } catch (error) {
          // On a real socket nobody would catch it: it would end the process.
          onCrash(error);
        }
      } else {
        this.#isUp = false;
        this.emit('close', false);
      }
    });
  }

  override write(bytes: Uint8Array | string): boolean {
    if (this.#isUp && typeof bytes !== 'string') this.#wire.write(Uint8Array.from(bytes));
    return true;
  }

  override destroy(): this {
    this.#isUp = false;
    this.#wire.end();
    this.emit('close', false);
    return this;
  }
}

/** Puts the global time-outs, from which the library takes its own, on virtual time; returns how they are put back. */
const takeTimers = (scheduler: SchedulerLike): (() => void) => {
  const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
  const timers = new Map<number, { unsubscribe(): void }>();
  let lastTimer = 0;
  globalThis.setTimeout = ((work: () => void, delay: number) => {
    lastTimer += 1;
    timers.set(lastTimer, scheduler.schedule(work, delay));
    return lastTimer;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: number) => timers.get(timer)?.unsubscribe()) as typeof clearTimeout;
  return () => {
    globalThis.setTimeout = realSetTimeout;
    globalThis.clearTimeout = realClearTimeout;
  };
};

type Read = { readonly unit: number; readonly address: number; readonly count: number };

/** What is wrong with the values of a read, which the units have heard as request `heard`; null for nothing. */
const toWrong = ({ unit, address, count }: Read, heard: number, values: readonly number[]): string | null => {
  const expected = Array.from({ length: count }, (_, index) => toTellingWord(unit, address + index, heard)).join();
  return expected === values.join() ? null : `unit ${unit}, address ${address}: ${values.join()} instead of ${expected}`;
};

/** How virtual time passes while the library works. */
const createPatience = (scheduler: ReturnType<typeof createVirtualScheduler>) => {
  const turn = async (): Promise<boolean> => {
    for (let count = 0; count < 6; count += 1) await Promise.resolve();
    return scheduler.advance();
  };
  const waitFor = async (isDone: () => boolean, longestMs: number): Promise<boolean> => {
    const until = scheduler.now() + longestMs;
    while (!isDone() && scheduler.now() < until && (await turn()));
    return isDone();
  };
  return { turn, waitFor };
};

const drawRead = (random: () => number): Read => ({
  unit: 1 + Math.floor(random() * 5),
  address: Math.floor(random() * 60),
  count: 1 + Math.floor(random() * 4),
});

const answerMs = 100;
const givenUpMs = 10_000;

/**
 * The same hostile line under plain `modbus-serial`, as its README uses it: one client, `setID`, a time-out, one read
 * after the other, and a new connection when the port says that it is closed. Time-outs are those of virtual time.
 */
export const fuzzPlain = async (
  framing: Framing,
  reads: number,
  seed: number,
  mischief = 0.3,
): Promise<FuzzReport & { readonly crashes: number }> => {
  const random = createDice(seed);
  const scheduler = createVirtualScheduler();
  const line = createHostileLine(framing, { scheduler, random, lateMs: answerMs, mischief });
  const wrong: string[] = [];
  const counts = { answered: 0, exceptions: 0, failed: 0, overdue: 0, crashes: 0 };
  const giveBackTimers = takeTimers(scheduler);

  const { turn, waitFor } = createPatience(scheduler);
  const connect = async (): Promise<InstanceType<typeof modbus.default>> => {
    for (;;) {
      let isUp = false;
      const socket = new WireSocket(
        line.openWire,
        () => (isUp = true),
        () => (counts.crashes += 1),
      );
      if (!(await waitFor(() => isUp, 50))) {
        scheduler.schedule(() => undefined, 500);
        await turn();
        continue;
      }
      const client = new modbus.default();
      client.on('error', () => undefined);
      if (framing === 'tcp') await client.linkTCP(socket, { port: 502 });
      else await client.linkTelnet(socket, {});
      client.setTimeout(answerMs);
      return client;
    }
  };

  try {
    let client = await connect();
    for (let done = 0; done < reads; done += 1) {
      if (!client.isOpen) client = await connect();
      const { unit, address, count } = drawRead(random);
      client.setID(unit);
      const reading = random() < 0.5 ? client.readHoldingRegisters(address, count) : client.readInputRegisters(address, count);
      let isSettled = false;
      reading.then(
        ({ data }) => {
          isSettled = true;
          counts.answered += 1;
          const fault = toWrong({ unit, address, count }, line.heard(), data);
          if (fault !== null) wrong.push(`read ${done}: ${fault}`);
        },
        (error: { modbusCode?: number }) => {
          isSettled = true;
          if (error.modbusCode === undefined) counts.failed += 1;
          else counts.exceptions += 1;
        },
      );
      if (!(await waitFor(() => isSettled, givenUpMs))) {
        counts.overdue += 1;
        client = await connect();
      }
      scheduler.schedule(() => undefined, random() * 130);
      await turn();
    }
  } finally {
    giveBackTimers();
  }
  return { framing, seed, reads, ...counts, wrong, deeds: Object.fromEntries(line.deeds), virtualMs: scheduler.now() };
};
