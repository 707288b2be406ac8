import { isFault } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../../store/testing/store-bench.ts';
import { createMemoryStore } from '../../store/memory-store.ts';
import type { Identity } from '../../access/identity.ts';
import { registerNoteRoute } from './note-route.ts';
import { validateStrictly } from './strict-validation.ts';
import { identifyAs } from './testing/identify-as.ts';

/** The route over a store in memory; anyone who asks is the identity that the test gives. */
const openRoute = (who: Partial<Identity> = {}) => {
  const { clock, hands } = createStillClock();
  hands.wall = 1_800_000_000_000;
  const store = createMemoryStore({ clock, random: () => 0.5 });
  const app = fastify();
  validateStrictly(app);
  app.setErrorHandler((error, _request, reply) =>
    reply.code(isFault(error) ? 409 : 400).send({ code: isFault(error) ? error.code : 'protocol/invalid' }),
  );
  identifyAs(app, { id: 'token-1', role: 'technician', nodeId: null, name: 'anna', ...who });
  registerNoteRoute(app, {
    view: { layout: { locations: [{ id: 'flower_room', title: 'Flower room' }], points: [], devices: [] } },
    store,
    clock,
  });
  const post = async (payload: object) => {
    const answer = await app.inject({ method: 'POST', url: '/api/v1/notes', payload });
    return { status: answer.statusCode, body: answer.json() };
  };
  const notes = () => store.log.read(0, { entries: 10, bytes: 1e6 }).filter(({ kind }) => kind === 'note');
  return { post, notes, store, now: hands.wall };
};
const note = { about: 'flower_room', text: ' mist on the leaves ' };

describe('a note over HTTP', () => {
  it('is answered when it is on disk, with who wrote it and when', async () => {
    const { post, notes, store, now } = openRoute();
    const { status, body } = await post(note);
    expect([status, body]).toEqual([
      201,
      { lsn: body.lsn, at: now, by: { kind: 'user', id: 'anna' }, about: 'flower_room', text: 'mist on the leaves' },
    ]);
    expect(store.durable).toBeGreaterThanOrEqual(body.lsn);
    expect(notes()).toMatchObject([{ lsn: body.lsn, about: 'flower_room', by: { kind: 'user', id: 'anna' }, text: 'mist on the leaves' }]);
  });

  it('can speak of a moment before, and of none that is to come', async () => {
    const { post, notes, now } = openRoute();
    expect((await post({ ...note, moment: now - 3_600_000 })).body.moment).toBe(now - 3_600_000);
    expect((await post({ ...note, moment: now + 1000 })).body.moment).toBeUndefined();
    expect((await post({ ...note, moment: now + 3_600_000 })).body.code).toBe('protocol/invalid');
    expect(notes()).toHaveLength(2);
  });

  it.each([
    ['about what the site has not', { about: 'attic', text: 'x' }, 'document/unknown'],
    ['without words', { about: 'flower_room', text: '  ' }, 'protocol/invalid'],
    ['that is a book', { about: 'flower_room', text: 'x'.repeat(1001) }, 'protocol/invalid'],
  ])('is refused %s', async (_what, body, code) => {
    const { post, notes } = openRoute();
    expect((await post(body)).body.code).toBe(code);
    expect(notes()).toEqual([]);
  });

  it('is refused to a technician of another location', async () => {
    const { post, notes } = openRoute({ locations: ['cold_store'] });
    expect((await post(note)).body.code).toBe('auth/forbidden');
    expect(notes()).toEqual([]);
  });
});
