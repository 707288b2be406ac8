import { isPublic } from './own-page.ts';

/** What a request says of where it comes from. */
export type PeerHints = {
  readonly remote: string | undefined;
  readonly host: string | undefined;
  readonly forwardedFor: string | readonly string[] | undefined;
};

/**
 * The address of a peer. A request by way of the web server on this machine comes from loopback: that server appends the address of its
 * own peer to `X-Forwarded-For`. What stands before it may be made up.
 */
export const toPeerAddress = ({ remote = '', host, forwardedFor }: PeerHints, publicUrl: URL | null): string => {
  // Only a web server on this machine is believed: anyone else may write what they like.
  if (!isPublic(host, publicUrl) || !isOwnMachine(remote)) return remote;
  const last = [forwardedFor ?? []].flat().join(',').split(',').at(-1)?.trim().slice(0, 64) ?? '';
  return last === '' ? remote : last;
};

/** Claims that an address is of this machine. */
export const isOwnMachine = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address);
