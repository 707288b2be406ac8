import { Fault, isFault, type FaultCode } from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toAuthor } from '../access.ts';

/** A request that was refused, for anyone who counts or writes down such things. */
export type Refusal = {
  readonly code: string;
  readonly status: number;
  readonly method: string;
  /** The pattern of the route, never what was asked for. */
  readonly route: string;
  readonly address: string;
  /** Who asked, where that is known. */
  readonly by: string | null;
};

const statusOf: Partial<Record<FaultCode, number>> = {
  'auth/unauthorised': 401,
  'auth/forbidden': 403,
  'auth/origin': 403,
  'auth/rate': 429,
  'protocol/too-large': 413,
  'document/unknown': 404,
  'document/busy': 503,
  'point/unknown': 404,
  'calibration/invalid': 422,
  'calibration/implausible': 422,
  'calibration/newer': 409,
  'calibration/none': 409,
  'document/syntax': 422,
  'document/invalid': 422,
  'rules/invalid': 422,
  'bus/unknown': 404,
  'bus/busy': 429,
  'bus/fixed-speed': 409,
  'modbus/link': 503,
  'command/term': 409,
  'command/rate': 429,
  'interlock/unknown': 404,
  'interlock/held': 409,
  'source/unknown': 404,
  'ingest/order': 409,
  'ingest/conflict': 409,
  'ingest/busy': 429,
  'stream/busy': 429,
  'request/unknown': 404,
  'request/conflict': 409,
  'cursor/unknown': 404,
  'cursor/in-use': 409,
  'cursor/foreign': 403,
  'history/unknown': 404,
  'history/lived': 409,
  'history/unavailable': 503,
  'command/draining': 503,
  'command/unknown-device': 404,
  'command/value': 422,
  'override/invalid': 422,
  'override/unknown': 404,
  'override/newer': 409,
  'setpoint/unknown': 404,
  'offset/invalid': 422,
  'offset/unknown': 404,
  'offset/newer': 409,
  'alarm/unknown': 404,
  'alarm/not-shelvable': 409,
  'kiosk/unknown': 404,
  'token/unknown': 404,
  'token/own': 409,
};

const toFault = (error: unknown): Fault | null => {
  if (isFault(error)) return error;
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 500) return null;
  const message = error instanceof Error ? error.message : 'bad request';
  return status === 413
    ? new Fault('protocol/too-large', 'body: larger than this route takes')
    : new Fault('protocol/invalid', message.slice(0, 400));
};

/** Answers what went wrong as `{ code, message }`, and reports each refusal. */
export const answerFaults = (
  app: FastifyInstance,
  { onError, onRefused }: { readonly onError: (error: unknown) => void; readonly onRefused: (refusal: Refusal) => void },
): void => {
  const refuse = (request: FastifyRequest, fault: Fault): number => {
    const status = statusOf[fault.code] ?? 400;
    const { method, routeOptions, ip, identity } = request;
    const by = identity === null || identity === undefined ? null : toAuthor(identity);
    onRefused({ code: fault.code, status, method, route: routeOptions.url ?? 'none', address: ip, by });
    return status;
  };
  app.setErrorHandler((error: unknown, request, reply) => {
    const fault = toFault(error);
    if (fault !== null) {
      const status = refuse(request, fault);
      if (status === 429 || status === 503) reply.header('retry-after', '1');
      return reply.code(status).send({ code: fault.code, message: fault.message });
    }
    onError(error);
    return reply.code(500).send({ code: 'internal', message: "Internal error. See the hub's log." });
  });
};
