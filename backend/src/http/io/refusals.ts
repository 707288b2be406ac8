import { formatAuthor, Fault, faults, isFault } from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toAuthor } from '../../access/identity.ts';

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

const toFault = (error: unknown): Fault | null => {
  if (isFault(error)) return error;
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 500) return null;
  const message = error instanceof Error ? error.message : 'bad request';
  if (status === 413) return new Fault('protocol/too-large', 'body: larger than this route takes');
  if (status === 415)
    return new Fault('protocol/invalid', 'this route does not take that content type; send "content-type: application/json"');
  return new Fault('protocol/invalid', message.slice(0, 400));
};

/** Answers what went wrong as `{ code, message }`, and reports each refusal. */
export const answerFaults = (
  app: FastifyInstance,
  { onError, onRefused }: { readonly onError: (error: unknown) => void; readonly onRefused: (refusal: Refusal) => void },
): void => {
  const refuse = (request: FastifyRequest, fault: Fault): number => {
    const status = faults[fault.code].http;
    const { method, routeOptions, ip, identity } = request;
    const by = identity === null || identity === undefined ? null : formatAuthor(toAuthor(identity));
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
