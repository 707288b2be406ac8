import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createClockText, Fault, type WatchRequest } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink } from '@phloem/reconnect';
import { distinctUntilChanged, filter, fromEvent, lastValueFrom, map, merge, pairwise, skip, take, takeWhile, tap } from 'rxjs';
import { formatTransaction, inBrackets, toRequestKey, underlined } from '../bus/format-transaction.ts';
import { listBuses, pickBus, toBusHub, type BusOptions } from './bus-hub.ts';
import { askTimeZone, dataFiles } from '@phloem/backend/client';
import { printJson, printNote } from './print.ts';

export type BusWatchOptions = BusOptions & {
  readonly bus?: string | undefined;
  readonly unit?: number | undefined;
  readonly point?: string | undefined;
  readonly fast: boolean;
  readonly recent: number;
  /** Ends after so many; null for never. */
  readonly count: number | null;
  readonly json: boolean;
};

const random = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;
/** Answers that are remembered for marking what changed. */
const maxKeys = 1000;

/** Shows what happens on a bus of the running hub, until Ctrl-C. The hub's two minutes are renewed meanwhile. */
export const watchBus = async (options: BusWatchOptions): Promise<void> => {
  const { port, data, unit, point, fast, recent, count, json } = options;
  // Also says in words what is wrong when no hub runs.
  const hub = toBusHub(options);
  const buses = await listBuses(hub);
  const { bus } = point !== undefined && options.bus === undefined && buses.length > 1 ? { bus: '' } : pickBus(buses, options.bus);
  const target: WatchRequest['target'] = point === undefined ? { bus, ...(unit === undefined ? {} : { unit }) } : { point, isFast: fast };
  const link = openLink({
    transport: createSocketIoTransport({ url: `http://127.0.0.1:${port}` }),
    clock: monotonicClock,
    random,
    nodeId: `panel-watch-${randomBytes(4).toString('hex')}`,
    run: randomBytes(8).toString('hex'),
    role: 'admin',
    token: readFileSync(dataFiles(data).adminToken, 'utf8').trim(),
    software: 'phloem-cli',
    subscriptions: [],
  });
  const toClock = createClockText(await askTimeZone(toBusHub(options)));
  const mark = process.stdout.isTTY ? underlined : inBrackets;
  const last = new Map<string, string>();
  const note = (text: string): void => printNote(text);
  let shown = 0;
  let dropped = 0;
  let refused: string | null = null;

  const news$ = link.watch$({ watch: 'cli', target, recent }).pipe(
    tap(({ event, payload }) => {
      if (event === 'watching') {
        if (payload.state === 'refused') refused = payload.why;
        else if (payload.state === 'ended') note(`the watch has ended: ${payload.why}`);
        else if (payload.load !== null) note(`read five times a second: ${(payload.load * 100).toFixed(1)} % of the bus ${payload.bus}`);
        return;
      }
      if (payload.dropped > 0) {
        dropped += payload.dropped;
        note(`${payload.dropped} transactions were dropped: there is more traffic than can be shown`);
      }
      for (const transaction of payload.items) {
        if (count !== null && shown >= count) return;
        shown += 1;
        const key = toRequestKey(transaction);
        if (json) printJson(transaction);
        // It underlines bytes by escape sequences of its own, and shows nothing that somebody else wrote.
        else process.stdout.write(`${formatTransaction(transaction, last.get(key), { mark, toClock })}\n`);
        if (transaction.outcome !== 'answered') continue;
        if (last.size > maxKeys) last.clear();
        last.set(key, transaction.received);
      }
    }),
    map(() => refused === null && (count === null || shown < count)),
  );
  const gone$ = link.status$.pipe(
    filter(({ phase }) => phase === 'closed'),
    tap(({ bye }) => {
      refused = bye?.message ?? 'the hub ended it';
    }),
    map(() => false),
  );
  // Silence is no news of the bus while nobody could report any.
  const lost$ = link.status$.pipe(
    map(({ phase }) => phase === 'ready'),
    distinctUntilChanged(),
    pairwise(),
    skip(1),
    tap(([, isReady]) => note(isReady ? 'the link to the hub is back' : 'no link to the hub; trying again')),
    map(() => true),
  );
  const stop$ = fromEvent(process, 'SIGINT').pipe(
    take(1),
    map(() => false),
  );
  await lastValueFrom(merge(news$, gone$, lost$, stop$).pipe(takeWhile((goesOn) => goesOn)), { defaultValue: true });
  await link.close();
  if (refused !== null) throw new Fault('bus/unknown', refused);
  note(`${shown} shown, ${dropped} dropped`);
};
