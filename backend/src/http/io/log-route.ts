import { Fault, isFault } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { seesOf } from '../../access/locations.ts';
import type { FrameLog } from '../../log/frame-log.ts';
import { isLongRead, toLogAnswer, type LogQuery } from '../../log/log-answer.ts';

export type LogRouteParts = {
  readonly log: FrameLog;
  /** Reads long stretches of the log away from this thread; without it they are read here. */
  readonly readLog: ((query: LogQuery) => Promise<Uint8Array>) | undefined;
};

/** The route by which programs read the log. */
export const registerLogRoute = (app: FastifyInstance, { log, readLog }: LogRouteParts): void => {
  app.get<{ Querystring: { after: number; limit: number } }>(
    '/api/v1/log',
    {
      schema: {
        summary: 'Entries of the log, oldest first',
        description: 'Those after the number `after`. Empty at the end of the log; never more than 4 MiB at once.',
        querystring: Type.Object({
          after: Type.Integer({ minimum: 0, default: 0 }),
          limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 }),
        }),
      },
    },
    async (request, reply) => {
      // A stretch of the log with holes could not be reported from its end.
      if (request.identity !== null && seesOf(request.identity) !== undefined)
        throw new Fault('auth/forbidden', 'the log covers all locations, and this token only some: subscribe to those instead');
      if (readLog === undefined || !isLongRead(request.query)) return toLogAnswer(log, request.query);
      try {
        return await reply.type('application/json; charset=utf-8').send(await readLog(request.query));
      } catch (error) {
        // That thread is no more to be relied on than the history is; the log is always here.
        if (!isFault(error, 'history/unavailable')) throw error;
        return toLogAnswer(log, request.query);
      }
    },
  );
};
