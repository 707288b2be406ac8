import { once } from 'node:events';
import { get } from 'node:http';
import type { WhyAnswer } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Asker, WhyClient, WhyQuestion } from '../../why/why-client.ts';
import { openWhy } from '../../why/io/open-why.ts';
import { answerFaults } from './refusals.ts';
import { validateStrictly } from './strict-validation.ts';
import { registerWhyRoute } from './why-route.ts';

const heater = '/api/v1/devices/flower_room%2Fheater/why';
const answer: WhyAnswer = {
  device: 'flower_room/heater',
  lsn: 3,
  at: 5,
  value: true,
  requested: true,
  sentence: 'flower_room/heater is on, because it is cold.',
  levels: [],
  blocked: [],
  expressions: [],
  interlocks: [],
  inputs: [],
  titles: {},
  replayed: 3,
};

const errors: unknown[] = [];

const open = (why: WhyClient = openWhy(null).ask) => {
  const app = fastify();
  answerFaults(app, { onError: (error) => void errors.push(error), onRefused: () => undefined });
  validateStrictly(app);
  app.decorateRequest('identity', null);
  registerWhyRoute(app, { view: { layout: { devices: [{ id: answer.device }] } }, why });
  return { app, ask: (url: string) => app.inject({ method: 'GET', url }) };
};

describe('why a device is as it is, over HTTP', () => {
  it('asks about now or a moment, and about a value that the device does not have', async () => {
    const asked: WhyQuestion[] = [];
    const { ask } = open((question) => {
      asked.push(question);
      return Promise.resolve(answer);
    });
    const told = await ask(heater);
    expect(told.statusCode).toBe(200);
    expect(told.json()).toEqual(answer);
    await ask(`${heater}?at=1000&not=off`);
    expect(asked).toEqual([
      { device: 'flower_room/heater', at: null, not: null },
      { device: 'flower_room/heater', at: 1000, not: false },
    ]);
  });

  it('says who asks, and withdraws the question of a reader who has gone', async () => {
    const asking = Promise.withResolvers<Asker>();
    const { app } = open((_question, asker) => {
      asking.resolve(asker);
      return new Promise((_resolve, reject) => asker.signal.addEventListener('abort', () => reject(new Error('withdrawn'))));
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const reader = get(`${url}${heater}`);
    reader.on('error', () => undefined);
    const { person, signal } = await asking.promise;
    expect(person).toBe('hub');
    expect(signal.aborted).toBe(false);
    const withdrawn = once(signal, 'abort');
    reader.destroy();
    await withdrawn;
    expect(errors).toEqual([]);
    await app.close();
  });

  it('refuses what cannot be asked, and says how to get the answer where nothing recomputes it', async () => {
    const { ask } = open();
    expect((await ask(`${heater}?not=perhaps`)).json()).toMatchObject({ code: 'protocol/invalid' });
    expect((await ask('/api/v1/devices/flower_room%2Fnothing/why')).statusCode).toBe(404);
    const told = await ask(heater);
    expect(told.statusCode).toBe(503);
    expect(told.json<{ message: string }>().message).toContain('phloem rules why');
  });
});
