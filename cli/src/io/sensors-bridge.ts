import { createSensorReader, openSensorSubscription } from '@phloem/bridge-mqtt';
import { isFault, type FaultCode } from '@phloem/protocol';
import { monotonicClock, openSender, openStallWatch, pauseAfter } from '@phloem/reconnect';
import type { SensorBridgeDocument } from '@phloem/rules';
import { BehaviorSubject, firstValueFrom, map, merge, ReplaySubject, timer } from 'rxjs';
import { toAddress } from './bridge-target.ts';
import { followHubClock, toEnd, type InboundStatus, type OpenBridgeLink, type RunningInbound } from './inbound.ts';

const backOff = { baseMs: 100, capMs: 5000 };
/** More messages than this wait only while the hub is away; those that come then are lost, since newer ones follow. */
const maxWaiting = 64;

type State = Omit<InboundStatus, 'line' | 'automation'>;

const toLine = ({ phase, error }: State): string => {
  if (error !== null) return `not reading: ${error.message}; trying again`;
  return phase === 'flowing' ? 'reading' : 'connecting';
};

/** Starts to read the messages of sensors. */
export const startSensors = (document: SensorBridgeDocument, data: string, open: OpenBridgeLink): RunningInbound => {
  const { origin, sensors } = document.spec;
  const address = toAddress(origin, data);
  const link = open({ role: 'ingest', subscriptions: [] });
  const hubNow = followHubClock(link);
  const sender = openSender({ link, clock: monotonicClock, source: sensors.source });
  const reader = createSensorReader(sensors);
  const counters = { records: 0, batches: 0, gaps: 0, epochs: 0, failures: 0 };
  const state$ = new BehaviorSubject<State>({ phase: 'dialing', error: null, counters });
  const closed$ = new ReplaySubject<null>(1);
  const life = { isClosed: false };
  const stalls = openStallWatch(() => monotonicClock.now(), monotonicClock);
  const update = (parts: Partial<State>): void => state$.next({ ...state$.value, ...parts });
  const count = (name: 'records' | 'batches' | 'gaps' | 'failures', n = 1): void =>
    update({ counters: { ...state$.value.counters, [name]: state$.value.counters[name] + n } });
  const fail = (error: unknown): void => {
    if (!isFault(error)) throw error;
    count('failures');
    update({ phase: 'resting', error: { code: error.code satisfies FaultCode, message: error.message } });
  };
  const take = (topic: string, payload: string): void => {
    const waitedMs = stalls.waitedMs();
    const { readings, isReadable } = reader.read(topic, payload);
    count('records');
    if (!isReadable || sender.waiting >= maxWaiting) return count('gaps');
    if (Object.keys(readings).length === 0) return;
    // Measured when it arrived here: a hub that is away takes it as late. What waited while this process was stopped is older.
    sender.send([{ at: Math.round(hubNow() - waitedMs), readings }]).then(() => count('batches'), fail);
  };
  const run = async (): Promise<void> => {
    for (let failures = 0; !life.isClosed;) {
      try {
        const subscription = await openSensorSubscription(address, reader.filters, take);
        failures = 0;
        update({ phase: 'flowing', error: null });
        await Promise.race([subscription.ended, firstValueFrom(closed$)]);
        await subscription.close();
      } catch (error) {
        failures += 1;
        fail(error);
        if (!life.isClosed) await firstValueFrom(merge(timer(pauseAfter(failures, backOff, Math.random)), closed$));
      }
    }
  };
  const running = run();
  return {
    status$: state$.pipe(map((state) => ({ ...state, line: toLine(state), automation: null }))),
    ended$: toEnd(link),
    close: async () => {
      life.isClosed = true;
      stalls.close();
      closed$.next(null);
      await running;
      await link.close();
    },
  };
};
