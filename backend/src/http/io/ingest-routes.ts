import { Fault, IngestMessage, IngestOutcome, IngestPosition, IngestSeq, SourceId } from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { IngestService, Sender } from '../../ingest/ingest-service.ts';

export type IngestRouteParts = {
  /** What takes the readings of sources in; null where the hub takes none. */
  readonly ingest: IngestService | null;
};

/** As long as a message of a service over the link. */
const bodyLimit = 512 * 1024;
const maxLines = 64;

const closed = { additionalProperties: false } as const;
const Messages = Type.Union([IngestMessage, Type.Array(IngestMessage, { minItems: 1, maxItems: maxLines })]);
const Answer = Type.Object({ source: SourceId, seq: IngestSeq, ...IngestOutcome.properties }, closed);
const StateAnswer = Type.Object(
  { source: SourceId, seq: Type.Integer({ minimum: 0 }), position: Type.Union([IngestPosition, Type.Null()]) },
  closed,
);

const toSender = ({ identity }: FastifyRequest): Sender => ({ nodeId: identity?.nodeId ?? null, locations: identity?.locations });

/** Each line of a text as JSON; empty lines do not count. */
const parseLines = (text: string): unknown[] =>
  text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (cause) {
      throw new Fault('protocol/invalid', `body: line ${index + 1} is not JSON`, { cause });
    }
  });

/** Lets the routes of a scope take one message on each line. */
const takeLines = (scope: FastifyInstance): void => {
  scope.addContentTypeParser('application/x-ndjson', { parseAs: 'string', bodyLimit }, (_request, body, done) => {
    try {
      done(null, parseLines(String(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
};

/** The routes by which sources send readings over HTTP. What they answer is on disk. */
export const registerIngestRoutes = async (app: FastifyInstance, { ingest }: IngestRouteParts): Promise<void> => {
  const service = (): IngestService => {
    if (ingest === null) throw new Fault('source/unknown', 'this hub takes no readings in');
    return ingest;
  };
  // In a scope of its own: no other route takes lines.
  await app.register(async (scope) => {
    takeLines(scope);
    registerIngest(scope, service);
    registerSource(scope, service);
  });
};

const registerIngest = (scope: FastifyInstance, service: () => IngestService): void => {
  scope.post<{ Body: Static<typeof Messages> }>(
    '/api/v1/ingest',
    {
      bodyLimit,
      schema: {
        summary: 'Sends readings of a source that the site declares',
        description:
          'One message as JSON, or one on each line as application/x-ndjson, at most 64, in order. The answer comes when they are on disk. The same message again is answered as before, so a request may be repeated until it is answered. 409 says that the number is not the next one, 429 to wait for `retry-after` seconds.',
        body: Messages,
        response: { 200: Type.Union([Answer, Type.Array(Answer)]) },
      },
    },
    async (request) => {
      const { body } = request;
      const sender = toSender(request);
      const one = async (message: IngestMessage) => ({
        source: message.source,
        seq: message.seq,
        ...(await service().take(message, sender)),
      });
      if (!Array.isArray(body)) return one(body);
      const answers = [];
      // One after the other: what follows a message that was refused is not taken.
      for (const message of body) answers.push(await one(message));
      return answers;
    },
  );
};

const registerSource = (scope: FastifyInstance, service: () => IngestService): void => {
  scope.get<{ Params: { source: SourceId } }>(
    '/api/v1/ingest/:source',
    {
      schema: {
        summary: 'The number of the last message of a source, and the position that came with it',
        params: Type.Object({ source: SourceId }),
        response: { 200: StateAnswer },
      },
    },
    async (request) => service().state(request.params.source, toSender(request)),
  );
};
