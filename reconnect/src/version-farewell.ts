import { formatVersion, protocolVersion, readVersion, type Bye, type Welcome } from '@phloem/protocol';
import { type Reader, isLater } from './reader.ts';

/** The farewell to a hub that speaks another major version than this package, as if it had said it; null to all others. */
export const toVersionFarewell = (welcome: unknown): Bye | null => {
  const version = readVersion(welcome);
  if (version?.major === protocolVersion.major) return null;
  const message = `the hub speaks phloem ${formatVersion(version)} and this node phloem ${formatVersion(protocolVersion)}: update the older of the two`;
  return { code: 'version', retry: false, message };
};

/** Anyone who names a cursor cannot do without it: an older hub would begin somewhere else. */
export const toOldHubFarewell = ({ protocol }: Welcome, readers: Iterable<Reader>): Bye | null => {
  if (protocol.minor >= 1 || ![...readers].some(({ request }) => isLater(request))) return null;
  const message = `phloem ${formatVersion(protocol)} has no named cursors: update the hub`;
  return { code: 'version', retry: false, message };
};
