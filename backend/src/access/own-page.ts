import { Fault } from '@phloem/protocol';

const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Claims that a request comes from a page of our own, or from no page at all. A page of another site names itself in
 * `origin`; one that resolves its own name to loopback names that name in `host`.
 */
export const isOwnPage = (host: string | undefined, origin: string | undefined, publicUrl: URL | null = null): boolean =>
  isPublic(host, publicUrl)
    ? origin === undefined || origin === publicUrl?.origin
    : host !== undefined && loopbackHost.test(host) && (origin === undefined || origin === `http://${host}`);

/** Claims that a request came by the web server that passes people on, over TLS. */
export const isPublic = (host: string | undefined, publicUrl: URL | null = null): boolean => publicUrl !== null && host === publicUrl.host;

/**
 * The address that `--public-url` names: a host under TLS, and nothing behind it.
 *
 * @throws Fault `cli/usage`.
 */
export const parsePublicUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new Fault(
      'cli/usage',
      `--public-url is "${text}", and must be an address such as https://grow.example: sign-ins are not sent in the clear`,
    );
  }
  return url;
};
