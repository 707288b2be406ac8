import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createClockText, Fault, type WatchRequest } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink, type Link } from '@phloem/reconnect';
import { distinctUntilChanged, filter, fromEvent, lastValueFrom, map, merge, pairwise, skip, take, takeWhile, tap } from 'rxjs';
import { formatTransaction, inBrackets, underlined } from '../bus/format-transaction.ts';
import { WatchTally, type WatchLine } from '../bus/watch-tally.ts';
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
/** Shows what happens on a bus of the running hub, until Ctrl-C. The hub's two minutes are renewed meanwhile. */
export const watchBus = async (options: BusWatchOptions): Promise<void> => {
  const { port, data, unit, point, fast, recent, count, json } = options;
  // Its fault also explains what is wrong when no hub runs.
  const hub = toBusHub(options);
  const buses = await listBuses(hub);
  const { bus } = point !== undefined && options.bus === undefined && buses.length > 1 ? { bus: '' } : pickBus(buses, options.bus);
  const target: WatchRequest['target'] = point === undefined ? { bus, ...(unit === undefined ? {} : { unit }) } : { point, isFast: fast };
  const link = openWatchLink(port, data);
  const toClock = createClockText(await askTimeZone(hub));
  const tally = new WatchTally(count);
  const print = createPrint(json, toClock);

  const news$ = link.watch$({ watch: 'cli', target, recent }).pipe(
    tap((news) => tally.take(news).forEach(print)),
    map(() => tally.goesOn),
  );
  const gone$ = link.status$.pipe(
    filter(({ phase }) => phase === 'closed'),
    tap(({ bye }) => {
      tally.refused = bye?.message ?? 'the hub ended it';
    }),
    map(() => false),
  );
  // Silence is no news of the bus while nobody could report any.
  const lost$ = link.status$.pipe(
    map(({ phase }) => phase === 'ready'),
    distinctUntilChanged(),
    pairwise(),
    skip(1),
    tap(([, isReady]) => printNote(isReady ? 'the link to the hub is back' : 'no link to the hub; trying again')),
    map(() => true),
  );
  const stop$ = fromEvent(process, 'SIGINT').pipe(
    take(1),
    map(() => false),
  );
  await lastValueFrom(merge(news$, gone$, lost$, stop$).pipe(takeWhile((goesOn) => goesOn)), { defaultValue: true });
  await link.close();
  if (tally.refused !== null) throw new Fault('bus/unknown', tally.refused);
  printNote(`${tally.shown} shown, ${tally.dropped} dropped`);
};

const openWatchLink = (port: number, data: string): Link =>
  openLink({
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

const createPrint = (json: boolean, toClock: (at: number) => string): ((line: WatchLine) => void) => {
  const mark = process.stdout.isTTY ? underlined : inBrackets;
  return (line) => {
    if (line.kind === 'note') printNote(line.text);
    else if (json) printJson(line.transaction);
    // It underlines bytes by escape sequences of its own, and shows nothing that somebody else wrote.
    else process.stdout.write(`${formatTransaction(line.transaction, line.before, { mark, toClock })}\n`);
  };
};
