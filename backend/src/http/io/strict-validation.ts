import { createParse, Fault, isFault } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type, type TSchema } from 'typebox';
import { createReadQuery } from '../read-query.ts';

/** What a route that takes no body may be sent all the same, since many a client sends one with every request. */
const nothing = Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]);
const noQuery = Type.Object({}, { additionalProperties: false });
const withBody: readonly string[] = ['POST', 'PUT', 'DELETE', 'PATCH'];

/**
 * Validates what comes in as it stands: nothing is converted, nothing is left out, and the first thing that does not fit is
 * named with its place. A route of the API that states no body or no query takes none. Call it before any route.
 */
export const validateStrictly = (app: FastifyInstance): void => {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const part = httpPart === 'params' ? 'path' : (httpPart ?? 'body');
    const make = (): ((value: unknown) => unknown) => (httpPart === 'querystring' ? createReadQuery(schema) : createParse(schema, part));
    // A check is compiled when it is needed first: a start has better things to do.
    let read: ReturnType<typeof make> | undefined;
    return (value: unknown) => {
      try {
        read ??= make();
        // A body that was left out is null, like a body of `null`.
        return { value: read(value === undefined ? null : value) };
      } catch (error) {
        if (isFault(error)) return { error };
        throw error;
      }
    };
  });
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/api/')) return;
    const schema = { ...route.schema };
    schema.querystring ??= noQuery;
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    if (methods.some((method) => withBody.includes(method))) schema.body ??= nothing;
    route.schema = schema;
  });
  // A form of any page could send it; nothing of ours does.
  app.removeContentTypeParser('text/plain');
};

/** A body that is read elsewhere, away from this thread or piece by piece: it is handed over as the bytes that came. */
export const takeRawBodies = (app: FastifyInstance): void => {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
};

/** The bytes of a body that came raw. */
export const toBytes = (body: unknown): Uint8Array => {
  if (body instanceof Uint8Array) return body;
  throw new Fault('protocol/invalid', 'body: must be JSON, with the content type application/json');
};
