import type { FastifyRequest } from 'fastify';
import { toPeerAddress } from '../../access/peer-address.ts';

/** The address that a request comes from; through a web server on the hub's machine, that of the web server's own peer. At most 64 characters. */
export const toRequestAddress = (
  { ip: remote, headers: { host, 'x-forwarded-for': forwardedFor } }: FastifyRequest,
  publicUrl: URL | null,
): string => toPeerAddress({ remote, host, forwardedFor }, publicUrl).slice(0, 64);
