import { Fault, type IngestMessage } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { IngestService } from '../../ingest/ingest-service.ts';
import { registerIngestRoutes } from './ingest-routes.ts';
import { answerFaults } from './refusals.ts';
import { validateStrictly } from './strict-validation.ts';
import { identifyAs } from './testing/identify-as.ts';

const outcome = { lsn: 7, live: 1, late: 0, refusedCount: 0, refused: [] };
const message = (seq: number): IngestMessage => ({ source: 'zigbee', seq, frames: [{ readings: { 'shed/front/air': { v: 20 } } }] });

const openRoutes = async (take: IngestService['take'] = async () => outcome) => {
  const taken: IngestMessage[] = [];
  const ingest: IngestService = {
    state: (source, { nodeId }) => ({ source, seq: 4, position: nodeId }),
    take: async (one, sender) => {
      const answer = await take(one, sender);
      taken.push(one);
      return answer;
    },
    figures: () => [],
    standings: () => [],
  };
  const app = fastify();
  answerFaults(app, { onError: () => undefined, onRefused: () => undefined });
  validateStrictly(app);
  identifyAs(app, { id: 'token-1', role: 'ingest', nodeId: 'bridge' });
  await registerIngestRoutes(app, { ingest });
  const post = (payload: string | object, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/api/v1/ingest', payload, headers: { 'content-type': type } });
  return { app, post, taken };
};

const toLines = (messages: readonly unknown[]): string => messages.map((one) => `${JSON.stringify(one)}\n`).join('');

describe('readings over HTTP', () => {
  it('[IG11] are answered with their outcome', async () => {
    const { post, taken } = await openRoutes();
    const answer = await post(message(5));
    expect([answer.statusCode, answer.json()]).toEqual([200, { source: 'zigbee', seq: 5, ...outcome }]);
    expect(taken).toEqual([message(5)]);
  });

  it('[IG11] may come as one message on each line, taken in their order', async () => {
    const { post, taken } = await openRoutes();
    const answer = await post(toLines([message(5), message(6)]), 'application/x-ndjson');
    expect(answer.json()).toMatchObject([{ seq: 5 }, { seq: 6 }]);
    expect(taken.map(({ seq }) => seq)).toEqual([5, 6]);
  });

  it('[IG11] are refused with 429 and a time to wait when the hub cannot keep up; nothing after that is taken', async () => {
    const busy = await openRoutes(async ({ seq }) => {
      if (seq === 6) throw new Fault('ingest/busy', 'later');
      return outcome;
    });
    const answer = await busy.post(toLines([message(5), message(6), message(7)]), 'application/x-ndjson');
    expect([answer.statusCode, answer.headers['retry-after'], answer.json()]).toEqual([
      429,
      '1',
      { code: 'ingest/busy', message: 'later' },
    ]);
    expect(busy.taken.map(({ seq }) => seq)).toEqual([5]);
  });

  it.each([
    ['ingest/order', 409],
    ['ingest/conflict', 409],
    ['source/unknown', 404],
    ['auth/forbidden', 403],
  ] as const)('[IG11] are refused with %s as HTTP %i', async (code, status) => {
    const { post } = await openRoutes(async () => {
      throw new Fault(code, 'no');
    });
    expect((await post(message(1))).statusCode).toBe(status);
  });

  it.each([
    ['a line that is no JSON', '{"source":\n', 'application/x-ndjson'],
    ['no line', '\n', 'application/x-ndjson'],
    ['more lines than a request may have', toLines(Array.from({ length: 65 }, (_, index) => message(index + 1))), 'application/x-ndjson'],
    ['a member that nobody knows', JSON.stringify({ ...message(1), mood: 'fine' }), 'application/json'],
    ['a number that is a text', JSON.stringify({ ...message(1), seq: '1' }), 'application/json'],
  ])('[IG11] are refused with %s, and nothing is taken', async (_, payload, type) => {
    const { post, taken } = await openRoutes();
    const answer = await post(payload, type);
    expect([answer.statusCode, answer.json().code, taken]).toEqual([400, 'protocol/invalid', []]);
  });

  it('[IG11] the hub says how far a source is', async () => {
    const { app } = await openRoutes();
    const answer = await app.inject({ method: 'GET', url: '/api/v1/ingest/zigbee' });
    expect(answer.json()).toEqual({ source: 'zigbee', seq: 4, position: 'bridge' });
  });
});
