import type { ServerResponse } from 'node:http';
import { Fault, type Filter } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { interval, merge, startWith, Subscription } from 'rxjs';
import { Type } from 'typebox';
import type { Credentials, Identity } from '../../access/identity.ts';
import { seesOf } from '../../access/locations.ts';
import { toDurableLog } from '../../log/durable-log.ts';
import { restrictFilter } from '../../sessions/filter.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { LogStream, parseEventId, parseStreamFilter } from '../../stream/log-stream.ts';

export type StreamRouteParts = {
  readonly store: Pick<HubStore, 'log' | 'clock' | 'durable' | 'durable$'>;
  readonly credentials: Pick<Credentials, 'isLive'>;
};

const heartbeatEveryMs = 5000;
const lookEveryMs = 1000;
/** A reader that takes nothing for so long is cut off: it comes back and continues at its last event. */
const slowAfterMs = 15_000;
const maxStreams = { perCredential: 20, perHub: 1000 } as const;

const Query = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 100 })),
    kinds: Type.Optional(Type.String({ maxLength: 400 })),
    locations: Type.Optional(Type.String({ maxLength: 2000 })),
    upTo: Type.Optional(Type.Literal('durable')),
  },
  { additionalProperties: false },
);
type Query = { readonly after?: string; readonly kinds?: string; readonly locations?: string; readonly upTo?: 'durable' };

type Reader = {
  readonly stream: LogStream;
  readonly response: ServerResponse;
  readonly isLive: () => boolean;
  readonly onEnd: () => void;
};
type Turns = (task: () => void) => void;

/** Runs one task in each turn of the event loop, in order: readers that are far behind do not hold up the hub, however many they are. */
const createTurns = (): Turns => {
  const waiting: (() => void)[] = [];
  const run = (): void => {
    try {
      waiting[0]?.();
    } finally {
      waiting.shift();
      if (waiting.length > 0) setImmediate(run);
    }
  };
  return (task) => {
    if (waiting.push(task) === 1) setImmediate(run);
  };
};

/** Writes a stream into a response, no faster than its reader takes it, until either side ends. */
const runStream = ({ stream, response, isLive, onEnd }: Reader, store: StreamRouteParts['store'], inTurn: Turns): void => {
  let blockedUp: number | null = null;
  let beatUp = store.clock.up();
  let isInTurn = false;
  const running = new Subscription();
  const write = (text: string): void => {
    if (!response.write(text)) blockedUp ??= store.clock.up();
  };
  const pump = (): void => {
    if (blockedUp !== null || isInTurn || running.closed) return;
    const text = stream.next();
    if (text !== null && text !== '') write(text);
    if (text === null || stream.isAtEnd) return;
    isInTurn = true;
    inTurn(() => {
      isInTurn = false;
      pump();
    });
  };
  const end = (): void => {
    if (running.closed) return;
    running.unsubscribe();
    response.destroy();
    onEnd();
  };
  const look = (): void => {
    const up = store.clock.up();
    if (!isLive() || (blockedUp !== null && up - blockedUp > slowAfterMs)) return end();
    if (blockedUp !== null || up - beatUp < heartbeatEveryMs) return;
    beatUp = up;
    write(stream.heartbeat(store.clock.at()));
  };
  response.on('drain', () => {
    blockedUp = null;
    pump();
  });
  response.on('close', end);
  write(stream.start());
  running.add(merge(store.log.head$, store.durable$).pipe(startWith(0)).subscribe(pump));
  running.add(interval(lookEveryMs).subscribe(look));
};

/** The route that sends the log as server-sent events, from any position on. */
export const registerStreamRoute = (app: FastifyInstance, { store, credentials }: StreamRouteParts): void => {
  const inTurn = createTurns();
  const open = new Map<string, number>();
  const count = (credential: string, change: 1 | -1): void => {
    const left = (open.get(credential) ?? 0) + change;
    if (left === 0) open.delete(credential);
    else open.set(credential, left);
  };
  const mustHaveRoom = (credential: string): void => {
    const all = [...open.values()].reduce((sum, n) => sum + n, 0);
    if ((open.get(credential) ?? 0) >= maxStreams.perCredential || all >= maxStreams.perHub)
      throw new Fault('stream/busy', 'too many streams are open; close one, or try again later');
  };
  const toFilter = (query: Query, identity: Identity | null): Filter =>
    restrictFilter(parseStreamFilter(query), identity === null ? undefined : seesOf(identity));

  app.get<{ Querystring: Query }>(
    '/api/v1/stream',
    {
      schema: {
        summary: 'The log as server-sent events',
        description:
          'The `id` of an event is its position: `Last-Event-ID`, or `after`, continues there. Without either, the stream begins at the newest entry; `after=first` begins at the oldest. The event `start` says where the stream begins and which entries are lost. The event `heartbeat` comes every 5 s: without one for 15 s, nothing that you hold is current. A reader that takes nothing for 15 s is cut off.',
        querystring: Query,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { query, identity } = request;
      const told = request.headers['last-event-id'] ?? query.after;
      const after = typeof told === 'string' && told !== '' ? parseEventId(told) : null;
      const log = query.upTo === 'durable' ? toDurableLog(store.log, () => store.durable) : store.log;
      const stream = new LogStream(log, toFilter(query, identity), after);
      const credential = identity?.id ?? '';
      mustHaveRoom(credential);
      count(credential, 1);
      const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
      const { raw: response } = reply.hijack();
      response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
      const onEnd = (): void => count(credential, -1);
      runStream({ stream, response, isLive: () => credentials.isLive(credential), onEnd }, store, inTurn);
    },
  );
};
