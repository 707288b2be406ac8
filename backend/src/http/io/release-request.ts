import { Fault, ReleaseRequest, type Lsn } from '@phloem/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

/** A request that lets go what somebody holds by hand: whatever stands, or what one entry began. */
export type Release = { Body: ReleaseRequest | undefined; Querystring: { lsn?: Lsn } };

export const releaseQuery = Type.Object({ lsn: Type.Optional(Type.Integer({ minimum: 1 })) });
const releaseBody = Type.Union([ReleaseRequest, Type.Null()]);

/** The body may be left out altogether. */
export const checkRelease = async (request: FastifyRequest): Promise<void> => {
  if (request.body === undefined || request.body === null) return;
  const isGiven = request.validateInput(request.body, releaseBody);
  if (!isGiven) throw new Fault('protocol/invalid', 'the body may hold a reason, of 400 characters at most, and the lsn of what is let go');
};

/** What it says, in the query or in the body. */
export const toRelease = ({ body, query }: Pick<FastifyRequest<Release>, 'body' | 'query'>): ReleaseRequest => {
  const lsn = query.lsn ?? body?.lsn;
  return { ...(body?.reason === undefined ? {} : { reason: body.reason }), ...(lsn === undefined ? {} : { lsn }) };
};
