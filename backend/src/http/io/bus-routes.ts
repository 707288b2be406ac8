import { BusHealthAnswer, BusId, BusPlanAnswer, BusReadAnswer, BusReadRequest, Fault, RegisterAnswer } from '@phloem/protocol';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import type { BusDiagnostics } from '../../field/bus-diagnostics.ts';
import { mustServe } from '../bus-access.ts';

const Problem = Type.Object({ code: Type.String(), message: Type.String() });
const Params = Type.Object({ bus: BusId });

/** What technicians ask of the buses of a running hub: health, plan, where each point stands, and manual reads. */
export const registerBusRoutes = (
  app: FastifyInstance,
  {
    read,
    inspect,
    diagnostics,
  }: { readonly read: onRequestAsyncHookHandler; readonly inspect: onRequestAsyncHookHandler; readonly diagnostics: () => BusDiagnostics },
): void => {
  const find = <T extends { readonly bus: string }>(all: readonly T[], bus: string): T => {
    const found = all.find((one) => one.bus === bus);
    if (found === undefined) throw new Fault('bus/unknown', `the site has no bus ${bus}; it has ${all.map((one) => one.bus).join(', ')}`);
    return found;
  };

  app.get(
    '/api/v1/buses',
    {
      onRequest: read,
      schema: { summary: 'Load of every bus, and the state of its units', response: { 200: Type.Array(BusHealthAnswer) } },
    },
    async () => [...diagnostics().health()],
  );

  app.get<{ Params: { bus: string } }>(
    '/api/v1/buses/:bus/health',
    {
      onRequest: read,
      schema: { summary: 'Load of a bus, and the state of its units', params: Params, response: { 200: BusHealthAnswer, 404: Problem } },
    },
    async ({ params }) => find(diagnostics().health(), params.bus),
  );

  app.get<{ Params: { bus: string } }>(
    '/api/v1/buses/:bus/plan',
    {
      onRequest: read,
      schema: {
        summary: 'What is polled on a bus, and what that costs it',
        params: Params,
        response: { 200: BusPlanAnswer, 404: Problem },
      },
    },
    async ({ params }) => find(diagnostics().plan(), params.bus),
  );

  app.get(
    '/api/v1/registers',
    {
      onRequest: read,
      schema: {
        summary: 'The registers of every point and every read-back',
        response: { 200: Type.Array(RegisterAnswer) },
      },
    },
    async () => [...diagnostics().registers()],
  );

  app.post<{ Params: { bus: string }; Body: BusReadRequest }>(
    '/api/v1/buses/:bus/read',
    {
      onRequest: inspect,
      schema: {
        summary: 'Reads registers of any unit of a bus',
        description:
          'With the lowest rank on the bus. A serial line may be asked at another speed (`line`): it is taken for a moment then, and back at its own before anything else goes out. `sent` and `received` are the bytes on the wire.',
        params: Params,
        body: BusReadRequest,
        response: { 200: BusReadAnswer, 400: Problem, 404: Problem, 409: Problem, 429: Problem, 503: Problem },
      },
    },
    async ({ params, body, identity }) => {
      mustServe(identity?.locations, diagnostics(), params.bus);
      return diagnostics().read(params.bus, body);
    },
  );
};
