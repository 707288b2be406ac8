import { BusHealthAnswer, BusId, BusPlanAnswer, BusReadAnswer, BusReadRequest, Fault, RegisterAnswer } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { mustServe } from '../../access/bus-locations.ts';
import type { BusDiagnostics } from '../../field/bus-diagnostics.ts';
import { problems } from '../route-answers.ts';

const Params = Type.Object({ bus: BusId });

/** @throws Fault `bus/unknown`. */
const find = <T extends { readonly bus: string }>(all: readonly T[], bus: string): T => {
  const found = all.find((one) => one.bus === bus);
  if (found === undefined) throw new Fault('bus/unknown', `the site has no bus ${bus}; it has ${all.map((one) => one.bus).join(', ')}`);
  return found;
};

export type BusRouteParts = { readonly buses: BusDiagnostics };

/** What technicians ask of the buses of a running hub: health, plan, where each point stands, and manual reads. */
export const registerBusRoutes = (app: FastifyInstance, { buses: diagnostics }: BusRouteParts): void => {
  app.get(
    '/api/v1/buses',
    {
      schema: { summary: 'Load of every bus, and the state of its units', response: { 200: Type.Array(BusHealthAnswer) } },
    },
    async () => [...diagnostics.health()],
  );

  app.get<{ Params: { bus: string } }>(
    '/api/v1/buses/:bus/health',
    {
      schema: {
        summary: 'Load of a bus, and the state of its units',
        params: Params,
        response: { 200: BusHealthAnswer, ...problems('bus/unknown') },
      },
    },
    async ({ params }) => find(diagnostics.health(), params.bus),
  );

  app.get<{ Params: { bus: string } }>(
    '/api/v1/buses/:bus/plan',
    {
      schema: {
        summary: 'What is polled on a bus, and what that costs it',
        params: Params,
        response: { 200: BusPlanAnswer, ...problems('bus/unknown') },
      },
    },
    async ({ params }) => find(diagnostics.plan(), params.bus),
  );

  app.get(
    '/api/v1/registers',
    {
      schema: {
        summary: 'The registers of every point and every read-back',
        response: { 200: Type.Array(RegisterAnswer) },
      },
    },
    async () => [...diagnostics.registers()],
  );
  registerManualRead(app, diagnostics);
};

const registerManualRead = (app: FastifyInstance, diagnostics: BusDiagnostics): void => {
  app.post<{ Params: { bus: string }; Body: BusReadRequest }>(
    '/api/v1/buses/:bus/read',
    {
      schema: {
        summary: 'Reads registers of any unit of a bus',
        description:
          'With the lowest rank on the bus. A serial line may be asked at another speed (`line`): it is taken for a moment then, and back at its own before anything else goes out. `sent` and `received` are the bytes on the wire.',
        params: Params,
        body: BusReadRequest,
        response: {
          200: BusReadAnswer,
          ...problems('protocol/invalid', 'bus/unknown', 'bus/fixed-speed', 'bus/busy', 'modbus/link'),
        },
      },
    },
    async ({ params, body, identity }) => {
      mustServe(identity?.locations, diagnostics, params.bus);
      return diagnostics.read(params.bus, body);
    },
  );
};
