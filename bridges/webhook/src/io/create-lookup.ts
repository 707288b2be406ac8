import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Fault, isFault } from '@phloem/protocol';

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export type LookupOptions = {
  /** The configuration names this machine, or allows a name to lead to it. */
  readonly isLoopbackAllowed: boolean;
  /** Default: the resolver of the operating system. */
  readonly resolve?: Resolve;
};

const toBlockList = (subnets: readonly (readonly [network: string, prefix: number])[]): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  return list;
};

/** Many clouds serve a machine its own credentials here. IPv4 addresses have a form in IPv6, also behind NAT64. */
const linkLocal = toBlockList([
  ['169.254.0.0', 16],
  ['fe80::', 10],
  ['fd00:ec2::', 32],
  ['64:ff9b::a9fe:0', 112],
]);
/** The unspecified address leads to this machine too. */
const loopback = toBlockList([
  ['127.0.0.0', 8],
  ['0.0.0.0', 8],
  ['::', 127],
  ['64:ff9b::7f00:0', 104],
]);
const multicast = toBlockList([
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
  ['ff00::', 8],
]);

/** @throws Fault `bridge/refused` when nothing may be posted to this address of a host. */
export const mustBeElsewhere = (hostname: string, address: string, { isLoopbackAllowed }: LookupOptions): void => {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const place = hostname === address ? hostname : `${hostname} is at ${address}, which`;
  if (linkLocal.check(address, family)) throw new Fault('bridge/refused', `${place} is a link-local address`);
  if (multicast.check(address, family)) throw new Fault('bridge/refused', `${place} is not the address of a server`);
  if (loopback.check(address, family) && !isLoopbackAllowed) {
    throw new Fault('bridge/refused', `${place} is this machine; add isLoopbackAllowed: true to the target if you mean it`);
  }
};

/**
 * Resolves a name once for each connection, and refuses the name when one of its addresses is not allowed. The connection is made to the
 * addresses that were checked, so that a name whose answer changes leads nowhere else.
 */
export const createLookup = (options: LookupOptions): LookupFunction => {
  const { resolve = (hostname) => lookup(hostname, { all: true }) } = options;
  const find = async (hostname: string): Promise<LookupAddress[]> => {
    const found = [...(await resolve(hostname))];
    for (const { address } of found) mustBeElsewhere(hostname, address, options);
    if (found.length === 0) throw new Fault('bridge/unreachable', `${hostname} has no address`);
    return found;
  };
  return (hostname, { all }, answer) => {
    find(hostname).then(
      (found) => (all === true ? answer(null, found) : answer(null, found[0]?.address ?? '', found[0]?.family)),
      (error: unknown) => answer(isFault(error) || error instanceof Error ? error : new Error(String(error)), []),
    );
  };
};
