import { ReleaseRequest, type Lsn } from '@phloem/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

/** A request that releases what somebody holds manually: whatever stands, or what one entry began. */
export type Release = { Body: ReleaseRequest | null; Querystring: { lsn?: Lsn } };

export const releaseQuery = Type.Object({ lsn: Type.Optional(Type.Integer({ minimum: 1 })) });
/** The body may be left out altogether. */
export const releaseBody = Type.Union([ReleaseRequest, Type.Null()]);

/** What it says, in the query or in the body. */
export const toRelease = ({ body, query }: Pick<FastifyRequest<Release>, 'body' | 'query'>): ReleaseRequest => {
  const lsn = query.lsn ?? body?.lsn;
  return { ...(body?.reason === undefined ? {} : { reason: body.reason }), ...(lsn === undefined ? {} : { lsn }) };
};
