import {
  createParse,
  Fault,
  formatVersion,
  Hello,
  isFault,
  NodeId,
  protocolVersion,
  readVersion,
  Role,
  toLocations,
  type ByeCode,
  type LocationId,
} from '@phloem/protocol';
import { Type, type Static } from 'typebox';
import { mayHave } from '../access/permissions.ts';
import type { Connection, Peer } from './hub-transport.ts';

/** Who somebody claims to be: all that is read of a greeting before its credential is. */
const Claim = Type.Object({ nodeId: NodeId, role: Role, token: Type.Optional(Type.String({ maxLength: 256 })) });
export type Claim = Static<typeof Claim>;

/**
 * Whether a greeting is believed, and as what. A person’s browser greets as a viewer; what may be sent goes by `actsAs`, the
 * role of the credential, where that is another.
 */
export type Authenticate = (
  claim: Claim,
  peer: Peer,
) =>
  | {
      readonly role: Role;
      readonly actsAs?: Role;
      readonly credential?: string;
      /** Whose allowance its sessions count against; undefined for a service, which has one session under its name. */
      readonly user?: string | undefined;
      readonly locations?: readonly LocationId[] | undefined;
    }
  | Fault;

export type Admitted = Exclude<ReturnType<Authenticate>, Fault>;

export type JudgedGreeting =
  | { readonly kind: 'good'; readonly hello: Hello; readonly identity: Admitted }
  | { readonly kind: 'refused'; readonly code: ByeCode; readonly message: string; readonly nodeId: NodeId | null };

const parseClaim = createParse(Claim, 'hello');
const parseHello = createParse(Hello, 'hello');

/** Why who greets may not ask for the right to command what he names; null when he may, or does not ask. */
const toWhyNoLease = ({ role, lease }: Hello, { locations }: Admitted): string | null => {
  if (lease === undefined) return null;
  if (!mayHave(role, 'lease')) return `the role ${role} does not command devices and gets no lease`;
  const foreign = locations === undefined ? [] : toLocations(lease.scope).filter((location) => !locations.includes(location));
  return foreign.length === 0 ? null : `the credential is not for ${foreign.join(', ')}`;
};

const refused = (code: ByeCode, message: string, nodeId: NodeId | null = null): JudgedGreeting => ({
  kind: 'refused',
  code,
  message,
  nodeId,
});

/** Why the node cannot be understood, and what to do; null where it speaks this major version. */
const toVersionFault = (hello: unknown): string | null => {
  // A greeting that states no version is none; what is wrong with it is said below.
  if (typeof hello !== 'object' || hello === null || !('protocol' in hello)) return null;
  const version = readVersion(hello);
  if (version?.major === protocolVersion.major) return null;
  const isOlder = version === null || version.major < protocolVersion.major;
  return `this hub speaks phloem/${formatVersion(protocolVersion)} and the node ${version === null ? '' : 'phloem/'}${formatVersion(version)}: update the ${isOlder ? 'node' : 'hub'}`;
};

/**
 * Reads a greeting: first the version that it is written in, then who it claims to be from, then the credential, and only then
 * the rest of it.
 */
export const judgeGreeting = (connection: Pick<Connection, 'hello' | 'flaw' | 'peer'>, authenticate: Authenticate): JudgedGreeting => {
  if (connection.flaw !== undefined) return refused('protocol', connection.flaw.message);
  const versionFault = toVersionFault(connection.hello);
  if (versionFault !== null) return refused('version', versionFault);
  let claim: Claim;
  try {
    claim = parseClaim(connection.hello);
  } catch (error) {
    return refused('protocol', isFault(error) ? error.message : 'the greeting cannot be read');
  }
  const { nodeId } = claim;
  const identity = authenticate(claim, connection.peer);
  if (identity instanceof Fault) return refused('unauthorised', identity.message, nodeId);
  let hello: Hello;
  try {
    hello = parseHello(connection.hello);
  } catch (error) {
    return refused('protocol', isFault(error) ? error.message : 'the greeting cannot be read', nodeId);
  }
  const names = new Set(hello.subscriptions?.map(({ sub }) => sub));
  if (names.size < (hello.subscriptions?.length ?? 0)) return refused('protocol', 'two subscriptions have the same name', nodeId);
  if (names.size > 0 && !mayHave(hello.role, 'subscribe'))
    return refused('unauthorised', `the role ${hello.role} sends readings only`, nodeId);
  const whyNoLease = toWhyNoLease(hello, identity);
  return whyNoLease === null ? { kind: 'good', hello, identity } : refused('unauthorised', whyNoLease, nodeId);
};
