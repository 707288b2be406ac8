import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isPublic } from '../../access/own-page.ts';

/** The cookies that sign browsers in. Plain HTTP on loopback would refuse the `__Host-` prefix. */
export const toCookieNames = (hubId: string): { readonly plain: string; readonly secure: string } => {
  const plain = `phloem_session_${hubId}`;
  // Over TLS: a browser takes it from this host alone, and never sends it in the clear.
  return { plain, secure: `__Host-${plain}` };
};

type Cookies = Readonly<Record<string, string | undefined>>;
const readSession = (cookies: Cookies, hubId: string): string | null => {
  const { plain, secure } = toCookieNames(hubId);
  return cookies[secure] ?? cookies[plain] ?? null;
};

/** The credential of a request: the token that it sends, or the session of its browser. */
export const readToken = ({ headers: { authorization }, cookies }: FastifyRequest, hubId: string): string | null =>
  authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : readSession(cookies, hubId);

/** The session of a request that Socket.IO received, by its `cookie` header: the same one as over HTTP. */
export const readSessionCookie = (app: FastifyInstance, header: string | undefined, hubId: string): string | null =>
  header === undefined ? null : readSession(app.parseCookie(header), hubId);

/** Leaves the cookie that signs a browser in. */
export const createSetCookie = (hubId: string, publicUrl: URL | null) => {
  const names = toCookieNames(hubId);
  return (request: FastifyRequest, reply: FastifyReply, token: string, maxAge: number): void => {
    const secure = isPublic(request.headers.host, publicUrl);
    reply.setCookie(secure ? names.secure : names.plain, token, { path: '/', httpOnly: true, sameSite: 'strict', maxAge, secure });
  };
};
export type SetCookie = ReturnType<typeof createSetCookie>;

/** Takes the cookie that signs a browser in away from it. */
export const createClearCookie = (hubId: string, publicUrl: URL | null) => {
  const names = toCookieNames(hubId);
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const secure = isPublic(request.headers.host, publicUrl);
    reply.clearCookie(secure ? names.secure : names.plain, { path: '/', httpOnly: true, sameSite: 'strict', secure });
  };
};
export type ClearCookie = ReturnType<typeof createClearCookie>;

/** Claims that a path belongs to the API, and not to the files of the panel. */
export const isOfApi = (url: string): boolean => /^\/(api|sign-in|metrics|healthz)(\/|\?|$)/.test(url);
