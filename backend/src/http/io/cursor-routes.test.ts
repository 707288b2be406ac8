import { isFault } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createCursorService } from '../../cursors/cursor-service.ts';
import { createStillClock } from '../../store/testing/store-bench.ts';
import { createMemoryStore } from '../../store/memory-store.ts';
import { registerCursorRoutes } from './cursor-routes.ts';
import { validateStrictly } from './strict-validation.ts';
import { identifyAs } from './testing/identify-as.ts';

const openRoutes = () => {
  const { clock } = createStillClock();
  const store = createMemoryStore({ clock, random: () => 0.5 });
  store.log.append([{ kind: 'pulse' }, { kind: 'pulse' }, { kind: 'pulse' }]);
  const { epoch } = store.log;
  store.namedCursors.put({ name: 'history', node: 'bridge', epoch, lsn: 1, committedAt: 1000 });
  store.namedCursors.put({ name: 'webhooks', node: 'hooks', epoch, lsn: 3, committedAt: 2000 });
  const app = fastify();
  validateStrictly(app);
  app.setErrorHandler((error, _request, reply) => reply.code(409).send({ code: isFault(error) ? error.code : String(error) }));
  identifyAs(app, { id: 'token-1', role: 'admin', nodeId: null, name: 'anna' });
  registerCursorRoutes(app, {
    cursors: createCursorService({
      store,
      limits: { maxAgeMs: 1e9, maxBytes: 1e9 },
      readsBy: (name) => name === 'webhooks',
      alarmState: (alarm) => (alarm === 'cursor/history/lost' ? 'active' : 'cleared'),
    }),
    store,
  });
  return { app, store };
};

describe('named cursors over HTTP', () => {
  it('[CU7] are listed with how far each is behind', async () => {
    const { app } = openRoutes();
    const answer = await app.inject({ method: 'GET', url: '/api/v1/cursors' });
    expect(answer.json()).toMatchObject([
      { name: 'history', node: 'bridge', lsn: 1, lag: 2, committedAt: 1000, isConnected: false, state: 'good' },
      { name: 'webhooks', lag: 0, isConnected: true },
    ]);
  });

  it('[CU7] can be removed while nobody uses them; the log says who did, and their alarms are over', async () => {
    const { app, store } = openRoutes();
    const answer = await app.inject({ method: 'DELETE', url: '/api/v1/cursors/history' });
    expect(answer.json()).toMatchObject([{ name: 'webhooks' }]);
    expect(store.log.read(3, { entries: 10, bytes: 1e6 })).toMatchObject([
      { kind: 'alarm', alarm: 'cursor/history/lost', state: 'cleared' },
      { kind: 'note', by: { kind: 'user', id: 'anna' }, text: 'removed the cursor history of the node bridge' },
    ]);
  });

  it.each([
    ['webhooks', 'cursor/in-use'],
    ['none', 'cursor/unknown'],
  ])('[CU7] %s cannot be removed: %s', async (name, code) => {
    const { app, store } = openRoutes();
    expect((await app.inject({ method: 'DELETE', url: `/api/v1/cursors/${name}` })).json()).toEqual({ code });
    expect([store.namedCursors.list().length, store.log.head]).toEqual([2, 3]);
  });
});
