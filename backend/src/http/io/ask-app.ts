import type { FastifyInstance } from 'fastify';

/** What somebody in this process asks over the hub's HTTP interface. */
export type AskedHub = {
  readonly method?: string | undefined;
  readonly path: string;
  readonly token: string;
  /** The text of a JSON document. */
  readonly body?: string | undefined;
};

/** Asks an app over HTTP without a network: the same routes, checks and answers. */
export const askApp = async (
  app: FastifyInstance,
  { method = 'GET', path, token, body }: AskedHub,
): Promise<{ readonly status: number; readonly text: string }> => {
  const answer = await app.inject({
    method: method as 'GET',
    url: path,
    headers: {
      host: '127.0.0.1',
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { payload: body }),
  });
  return { status: answer.statusCode, text: answer.payload };
};
