import { isFault, type LocationId } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createFakeBusDiagnostics } from '../../field/testing/fake-bus-diagnostics.ts';
import type { Identity } from '../../access/identity.ts';
import { registerBusRoutes } from './bus-routes.ts';
import { validateStrictly } from './strict-validation.ts';
import { identifyAs } from './testing/identify-as.ts';

/** The routes over a fake bus, asked by a technician of some locations, or of all. */
const open = (locations?: readonly LocationId[]) => {
  const diagnostics = createFakeBusDiagnostics();
  const app = fastify();
  validateStrictly(app);
  const technician: Identity = { id: 'anna', role: 'technician', nodeId: null, locations };
  identifyAs(app, technician);
  app.setErrorHandler((error, _request, reply) => {
    const code = isFault(error) ? error.code : 'protocol/invalid';
    const status = code === 'protocol/invalid' ? 400 : 409;
    return reply.code(status).send({ code, message: '' });
  });
  registerBusRoutes(app, { buses: diagnostics });
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  return { diagnostics, ask };
};
const place = { unit: 3, function: 3, address: 11, count: 2 };

describe('the buses over HTTP', () => {
  it('[FB13] returns health, plan and registers', async () => {
    const { ask } = open();
    expect((await ask('GET', '/api/v1/buses')).body).toMatchObject([{ bus: 'line', transport: 'Modbus TCP 127.0.0.1:502' }]);
    expect((await ask('GET', '/api/v1/buses/line/health')).body).toMatchObject({ bus: 'line', load: 0.1 });
    expect((await ask('GET', '/api/v1/buses/line/plan')).body).toMatchObject({ bus: 'line', words: 'next to nothing' });
    expect((await ask('GET', '/api/v1/registers')).body).toMatchObject([{ id: 'flower_room/front/temperature', unit: 3, address: 11 }]);
    expect((await ask('GET', '/api/v1/buses/cellar/health')).body).toMatchObject({ code: 'bus/unknown' });
  });

  it('[FB2] manual reads what a technician asks for, and nothing that is no read', async () => {
    const { ask, diagnostics } = open();
    expect((await ask('POST', '/api/v1/buses/line/read', place)).body).toMatchObject({ outcome: 'answered', values: [7, 7] });
    expect((await ask('POST', '/api/v1/buses/cellar/read', place)).body).toMatchObject({ code: 'bus/unknown' });
    for (const change of [{ function: 6 }, { unit: 256 }, { address: -1 }, { count: 0 }, { count: 2001 }]) {
      expect((await ask('POST', '/api/v1/buses/line/read', { ...place, ...change })).status).toBe(400);
    }
    expect(diagnostics.reads).toHaveLength(1);
  });

  it('[SE5] lets a technician reach the buses of his own locations alone', async () => {
    expect((await open(['flower_room']).ask('POST', '/api/v1/buses/line/read', place)).status).toBe(200);
    const elsewhere = open(['nursery']);
    expect((await elsewhere.ask('POST', '/api/v1/buses/line/read', place)).body).toMatchObject({ code: 'auth/forbidden' });
    expect(elsewhere.diagnostics.reads).toEqual([]);
  });
});
