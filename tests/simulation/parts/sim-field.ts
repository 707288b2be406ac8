import { toWired, type DeviceSpec, type FieldPort, type ReadBackOutcome, type WriteOutcome } from '@phloem/backend';
import { textReason, type DeviceId, type DeviceValue, type EntryDraft } from '@phloem/protocol';
import { filter, map, merge, mergeMap, NEVER, timer } from 'rxjs';
import type { Random } from '../engine/random.ts';
import type { SimProcess } from '../engine/sim-process.ts';
import { site } from './documents.ts';
import type { Simulator } from './simulator.ts';

type SensorDraft = Extract<EntryDraft, { kind: 'sensor' }>;
type Request = { readonly isWrite: boolean; readonly isUrgent: boolean; readonly run: (done: () => void) => void };

/** The weather of a run: what the sensors see. `calm` when nothing shall change any more. */
export type Weather = { isCalm: boolean; readonly frameEveryMs: number };

const clusters = [
  { location: 'room', cluster: 'front', every: 1 },
  { location: 'room', cluster: 'back', every: 2 },
  { location: 'store', cluster: 'shelf', every: 2 },
] as const;

/**
 * One hub's field: one bus, on which one request goes after the other, urgent writes first, then writes, then reads.
 * What waits ends with the hub's process; what is on the wire is done.
 */
export const createSimField = (options: {
  readonly process: SimProcess;
  readonly simulator: Simulator;
  readonly weather: Weather;
  readonly random: Random;
  /** Called for each write in the moment in which it goes out. */
  readonly onWrite: (device: DeviceId, value: DeviceValue) => void;
}): FieldPort => {
  const { process, simulator, weather, random, onWrite } = options;
  const ask = createBus(process, random);

  const read = (device: DeviceSpec): { readonly outcome: ReadBackOutcome; readonly afterMs: number } => {
    const outcome = simulator.read(device.id);
    return { outcome, afterMs: outcome.kind === 'silent' ? 300 : random.between(2, 10) };
  };

  const toFrame = ({ location, cluster }: (typeof clusters)[number]): SensorDraft => {
    const [temperature, humidity] = weather.isCalm ? [22.5, 58] : [18 + Math.floor(random.next() * 9), 50 + Math.floor(random.next() * 16)];
    const isBad = !weather.isCalm && random.chance(0.03);
    return {
      kind: 'sensor',
      location,
      cluster,
      readings: {
        temperature: isBad ? { v: null, q: 'bad', why: textReason('no answer') } : { v: temperature, q: 'good' },
        humidity: { v: humidity, q: 'good' },
      },
    };
  };

  return {
    frames$: merge(
      ...clusters.map((one) =>
        timer(random.between(5, 400), weather.frameEveryMs * one.every, process).pipe(
          // Seldom in calm weather, so that there are moments in which everybody is at the head of the log.
          filter((n) => !weather.isCalm || n % 3 === 0),
          map(() => toFrame(one)),
        ),
      ),
    ),
    deviceReports$: merge(
      ...site.devices.flatMap(toWired).map((device) =>
        timer(random.between(200, 1200), 1000, process).pipe(
          mergeMap(() => ask(false, false, () => read(device))),
          map((outcome) => ({ device, outcome })),
        ),
      ),
    ),
    status$: NEVER,
    write: (device, value, guard = {}) =>
      ask<WriteOutcome>(true, guard.isUrgent ?? false, () => {
        if (guard.mayStill?.() === false || !process.act()) return { outcome: { kind: 'withdrawn' }, afterMs: 0 };
        onWrite(device.id, value);
        return simulator.write(device.id, value);
      }),
    readBack: (device) => ask(false, false, () => read(device)),
    close: () => Promise.resolve(),
  };
};

/** One request goes after the other, urgent writes first, then writes, then reads. */
function createBus(process: SimProcess, random: Random) {
  const queue: Request[] = [];
  let isBusy = false;

  const next = (): void => {
    if (isBusy) return;
    const at = [queue.findIndex(({ isUrgent }) => isUrgent), queue.findIndex(({ isWrite }) => isWrite), 0].find(
      (index) => index >= 0 && index < queue.length,
    );
    if (at === undefined) return;
    const [request] = queue.splice(at, 1);
    isBusy = true;
    request?.run(() => {
      isBusy = false;
      next();
    });
  };

  return <T>(isWrite: boolean, isUrgent: boolean, exchange: () => { readonly outcome: T; readonly afterMs: number }): Promise<T> =>
    new Promise((resolve) => {
      const run = (done: () => void): void => {
        // The turn on the bus comes a little later than it is given; only then the request goes out.
        process.post(random.between(1, 15), 'input', () => {
          const { outcome, afterMs } = exchange();
          process.post(afterMs, 'input', () => {
            resolve(outcome);
            done();
          });
        });
      };
      queue.push({ isWrite, isUrgent, run });
      next();
    });
}
